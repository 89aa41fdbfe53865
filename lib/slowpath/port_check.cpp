// SPDX-License-Identifier: Apache-2.0
// Binds port 53 for a moment.
#include "port_check.hpp"

#include <cerrno>

#include <fmt/core.h>

#include "net/frame.hpp"
#include "net/text.hpp"
#include "sockets/fd.hpp"
#include "sockets/socket_address.hpp"

namespace slowpath {
namespace {

/// 0, or the errno of bind.
int try_bind(const sockets::SocketAddress& address, int type) {
  const sockets::Fd fd(socket(address.family(), type | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return 0;  // without support for the family no other process has the port
  const int yes = 1;
  if (type == SOCK_STREAM)
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);  // sockets in TIME_WAIT do not count
  return bind(fd.get(), address.raw(), address.raw_bytes()) == 0 ? 0 : errno;
}

}  // namespace

diag::Status check_dns_port_free(std::span<const InterfaceAddress> addresses) {
  for (const InterfaceAddress& own : addresses) {
    const sockets::SocketAddress address(own.address, net::kDnsPort);
    for (const auto& [type, name] : {std::pair{SOCK_DGRAM, "UDP"}, std::pair{SOCK_STREAM, "TCP"}}) {
      if (try_bind(address, type) != EADDRINUSE) continue;
      return diag::fail(
          diag::Code::kUnavailable,
          fmt::format("port 53/{} of {} is in use by another process; stop that server (ss -lunp 'sport = :53' "
                      "names it) or bind it to other addresses",
                      name, net::to_text(own.address).view()));
    }
  }
  return {};
}

}  // namespace slowpath
