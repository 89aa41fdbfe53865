// SPDX-License-Identifier: Apache-2.0
/// @file swar.hpp – letter case of eight bytes at once, without tables or branches.
///
/// Purpose    the arithmetic behind fold(), case_of(), apply_case() and name comparison; private to this library.
/// RFC        4343 §2: only A-Z and a-z have case; bytes of 0x80 and more stay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace dns::swar {

inline constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
inline constexpr std::uint64_t kHighBits = kOnes * 0x80;

[[nodiscard]] inline std::uint64_t load(const std::byte* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Fewer than eight bytes; the missing ones read as 0, which has no case. Two overlapping loads of a fixed size are
/// several times faster than a memcpy of a variable one.
[[nodiscard]] inline std::uint64_t load_part(const std::byte* at, std::size_t count) noexcept {
  const auto join = [&]<class Half>(Half front, Half back) {
    std::memcpy(&front, at, sizeof front);
    std::memcpy(&back, at + count - sizeof back, sizeof back);
    return front | std::uint64_t{back} << (8 * (count - sizeof back));
  };
  if (count >= sizeof(std::uint32_t)) return join(std::uint32_t{}, std::uint32_t{});
  if (count >= sizeof(std::uint16_t)) return join(std::uint16_t{}, std::uint16_t{});
  return count == 0 ? 0 : std::to_integer<std::uint64_t>(*at);
}

inline void store(std::byte* at, std::uint64_t word) noexcept { std::memcpy(at, &word, sizeof word); }

/// Bit 7 of each byte that lies within [first, last] and below 0x80. No sum carries into the next byte.
[[nodiscard]] constexpr std::uint64_t in_range(std::uint64_t word, unsigned first, unsigned last) noexcept {
  const std::uint64_t low = word & ~kHighBits;
  const std::uint64_t from_first = low + kOnes * (0x80 - first);
  const std::uint64_t past_last = low + kOnes * (0x7f - last);
  return from_first & ~past_last & ~word & kHighBits;
}
[[nodiscard]] constexpr std::uint64_t upper_bits(std::uint64_t word) noexcept { return in_range(word, 'A', 'Z'); }
[[nodiscard]] constexpr std::uint64_t lower_bits(std::uint64_t word) noexcept { return in_range(word, 'a', 'z'); }

/// 'A' and 'a' differ in bit 5, two below the bit that upper_bits() sets.
[[nodiscard]] constexpr std::uint64_t fold(std::uint64_t word) noexcept { return word | (upper_bits(word) >> 2U); }

/// Gathers bit 7 of byte i into bit i. The partial products of this factor never meet, so nothing carries.
[[nodiscard]] constexpr std::uint64_t gather(std::uint64_t high_bits) noexcept {
  return ((high_bits >> 7U) * 0x0102'0408'1020'4080) >> 56U;
}
/// The reverse of gather(): bit i of `bits` becomes bit 7 of byte i.
[[nodiscard]] constexpr std::uint64_t scatter(std::uint64_t bits) noexcept {
  const std::uint64_t spread = ((bits & 0xff) * kOnes) & 0x8040'2010'0804'0201;
  return (spread + kOnes * 0x7f) & kHighBits;
}
static_assert(gather(scatter(0xa5)) == 0xa5 && gather(scatter(0xff)) == 0xff && scatter(0) == 0);
static_assert(fold(0x5b'5a'41'40'7a'61'c1'00) == 0x5b'7a'61'40'7a'61'c1'00);

}  // namespace dns::swar
