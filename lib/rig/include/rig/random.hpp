// SPDX-License-Identifier: Apache-2.0
/// @file random.hpp – repeatable noise for hashes, ports and IDs of a simulation.
///
/// Purpose    the same seed gives the same run. Nothing here is for the appliance: its randomness is the kernel's.
/// Threads    values.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "egress/wire.hpp"

namespace rig {

/// SplitMix64's finaliser.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9e37'79b9'7f4a'7c15U;
  value = (value ^ value >> 30U) * 0xbf58'476d'1ce4'e5b9U;
  value = (value ^ value >> 27U) * 0x94d0'49bb'1331'11ebU;
  return value ^ value >> 31U;
}

inline void fill_random(std::uint64_t seed, base::MutableBytes bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t value = mix(seed ^ mix(at));
    std::memcpy(bytes.data() + at, &value, bytes.size() - at < sizeof value ? bytes.size() - at : sizeof value);
  }
}

class SeededEntropy final : public egress::EntropySource {
 public:
  explicit SeededEntropy(std::uint64_t seed) noexcept : seed_(seed) {}
  void fill(base::MutableBytes bytes) noexcept override { fill_random(seed_ = mix(seed_), bytes); }

 private:
  std::uint64_t seed_;
};

}  // namespace rig
