// SPDX-License-Identifier: Apache-2.0
// Addresses, prefixes and domain names.
#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "dns/name.hpp"
#include "dns/text.hpp"
#include "keyfile/values.hpp"
#include "net/text.hpp"

namespace keyfile {
namespace {

tl::unexpected<std::string> wrong(std::string_view text, std::string_view why) {
  constexpr std::size_t kMaxShown = 80;
  return tl::unexpected<std::string>(fmt::format("\"{}\" {}", text.substr(0, kMaxShown), why));
}

constexpr unsigned kMappedBits = 96;  // IPv4 addresses are stored as IPv4-mapped IPv6 addresses

/// ::ffff:10.0.0.1 is written 10.0.0.1 here, or an address would have two spellings.
bool is_mapped(std::string_view text, const net::IpAddress& address) {
  return address.is_v4() && text.find(':') != std::string_view::npos;
}

Parsed<net::Prefix> split(std::string_view text) {
  const std::optional<net::Prefix> prefix = net::parse_prefix(text);
  if (!prefix || is_mapped(text, prefix->address)) return wrong(text, "is not an address with a prefix length");
  if (text.find('/') == std::string_view::npos) return wrong(text, "has no prefix length");
  return *prefix;
}

bool is_zone_char(std::byte b) {
  const auto c = std::to_integer<char>(b);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '/';
}

/// Letters, digits, and what RFC 2317 and service names need; another character in a zone is probably a mistake.
bool has_zone_chars(base::Bytes folded) {
  for (std::size_t at = 0; at < folded.size();) {
    const auto label_bytes = std::to_integer<std::size_t>(folded[at]);
    const base::Bytes label = folded.subspan(at + 1, label_bytes);
    if (!std::all_of(label.begin(), label.end(), is_zone_char)) return false;
    at += 1 + label_bytes;
  }
  return true;
}

}  // namespace

Parsed<net::IpAddress> parse_as(const KeySpec& /*spec*/, std::string_view text, const net::IpAddress* /*type*/) {
  const std::optional<net::IpAddress> address = net::parse_address(text);
  if (!address || is_mapped(text, *address)) return wrong(text, "is not an address");
  return *address;
}

Parsed<InterfaceAddress> parse_as(const KeySpec& /*spec*/, std::string_view text, const InterfaceAddress* /*type*/) {
  return split(text).map([](const net::Prefix& prefix) {
    const unsigned bits = prefix.length - (prefix.address.is_v4() ? kMappedBits : 0U);
    return InterfaceAddress{prefix.address, static_cast<std::uint8_t>(bits)};
  });
}

Parsed<net::Prefix> parse_as(const KeySpec& /*spec*/, std::string_view text, const net::Prefix* /*type*/) {
  Parsed<net::Prefix> prefix = split(text);
  if (prefix && net::has_host_bits(*prefix)) {
    return wrong(text, fmt::format("has bits beyond its prefix length; the network is {}",
                                   net::to_text(net::network_of(*prefix)).view()));
  }
  return prefix;
}

Parsed<Zone> parse_as(const KeySpec& /*spec*/, std::string_view text, const Zone* /*type*/) {
  dns::NameWire wire;
  const base::Bytes name = dns::name_from_text(text, wire);
  Zone zone;
  zone.wire.resize(name.size());
  dns::fold(name, zone.wire.data());
  if (name.empty() || !has_zone_chars(zone.wire)) return wrong(text, "is not a domain name");
  dns::NameText room;
  zone.text = dns::name_to_text(zone.wire, room);
  return zone;
}

std::string show(const net::IpAddress& address) { return std::string(net::to_text(address).view()); }

}  // namespace keyfile
