// SPDX-License-Identifier: Apache-2.0
// Addresses, prefixes and domain names.
#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "values.hpp"

namespace config {
namespace {

tl::unexpected<std::string> wrong(std::string_view text, std::string_view why) {
  return tl::unexpected<std::string>(fmt::format("\"{}\" {}", text.substr(0, 80), why));
}

std::optional<net::IpAddress> to_address(std::string_view text) {
  const std::string terminated(text);
  std::array<std::byte, net::IpAddress::kBytes> octets{};
  if (inet_pton(AF_INET, terminated.c_str(), octets.data()) == 1) return net::IpAddress::v4(octets.data());
  if (inet_pton(AF_INET6, terminated.c_str(), octets.data()) != 1) return std::nullopt;
  const net::IpAddress address = net::IpAddress::v6(octets.data());
  if (address.is_v4()) return std::nullopt;  // ::ffff:a.b.c.d: write the IPv4 address
  return address;
}

struct AddressAndBits {
  net::IpAddress address;
  std::uint8_t bits;
};

constexpr unsigned kV4Bits = 32;
constexpr unsigned kV6Bits = 128;

Parsed<AddressAndBits> split(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<net::IpAddress> address = to_address(text.substr(0, slash));
  if (!address) return wrong(text, "is not an address with a prefix length");
  if (slash == std::string_view::npos) return wrong(text, "has no prefix length");
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size()) return wrong(text, "has no whole prefix length");
  if (bits > (address->is_v4() ? kV4Bits : kV6Bits)) return wrong(text, "has a prefix longer than the address");
  return AddressAndBits{*address, static_cast<std::uint8_t>(bits)};
}

/// Prefix length in the 16-byte form that both families share.
std::uint8_t mapped_bits(const AddressAndBits& from) {
  return static_cast<std::uint8_t>(from.address.is_v4() ? from.bits + (kV6Bits - kV4Bits) : from.bits);
}

net::IpAddress network_of(const net::IpAddress& address, unsigned mapped_length) {
  std::array<std::byte, net::IpAddress::kBytes> octets = address.octets();
  for (unsigned bit = mapped_length; bit < kV6Bits; ++bit) octets[bit / 8] &= ~(std::byte{0x80} >> (bit % 8));
  return net::IpAddress::v6(octets.data());
}

constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMaxNameBytes = 255;

bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '/';
}

}  // namespace

Parsed<net::IpAddress> parse_as(const KeySpec& /*spec*/, std::string_view text, const net::IpAddress* /*type*/) {
  const std::optional<net::IpAddress> address = to_address(text);
  if (!address) return wrong(text, "is not an address");
  return *address;
}

Parsed<InterfaceAddress> parse_as(const KeySpec& /*spec*/, std::string_view text, const InterfaceAddress* /*type*/) {
  return split(text).map([](const AddressAndBits& parts) { return InterfaceAddress{parts.address, parts.bits}; });
}

Parsed<net::Prefix> parse_as(const KeySpec& /*spec*/, std::string_view text, const net::Prefix* /*type*/) {
  const Parsed<AddressAndBits> parts = split(text);
  if (!parts) return tl::unexpected<std::string>(parts.error());
  const std::uint8_t length = mapped_bits(*parts);
  const net::IpAddress network = network_of(parts->address, length);
  if (network != parts->address) {
    return wrong(text, fmt::format("has bits beyond its prefix length; the network is {}/{}", show(network),
                                   static_cast<unsigned>(parts->bits)));
  }
  return net::Prefix{network, length};
}

Parsed<Zone> parse_as(const KeySpec& /*spec*/, std::string_view text, const Zone* /*type*/) {
  Zone zone;
  std::string_view rest = text;
  if (rest == ".") rest = {};
  if (rest.empty() && text != ".") return wrong(text, "is not a domain name");
  if (rest.ends_with('.')) rest.remove_suffix(1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('.'), rest.size());
    std::string label(rest.substr(0, end));
    std::transform(label.begin(), label.end(), label.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    const bool dangling_dot = end + 1 == rest.size();
    if (label.empty() || dangling_dot || label.size() > kMaxLabelBytes ||
        !std::all_of(label.begin(), label.end(), is_label_char)) {
      return wrong(text, "is not a domain name");
    }
    zone.text += label + '.';
    zone.wire.push_back(static_cast<std::byte>(label.size()));
    for (const char c : label) zone.wire.push_back(static_cast<std::byte>(c));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  zone.wire.push_back(std::byte{0});
  if (zone.wire.size() > kMaxNameBytes) return wrong(text, "is longer than 255 bytes");
  if (zone.text.empty()) zone.text.push_back('.');
  return zone;
}

std::string show(const net::IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.is_v4()) {
    inet_ntop(AF_INET, address.v4_octets(), text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, address.octets().data(), text.data(), text.size());
  }
  return text.data();
}

}  // namespace config
