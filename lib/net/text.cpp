// SPDX-License-Identifier: Apache-2.0
// Text of addresses, by inet_pton(3) and inet_ntop(3).
#include "net/text.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "base/contract.hpp"

namespace net {
namespace {

std::optional<std::uint8_t> parse_octet(std::string_view digits, int radix) noexcept {
  std::uint8_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, radix);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

void AddressText::append(std::string_view text) noexcept {
  const std::size_t count = std::min(text.size(), kMaxChars - size_);
  SLUICE_ASSUME(count == text.size());
  std::copy_n(text.data(), count, chars_.data() + size_);
  size_ += count;
}

std::optional<IpAddress> parse_address(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy_n(text.data(), text.size(), terminated.data());
  std::array<std::byte, IpAddress::kBytes> octets{};
  if (inet_pton(AF_INET, terminated.data(), octets.data()) == 1) return IpAddress::v4(octets.data());
  if (inet_pton(AF_INET6, terminated.data(), octets.data()) == 1) return IpAddress::v6(octets.data());
  return std::nullopt;
}

std::optional<Prefix> parse_prefix(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  const std::string_view address_text = text.substr(0, slash);
  const std::optional<IpAddress> address = parse_address(address_text);
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Prefix{*address, 128};
  const std::optional<std::uint8_t> length = parse_octet(text.substr(slash + 1), 10);
  const bool dotted = address_text.find(':') == std::string_view::npos;  // ::ffff:0:0/96 counts from the front
  const unsigned max_length = dotted ? 32U : 128U;
  if (!length || *length > max_length) return std::nullopt;
  return Prefix{*address, static_cast<std::uint8_t>(dotted ? *length + kV4PrefixBits : *length)};
}

std::optional<MacAddress> parse_mac(std::string_view text) noexcept {
  MacAddress mac;
  if (text.size() != 17) return std::nullopt;
  for (std::size_t i = 0; i < mac.octets.size(); ++i) {
    const std::optional<std::uint8_t> octet = parse_octet(text.substr(i * 3, 2), 16);
    if (!octet || (i != 0 && text[i * 3 - 1] != ':')) return std::nullopt;
    mac.octets[i] = std::byte{*octet};
  }
  return mac;
}

AddressText to_text(const IpAddress& address) noexcept {
  std::array<char, INET6_ADDRSTRLEN> chars{};
  const bool v4 = address.is_v4();
  const void* octets = v4 ? address.v4_octets() : address.octets().data();
  const char* text = inet_ntop(v4 ? AF_INET : AF_INET6, octets, chars.data(), chars.size());
  AddressText out;
  if (text != nullptr) out.append(text);
  return out;
}

AddressText to_text(const Prefix& prefix) noexcept {
  const bool v4 = prefix.address.is_v4() && prefix.length >= kV4PrefixBits;
  std::array<char, 4> digits{};
  const unsigned length = v4 ? prefix.length - unsigned{kV4PrefixBits} : prefix.length;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), length);
  AddressText out = to_text(prefix.address);
  out.append("/");
  out.append({digits.data(), static_cast<std::size_t>(result.ptr - digits.data())});
  return out;
}

AddressText to_text(const MacAddress& mac) noexcept {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  AddressText out;
  for (std::size_t i = 0; i < mac.octets.size(); ++i) {
    if (i != 0) out.append(":");
    const auto octet = std::to_integer<std::size_t>(mac.octets[i]);
    out.append(kDigits.substr(octet >> 4U, 1));
    out.append(kDigits.substr(octet & 0xfU, 1));
  }
  return out;
}

Prefix network_of(const Prefix& prefix) noexcept {
  std::array<std::byte, IpAddress::kBytes> octets = prefix.address.octets();
  for (std::size_t bit = prefix.length; bit < 8 * octets.size(); ++bit) {
    octets[bit / 8] &= ~(std::byte{0x80} >> (bit % 8));
  }
  return {IpAddress::v6(octets.data()), prefix.length};
}

bool has_host_bits(const Prefix& prefix) noexcept { return network_of(prefix) != prefix; }

}  // namespace net
