// SPDX-License-Identifier: Apache-2.0
// Opens listening sockets and accepts connections.
#include "listener.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/core.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include "net/text.hpp"
#include "sockets/socket_address.hpp"

namespace tcp_server {
namespace {

constexpr int kBacklog = 4'096;  // finished handshakes that wait; the kernel caps it at net.core.somaxconn

void switch_on(int fd, int level, int option) noexcept {
  const int yes = 1;
  static_cast<void>(::setsockopt(fd, level, option, &yes, sizeof yes));
}

AcceptState state_of(int errnum) noexcept {
  switch (errnum) {
    case EAGAIN:
      return AcceptState::kNothing;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return AcceptState::kNoResource;
    default:
      return AcceptState::kGone;
  }
}

}  // namespace

diag::Result<sockets::Fd> listen_on(const ListenAt& at) {
  const auto failed = [&](std::string_view doing) {
    const int errnum = errno;
    if (errnum == EADDRINUSE) {
      return diag::fail(diag::Code::kUnavailable,
                        fmt::format("port {}/TCP of {} is in use by another process; stop that server "
                                    "(ss -ltnp 'sport = :{}' names it) or bind it to other addresses",
                                    at.port, net::to_text(at.address).view(), at.port));
    }
    return diag::fail(diag::Error::from_errno(
        errnum, fmt::format("cannot {} port {}/TCP of {}", doing, at.port, net::to_text(at.address).view())));
  };
  const sockets::SocketAddress address(at.address, at.port, at.interface);
  sockets::Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return failed("open a socket for");
  switch_on(fd.get(), SOL_SOCKET, SO_REUSEADDR);  // connections of an earlier run may still be in TIME_WAIT
  if (address.family() == AF_INET6) switch_on(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  switch_on(fd.get(), IPPROTO_TCP, TCP_NODELAY);  // accepted sockets inherit it
  if (::bind(fd.get(), address.raw(), address.raw_bytes()) != 0) return failed("bind");
  if (::listen(fd.get(), kBacklog) != 0) return failed("listen on");
  return fd;
}

Accepted accept_from(int listener) noexcept {
  Accepted accepted;
  sockets::SocketAddress client;
  socklen_t* bytes = nullptr;
  sockaddr* const raw = client.fill(bytes);
  accepted.socket = sockets::Fd(::accept4(listener, raw, bytes, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!accepted.socket.is_open()) {
    accepted.state = state_of(errno);
    return accepted;
  }
  sockets::SocketAddress own;
  sockaddr* const own_raw = own.fill(bytes);
  if (::getsockname(accepted.socket.get(), own_raw, bytes) != 0) {
    accepted.state = AcceptState::kGone;
    return accepted;
  }
  accepted.state = AcceptState::kConnection;
  accepted.flow.source = client.address();
  accepted.flow.source_port = base::UdpPort(client.port());
  accepted.flow.destination = own.address();
  accepted.flow.destination_port = base::UdpPort(own.port());
  return accepted;
}

std::uint16_t local_port(int socket) noexcept {
  sockets::SocketAddress own;
  socklen_t* bytes = nullptr;
  sockaddr* const raw = own.fill(bytes);
  return ::getsockname(socket, raw, bytes) == 0 ? own.port() : std::uint16_t{0};
}

diag::Status allow_open_files(std::uint64_t files) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return diag::fail(diag::Error::from_errno(errno, "cannot read the limit of open files"));
  }
  if (limit.rlim_cur >= files) return {};
  const rlimit wanted{files, std::max<rlim_t>(files, limit.rlim_max)};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return {};
  return diag::fail(
      diag::Code::kExhausted,
      fmt::format("clients.tcp.max_connections: {} open files are needed, {} are allowed and may not be raised ({}); "
                  "give the service LimitNOFILE={} or allow fewer connections",
                  files, limit.rlim_max, std::strerror(errno), files));
}

}  // namespace tcp_server
