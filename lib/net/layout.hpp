// SPDX-License-Identifier: Apache-2.0
/// @file layout.hpp – offsets of header fields, and the one's complement sum; private to this library.
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

#include <bit>
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
inline constexpr std::size_t kIpv4AddressesBytes = 8;
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

/// The sum of a range that contains its correct checksum.
inline constexpr std::uint16_t kSumOfGood = 0xffff;

/// Eight bytes in host byte order: to be compared with 0 or summed, not read as a number.
[[nodiscard]] inline std::uint64_t load_word(const std::byte* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// The sum of the two halves of a word: a step of word_sum() for bytes that are not in memory yet.
[[nodiscard]] constexpr std::uint64_t halves_sum(std::uint64_t word) noexcept {
  return (word & 0xffff'ffffU) + (word >> 32U);
}

/// A step of a one's complement sum: the carry is added back.
[[nodiscard]] inline std::uint64_t with_carry(std::uint64_t sum, std::uint64_t word) noexcept {
  sum += word;
  return sum + (sum < word ? 1U : 0U);
}

/// The sum of 16-bit words in the machine's byte order, not yet folded. Sums of several ranges may be added as long as
/// only the last has an odd size.
[[nodiscard]] inline std::uint64_t word_sum(const std::byte* at, std::size_t count) noexcept {
  std::uint64_t wide = 0;
  for (; count >= 16; at += 16, count -= 16) wide = with_carry(with_carry(wide, load_word(at)), load_word(at + 8));
  if (count >= 8) {
    wide = with_carry(wide, load_word(at));
    at += 8, count -= 8;
  }
  std::uint64_t low = halves_sum(wide);
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
  return low;
}

/// End-around carries until 16 bits are left.
[[nodiscard]] inline std::uint16_t fold_sum(std::uint64_t sum) noexcept {
  sum += std::rotl(sum, 32);  // the upper half is the sum of both, its carry included
  auto half = static_cast<std::uint32_t>(sum >> 32U);
  half += std::rotl(half, 16);
  return static_cast<std::uint16_t>(half >> 16U);
}

/// Protocol and length, which both IP versions count besides the addresses. RFC 768, 8200 §8.1.
[[nodiscard]] inline std::uint64_t pseudo_tail_sum(std::uint16_t udp_bytes) noexcept {
  return std::uint64_t{__builtin_bswap16(kProtocolUdp)} + __builtin_bswap16(udp_bytes);
}

}  // namespace net
