// SPDX-License-Identifier: Apache-2.0
// Translates to and from sockaddr_in and sockaddr_in6.
#include "sockets/socket_address.hpp"

#include <cstring>

namespace sockets {

SocketAddress::SocketAddress(const net::IpAddress& address, std::uint16_t port, std::uint32_t interface) noexcept {
  if (address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, address.v4_octets(), sizeof in.sin_addr);
    std::memcpy(&storage_, &in, sizeof in);
    bytes_ = sizeof in;
    return;
  }
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  std::memcpy(&in.sin6_addr, address.octets().data(), sizeof in.sin6_addr);
  if (IN6_IS_ADDR_LINKLOCAL(&in.sin6_addr)) in.sin6_scope_id = interface;
  std::memcpy(&storage_, &in, sizeof in);
  bytes_ = sizeof in;
}

net::IpAddress SocketAddress::address() const noexcept {
  if (family() == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage_, sizeof in);
    std::array<std::byte, sizeof in.sin_addr> octets{};
    std::memcpy(octets.data(), &in.sin_addr, octets.size());
    return net::IpAddress::v4(octets.data());
  }
  sockaddr_in6 in{};
  std::memcpy(&in, &storage_, sizeof in);
  std::array<std::byte, sizeof in.sin6_addr> octets{};
  std::memcpy(octets.data(), &in.sin6_addr, octets.size());
  return net::IpAddress::v6(octets.data());
}

std::uint16_t SocketAddress::port() const noexcept {
  if (family() == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage_, sizeof in);
    return ntohs(in.sin_port);
  }
  sockaddr_in6 in{};
  std::memcpy(&in, &storage_, sizeof in);
  return ntohs(in.sin6_port);
}

const sockaddr* SocketAddress::raw() const noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface's own base type
  return reinterpret_cast<const sockaddr*>(&storage_);
}

sockaddr* SocketAddress::fill(socklen_t*& bytes) noexcept {
  bytes_ = sizeof storage_;
  bytes = &bytes_;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface's own base type
  return reinterpret_cast<sockaddr*>(&storage_);
}

}  // namespace sockets
