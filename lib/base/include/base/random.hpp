// SPDX-License-Identifier: Apache-2.0
/// @file random.hpp – pseudo-random numbers that the same seed repeats.
///
/// Purpose    everything that a simulation, a trace or a load generator draws (names, types, clients, gaps, IDs). Not for
///            secrets: those come from secrets/kernel_random.hpp.
/// Threads    one owner.
/// Cost       a few nanoseconds per number.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"

namespace base {

/// SplitMix64's finaliser: a bijection in which every input bit affects every output bit.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9e37'79b9'7f4a'7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58'476d'1ce4'e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d0'49bb'1331'11ebU;
  return value ^ (value >> 31U);
}

/// Fills `bytes` with what `seed` determines.
inline void fill_random(std::uint64_t seed, MutableBytes bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t value = mix(seed ^ mix(at));
    std::memcpy(bytes.data() + at, &value, std::min(bytes.size() - at, sizeof value));
  }
}

/// SplitMix64: a counter through mix().
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) noexcept : state_(mix(seed)) {}
  /// An independent sequence for each `purpose` of one seed.
  constexpr Random(std::uint64_t seed, std::uint64_t purpose) noexcept : state_(mix(mix(seed) ^ mix(~purpose))) {}

  constexpr std::uint64_t next() noexcept { return mix(state_++ * 0x9e37'79b9'7f4a'7c15U); }
  /// 0 … limit - 1; the bias is below limit / 2^32.
  constexpr std::uint32_t below(std::uint32_t limit) noexcept {
    return static_cast<std::uint32_t>(((next() >> 32U) * limit) >> 32U);
  }
  /// In (0, 1].
  double unit() noexcept { return static_cast<double>((next() >> 11U) + 1) * 0x1p-53; }
  /// Exponentially distributed with mean 1.
  double exponential() noexcept { return -std::log(unit()); }

 private:
  std::uint64_t state_;
};

}  // namespace base
