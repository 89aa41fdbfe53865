// SPDX-License-Identifier: Apache-2.0
// Reading and writing without blocking.
#include "connection.hpp"

#include <cerrno>

#include <sys/socket.h>

namespace tcp_server {
namespace {

bool is_only_late(int errnum) noexcept { return errnum == EAGAIN || errnum == EWOULDBLOCK; }

/// Octets that the kernel accepted; 0 when it accepts none now, -1 on an error.
ssize_t offer(int fd, base::Bytes octets) noexcept {
  ssize_t taken = 0;
  do {
    taken = ::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (taken < 0 && errno == EINTR);
  return taken < 0 && is_only_late(errno) ? 0 : taken;
}

}  // namespace

Connection::Received Connection::receive(base::MutableBytes room) noexcept {
  ssize_t got = 0;
  do {
    got = ::recv(fd(), room.data(), room.size(), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got > 0) return {Got::kOctets, room.first(static_cast<std::size_t>(got))};
  if (got == 0) return {Got::kEnd, {}};
  return {is_only_late(errno) ? Got::kNothing : Got::kBroken, {}};
}

Connection::Wrote Connection::send(base::Bytes octets) {
  if (unsent_bytes() == 0) {
    const ssize_t taken = offer(fd(), octets);
    if (taken < 0) return Wrote::kBroken;
    octets = octets.subspan(static_cast<std::size_t>(taken));
    if (octets.empty()) return Wrote::kAll;
  }
  unsent_.insert(unsent_.end(), octets.begin(), octets.end());
  return Wrote::kPart;
}

Connection::Wrote Connection::flush() {
  const ssize_t taken = offer(fd(), base::Bytes(unsent_).subspan(sent_));
  if (taken < 0) return Wrote::kBroken;
  sent_ += static_cast<std::size_t>(taken);
  if (unsent_bytes() != 0) return Wrote::kPart;
  unsent_ = {};
  sent_ = 0;
  return Wrote::kAll;
}

Phase Connection::phase() const noexcept {
  if (unsent_bytes() != 0) return Phase::kSending;
  if (!inbox.empty() && reading == Reading::kYes) return Phase::kReceiving;
  return in_flight != 0 ? Phase::kWaiting : Phase::kIdle;
}

}  // namespace tcp_server
