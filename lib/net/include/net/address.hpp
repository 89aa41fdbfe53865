// SPDX-License-Identifier: Apache-2.0
/// @file address.hpp – MAC and IP addresses, prefixes, and the two ends of a UDP flow.
///
/// Purpose    one IP address type for both families: IPv4 is kept as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2), so that one
///            comparison, one hash and one prefix match serve both.
/// Threads    value types.
/// Cost       IpAddress 16 bytes, Flow 64 bytes.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "base/strong.hpp"

namespace net {

struct MacAddress {
  std::array<std::byte, 6> octets{};
  friend bool operator==(const MacAddress&, const MacAddress&) noexcept = default;
};

class IpAddress {
 public:
  static constexpr std::size_t kBytes = 16;

  constexpr IpAddress() noexcept = default;
  /// `octets` are four bytes in network order.
  [[nodiscard]] static IpAddress v4(const std::byte* octets) noexcept {
    std::uint32_t raw = 0;
    std::memcpy(&raw, octets, sizeof raw);
    // Both halves in registers and stored once: bytes 8…15 are 0 0 ff ff a b c d.
    const std::array<std::uint64_t, 2> halves{0, kMapped | std::uint64_t{raw} << 32U};
    IpAddress address;
    std::memcpy(address.octets_.data(), halves.data(), kBytes);
    return address;
  }
  /// `octets` are sixteen bytes in network order.
  [[nodiscard]] static IpAddress v6(const std::byte* octets) noexcept {
    IpAddress address;
    std::memcpy(address.octets_.data(), octets, kBytes);
    return address;
  }
  [[nodiscard]] bool is_v4() const noexcept { return high() == 0 && static_cast<std::uint32_t>(low()) == kMapped; }
  [[nodiscard]] const std::array<std::byte, kBytes>& octets() const noexcept { return octets_; }
  [[nodiscard]] const std::byte* v4_octets() const noexcept { return octets_.data() + 12; }
  /// Bytes 0…7 and 8…15 in host byte order: to be compared, masked and hashed. Addresses are stored in halves, and one
  /// load of both would wait for those stores.
  [[nodiscard]] std::uint64_t high() const noexcept { return word_at(0); }
  [[nodiscard]] std::uint64_t low() const noexcept { return word_at(sizeof(std::uint64_t)); }
  friend bool operator==(const IpAddress& a, const IpAddress& b) noexcept {
    return ((a.high() ^ b.high()) | (a.low() ^ b.low())) == 0;
  }
  friend auto operator<=>(const IpAddress&, const IpAddress&) noexcept = default;

 private:
  static constexpr std::uint32_t kMapped = 0xffff'0000U;  // bytes 8…11 of an IPv4 address, as the machine loads them

  [[nodiscard]] std::uint64_t word_at(std::size_t at) const noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, octets_.data() + at, sizeof word);
    return word;
  }
  std::array<std::byte, kBytes> octets_{};
};

/// Bits of an IpAddress in front of an IPv4 address.
inline constexpr std::uint8_t kV4PrefixBits = 96;

/// The first `length` bits of an address; IPv4 prefixes are kept as length + 96, a shorter one holds IPv6 only.
struct Prefix {
  IpAddress address;
  std::uint8_t length = 0;  // 0..128
  [[nodiscard]] bool contains(const IpAddress& candidate) const noexcept;
  friend bool operator==(const Prefix&, const Prefix&) noexcept = default;
};

/// Source and destination from layer 2 to layer 4, as in rte_flow.
struct Flow {
  MacAddress source_mac;
  MacAddress destination_mac;
  std::uint16_t vlan_tci = 0;  // 0: no 802.1Q tag
  IpAddress source;
  IpAddress destination;
  base::UdpPort source_port;
  base::UdpPort destination_port;

  /// Source and destination swapped.
  [[nodiscard]] Flow reversed() const noexcept {
    Flow back;
    back.set_reversed(*this);
    return back;
  }
  /// The same, written in place: copying fields that were just stored would wait for those stores.
  void set_reversed(const Flow& other) noexcept {
    source_mac = other.destination_mac;
    destination_mac = other.source_mac;
    vlan_tci = other.vlan_tci;
    source = other.destination;
    destination = other.source;
    source_port = other.destination_port;
    destination_port = other.source_port;
  }
};

}  // namespace net
