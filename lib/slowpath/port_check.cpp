// SPDX-License-Identifier: Apache-2.0
// Binding port 53 for a moment.
#include "slowpath/port_check.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/frame.hpp"
#include "net/text.hpp"

namespace slowpath {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
  int family = AF_UNSPEC;
};

SocketAddress dns_port_of(const net::IpAddress& address) {
  SocketAddress result;
  if (address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(net::kDnsPort);
    std::memcpy(&in.sin_addr, address.v4_octets(), sizeof in.sin_addr);
    std::memcpy(&result.storage, &in, sizeof in);
    result.bytes = sizeof in;
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(net::kDnsPort);
    std::memcpy(&in.sin6_addr, address.octets().data(), sizeof in.sin6_addr);
    std::memcpy(&result.storage, &in, sizeof in);
    result.bytes = sizeof in;
  }
  result.family = address.is_v4() ? AF_INET : AF_INET6;
  return result;
}

/// 0, or why it cannot be bound.
int try_bind(const SocketAddress& address, int type) {
  const int fd = socket(address.family, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;  // a family that the kernel does not have is not taken either
  const int yes = 1;
  if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);  // what TIME_WAIT holds is free
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface's own base type
  const int result = bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.bytes) == 0 ? 0 : errno;
  close(fd);
  return result;
}

}  // namespace

diag::Status check_dns_port_free(std::span<const InterfaceAddress> addresses) {
  for (const InterfaceAddress& own : addresses) {
    const SocketAddress address = dns_port_of(own.address);
    for (const auto& [type, name] : {std::pair{SOCK_DGRAM, "UDP"}, std::pair{SOCK_STREAM, "TCP"}}) {
      if (try_bind(address, type) != EADDRINUSE) continue;
      return diag::fail(
          diag::Code::kUnavailable,
          fmt::format("port 53/{} of {} is taken by another process; stop that server (ss -lunp 'sport = :53' "
                      "names it) or bind it to other addresses",
                      name, net::to_text(own.address).view()));
    }
  }
  return {};
}

}  // namespace slowpath
