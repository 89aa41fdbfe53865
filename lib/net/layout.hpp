// SPDX-License-Identifier: Apache-2.0
/// @file layout.hpp – where the fields stand, and the one's complement sum; private to this library.
///
/// Purpose    offsets within Ethernet, IP and UDP headers; sums in the machine's byte order.
/// Threads    any.
/// Cost       word_sum: one pass, 8 bytes a step.
/// RFC        791 §3.1, 8200 §3, 768; 1071 §2 (a sum of swapped bytes is the swapped sum: no swap per word).
///
///   Ethernet  0 destination │ 6 source │ 12 ethertype              802.1Q  0 tci │ 2 ethertype
///   IPv4      0 version, ihl │ 2 length │ 4 id │ 6 fragment │ 8 ttl │ 9 protocol │ 10 checksum │ 12 source │ 16 dest
///   IPv6      0 version, class, label │ 4 length │ 6 next header │ 7 hop limit │ 8 source │ 24 destination
///   UDP       0 source │ 2 destination │ 4 length │ 6 checksum
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"

namespace net {

inline constexpr std::size_t kMacBytes = 6;
inline constexpr std::size_t kEthernetBytes = 14;
inline constexpr std::size_t kEthertypeAt = 12;
inline constexpr std::size_t kVlanBytes = 4;
inline constexpr std::uint16_t kEthertypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEthertypeVlan = 0x8100;
inline constexpr std::uint16_t kEthertypeIpv6 = 0x86dd;

inline constexpr std::size_t kIpv4Bytes = 20;  // without options
inline constexpr std::size_t kIpv4LengthAt = 2;
inline constexpr std::size_t kIpv4FragmentAt = 6;
inline constexpr std::size_t kIpv4ProtocolAt = 9;
inline constexpr std::size_t kIpv4ChecksumAt = 10;
inline constexpr std::size_t kIpv4SourceAt = 12;
inline constexpr std::uint16_t kIpv4DontFragment = 0x4000;
inline constexpr std::uint16_t kIpv4MoreFragments = 0x2000;
inline constexpr std::uint16_t kIpv4OffsetMask = 0x1fff;
inline constexpr std::byte kIpv4OptionNop{1};

inline constexpr std::size_t kIpv6Bytes = 40;
inline constexpr std::size_t kIpv6LengthAt = 4;
inline constexpr std::size_t kIpv6NextHeaderAt = 6;
inline constexpr std::size_t kIpv6SourceAt = 8;
inline constexpr std::size_t kFragmentBytes = 8;
inline constexpr std::uint16_t kIpv6OffsetMask = 0xfff8;

inline constexpr std::size_t kUdpBytes = 8;
inline constexpr std::size_t kUdpLengthAt = 4;
inline constexpr std::size_t kUdpChecksumAt = 6;

inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolFragment = 44;
inline constexpr std::uint8_t kHopLimit = 64;

/// A range together with its right checksum sums to this.
inline constexpr std::uint16_t kSumOfGood = 0xffff;

/// Eight bytes as the machine has them: to be compared with 0 or summed, not read as a number.
[[nodiscard]] inline std::uint64_t load_word(const std::byte* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// The sum of 16-bit words in the machine's byte order, not yet folded. Sums of several ranges may be added as long as
/// only the last has an odd size.
[[nodiscard]] inline std::uint64_t word_sum(const std::byte* at, std::size_t count) noexcept {
  std::uint64_t low = 0;  // two sums of 32-bit halves: no carry to look after below 2^32 steps
  std::uint64_t high = 0;
  for (; count >= 8; at += 8, count -= 8) {
    const std::uint64_t word = load_word(at);
    low += word & 0xffff'ffffU;
    high += word >> 32U;
  }
  if (count >= 4) {
    std::uint32_t half = 0;
    std::memcpy(&half, at, sizeof half);
    low += half;
    at += 4, count -= 4;
  }
  if (count >= 2) {
    std::uint16_t quarter = 0;
    std::memcpy(&quarter, at, sizeof quarter);
    low += quarter;
    at += 2, count -= 2;
  }
  if (count == 1) low += std::to_integer<std::uint64_t>(*at);  // a zero byte follows it
  return low + high;
}

/// End-around carries until 16 bits are left.
[[nodiscard]] inline std::uint16_t fold_sum(std::uint64_t sum) noexcept {
  sum = (sum & 0xffff'ffffU) + (sum >> 32U);
  sum = (sum & 0xffff'ffffU) + (sum >> 32U);
  sum = (sum & 0xffffU) + (sum >> 16U);
  sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(sum);
}

/// Addresses, protocol and length as both IP versions count them. RFC 768, 8200 §8.1.
[[nodiscard]] inline std::uint64_t pseudo_header_sum(const std::byte* addresses, std::size_t addresses_bytes,
                                                     std::uint16_t udp_bytes) noexcept {
  return word_sum(addresses, addresses_bytes) + __builtin_bswap16(kProtocolUdp) + __builtin_bswap16(udp_bytes);
}

}  // namespace net
