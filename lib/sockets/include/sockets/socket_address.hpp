// SPDX-License-Identifier: Apache-2.0
/// @file socket_address.hpp – an address and a port as sockaddr.
///
/// Purpose    the only code that reads and writes sockaddr.
/// Threads    value type.
#pragma once

#include <cstdint>

#include <netinet/in.h>
#include <sys/socket.h>

#include "net/address.hpp"

namespace sockets {

class SocketAddress {
 public:
  /// Empty, for the kernel to fill.
  SocketAddress() noexcept = default;
  /// `interface` is the scope of a link-local IPv6 address.
  SocketAddress(const net::IpAddress& address, std::uint16_t port, std::uint32_t interface = 0) noexcept;

  [[nodiscard]] net::IpAddress address() const noexcept;
  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] int family() const noexcept { return storage_.ss_family; }

  [[nodiscard]] const sockaddr* raw() const noexcept;
  [[nodiscard]] socklen_t raw_bytes() const noexcept { return bytes_; }
  [[nodiscard]] sockaddr* fill(socklen_t*& bytes) noexcept;

 private:
  sockaddr_storage storage_{};
  socklen_t bytes_ = sizeof(sockaddr_storage);
};

}  // namespace sockets
