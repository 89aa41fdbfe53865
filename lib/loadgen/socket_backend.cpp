// SPDX-License-Identifier: Apache-2.0
// UDP sockets, many messages a system call.
#include "loadgen/socket_backend.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include <fmt/core.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/text.hpp"

namespace loadgen {
namespace {

constexpr std::size_t kMessageRoom = 4'096;
constexpr int kBufferBytes = 8 << 20;
constexpr rlim_t kFilesBesides = 64;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
  [[nodiscard]] const sockaddr* get() const noexcept {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API takes the generic address
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

SocketAddress socket_address(const net::IpAddress& address, std::uint16_t port) noexcept {
  SocketAddress result;
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.v4_octets(), sizeof v4.sin_addr);
    std::memcpy(&result.storage, &v4, sizeof v4);
    result.bytes = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.octets().data(), sizeof v6.sin6_addr);
    std::memcpy(&result.storage, &v6, sizeof v6);
    result.bytes = sizeof v6;
  }
  return result;
}

/// As many files as there are sockets; the hard limit may forbid it.
diag::Status allow_files(std::size_t sockets) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t wanted = sockets + kFilesBesides;
  if (limit.rlim_cur >= wanted) return {};
  limit.rlim_cur = wanted;
  limit.rlim_max = std::max(limit.rlim_max, wanted);
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
  return diag::fail(
      diag::Code::kUnavailable,
      fmt::format("{} sockets are more files than this process may open; raise 'ulimit -Hn', or use fewer "
                  "clients or ports",
                  sockets));
}

void enlarge_buffers(int fd) noexcept {
  for (const auto& [forced, plain] : {std::pair{SO_RCVBUFFORCE, SO_RCVBUF}, std::pair{SO_SNDBUFFORCE, SO_SNDBUF}}) {
    if (::setsockopt(fd, SOL_SOCKET, forced, &kBufferBytes, sizeof kBufferBytes) != 0) {
      ::setsockopt(fd, SOL_SOCKET, plain, &kBufferBytes, sizeof kBufferBytes);
    }
  }
}

}  // namespace

struct SocketBackend::Buffers {
  std::array<std::array<std::byte, kMessageRoom>, kBatch> rooms;
  std::array<iovec, kBatch> receive_parts;
  std::array<mmsghdr, kBatch> receive_heads;
  std::array<iovec, kBatch> send_parts;
  std::array<mmsghdr, kBatch> send_heads;
  std::array<epoll_event, kBatch> ready;
  std::size_t ready_count = 0;
  std::size_t ready_at = 0;
};

SocketBackend::SocketBackend() : buffers_(std::make_unique<Buffers>()) {
  Buffers& buffers = *buffers_;
  for (std::size_t i = 0; i < kBatch; ++i) {
    buffers.receive_parts[i] = {buffers.rooms[i].data(), kMessageRoom};
    buffers.receive_heads[i] = {};
    buffers.receive_heads[i].msg_hdr.msg_iov = &buffers.receive_parts[i];
    buffers.receive_heads[i].msg_hdr.msg_iovlen = 1;
    buffers.send_heads[i] = {};
    buffers.send_heads[i].msg_hdr.msg_iov = &buffers.send_parts[i];
    buffers.send_heads[i].msg_hdr.msg_iovlen = 1;
  }
}

SocketBackend::~SocketBackend() {
  for (const int fd : sockets_) ::close(fd);
  if (epoll_ >= 0) ::close(epoll_);
}

diag::Result<std::unique_ptr<SocketBackend>> SocketBackend::create(const Spec& spec) {
  if (auto allowed = allow_files(spec.endpoints.size()); !allowed) return diag::fail(allowed.error());
  std::unique_ptr<SocketBackend> backend(new SocketBackend);
  backend->epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (backend->epoll_ < 0) return diag::fail(diag::Error::from_errno(errno, "epoll_create1"));
  backend->sockets_.reserve(spec.endpoints.size());
  for (std::uint32_t i = 0; i < spec.endpoints.size(); ++i) {
    if (auto opened = backend->open(spec, spec.endpoints[i], i); !opened) return diag::fail(opened.error());
  }
  return backend;
}

diag::Status SocketBackend::open(const Spec& spec, const Endpoint& endpoint, std::uint32_t number) {
  const bool is_v4 = spec.server.is_v4();
  const int fd = ::socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return diag::fail(diag::Error::from_errno(errno, fmt::format("socket {}", number)));
  sockets_.push_back(fd);
  enlarge_buffers(fd);
  if (endpoint.source != net::IpAddress{}) {
    const int on = 1;
    ::setsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_FREEBIND : IPV6_FREEBIND, &on, sizeof on);
    const SocketAddress source = socket_address(endpoint.source, 0);
    if (::bind(fd, source.get(), source.bytes) != 0) {
      return diag::fail(
          diag::Error::from_errno(errno, fmt::format("binding a client to {}", net::to_text(endpoint.source).view())));
    }
  }
  const SocketAddress server = socket_address(spec.server, spec.port.value());
  if (::connect(fd, server.get(), server.bytes) != 0) {
    return diag::fail(diag::Error::from_errno(errno, fmt::format("reaching {}", net::to_text(spec.server).view())));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = number;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0)
    return diag::fail(diag::Error::from_errno(errno, "epoll_ctl"));
  return {};
}

std::size_t SocketBackend::send(std::span<const Outgoing> batch) noexcept {
  std::size_t sent = 0;
  while (sent < batch.size()) {
    std::size_t run = 1;
    while (sent + run < batch.size() && batch[sent + run].endpoint == batch[sent].endpoint) ++run;
    const std::size_t taken = send_run(batch.subspan(sent, run));
    sent += taken;
    if (taken != run) break;
  }
  return sent;
}

std::size_t SocketBackend::send_run(std::span<const Outgoing> run) noexcept {
  if (run.front().endpoint >= sockets_.size()) {
    send_errors_ += run.size();
    return run.size();
  }
  Buffers& buffers = *buffers_;
  for (std::size_t i = 0; i < run.size(); ++i) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): sendmmsg() reads through a pointer to non-const
    buffers.send_parts[i] = {const_cast<std::byte*>(run[i].data.data()), run[i].bytes};
  }
  const int fd = sockets_[run.front().endpoint];
  std::size_t sent = 0;
  while (sent < run.size()) {
    const int count =
        ::sendmmsg(fd, buffers.send_heads.data() + sent, static_cast<unsigned>(run.size() - sent), MSG_DONTWAIT);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      ++would_block_;
      break;
    } else if (errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == ENETUNREACH) {
      ++unreachable_;  // an earlier one's fault; this one has not been sent
      if (errno == ECONNREFUSED) continue;
      ++sent;
    } else if (errno != EINTR) {
      ++send_errors_;
      ++sent;
    }
  }
  return sent;
}

void SocketBackend::look_for_ready(int timeout_ms) noexcept {
  const int count = ::epoll_wait(epoll_, buffers_->ready.data(), static_cast<int>(kBatch), timeout_ms);
  buffers_->ready_count = static_cast<std::size_t>(std::max(count, 0));
  buffers_->ready_at = 0;
}

std::size_t SocketBackend::receive(std::span<Incoming> out) noexcept {
  Buffers& buffers = *buffers_;
  if (buffers.ready_at == buffers.ready_count) look_for_ready(0);
  const std::size_t room = std::min(out.size(), kBatch);
  std::size_t got = 0;
  while (got < room && buffers.ready_at < buffers.ready_count) {
    const std::uint32_t endpoint = buffers.ready[buffers.ready_at].data.u32;
    const int count = ::recvmmsg(sockets_[endpoint], buffers.receive_heads.data() + got,
                                 static_cast<unsigned>(room - got), MSG_DONTWAIT, nullptr);
    if (count < 0 && errno == ECONNREFUSED) ++unreachable_;
    if (count > 0) {
      for (std::size_t i = got; i < got + static_cast<std::size_t>(count); ++i) {
        out[i] = {endpoint, base::Bytes(buffers.rooms[i]).first(buffers.receive_heads[i].msg_len)};
      }
      got += static_cast<std::size_t>(count);
    }
    if (got < room) ++buffers.ready_at;  // drained; a full one is asked again
  }
  return got;
}

void SocketBackend::wait(base::Duration at_most) noexcept {
  const timespec time{at_most.count() / 1'000'000'000, at_most.count() % 1'000'000'000};
  const int count = ::epoll_pwait2(epoll_, buffers_->ready.data(), static_cast<int>(kBatch), &time, nullptr);
  buffers_->ready_count = static_cast<std::size_t>(std::max(count, 0));
  buffers_->ready_at = 0;
}

std::uint64_t SocketBackend::dropped_by_kernel() const noexcept {
  std::uint64_t dropped = 0;
  for (const int fd : sockets_) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t bytes = sizeof memory;
    if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory.data(), &bytes) == 0) dropped += memory[SK_MEMINFO_DROPS];
  }
  return dropped;
}

BackendStats SocketBackend::stats() const {
  return {{"sockets", sockets_.size()},
          {"receive_drops", dropped_by_kernel()},
          {"send_would_block", would_block_},
          {"send_errors", send_errors_},
          {"unreachable", unreachable_}};
}

}  // namespace loadgen
