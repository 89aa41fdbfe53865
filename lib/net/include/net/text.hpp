// SPDX-License-Identifier: Apache-2.0
/// @file text.hpp – text of addresses and prefixes.
///
/// Purpose    parse and format IPv4, IPv6, prefixes and MACs for configuration and reports. Parsing accepts one
///            spelling and nothing around it; formatting IPv6 gives RFC 5952 text.
/// Threads    any.
/// Ownership  texts are value types of a fixed size; no allocation.
/// Cost       inet_pton and inet_ntop; not for the packet path.
/// RFC        4291 §2.2 (IPv6 text), 5952 (its canonical form), 4632 §3.1 (prefix length).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "net/address.hpp"

namespace net {

/// A short text with storage of its own.
class AddressText {
 public:
  static constexpr std::size_t kMaxChars = 51;  // 45 of an IPv6 address with dotted end, "/128" and room for a NUL
  [[nodiscard]] std::string_view view() const noexcept { return {chars_.data(), size_}; }
  [[nodiscard]] const char* c_str() const noexcept { return chars_.data(); }
  void append(std::string_view text) noexcept;

 private:
  std::array<char, kMaxChars + 1> chars_{};
  std::size_t size_ = 0;
};

[[nodiscard]] std::optional<IpAddress> parse_address(std::string_view text) noexcept;

/// "10.0.0.0/8", "fd00::/8"; a bare address is a prefix of all its bits. Host bits stay as written, since an
/// interface address is written as a prefix; has_host_bits() tests for them, network_of() clears them.
[[nodiscard]] std::optional<Prefix> parse_prefix(std::string_view text) noexcept;

/// Six pairs of hexadecimal digits with ':' between them.
[[nodiscard]] std::optional<MacAddress> parse_mac(std::string_view text) noexcept;

[[nodiscard]] AddressText to_text(const IpAddress& address) noexcept;
[[nodiscard]] AddressText to_text(const Prefix& prefix) noexcept;
[[nodiscard]] AddressText to_text(const MacAddress& mac) noexcept;

[[nodiscard]] Prefix network_of(const Prefix& prefix) noexcept;
[[nodiscard]] bool has_host_bits(const Prefix& prefix) noexcept;

}  // namespace net
