// SPDX-License-Identifier: Apache-2.0
/// @file seeded_entropy.hpp – repeatable "entropy" for the egress cores of a simulation.
///
/// Purpose    the same seed gives the same ports and IDs. The appliance's own entropy is the kernel's.
/// Threads    one owner.
#pragma once

#include <cstdint>

#include "base/random.hpp"
#include "egress/wire.hpp"

namespace rig {

class SeededEntropy final : public egress::EntropySource {
 public:
  explicit SeededEntropy(std::uint64_t seed) noexcept : seed_(seed) {}
  void fill(base::MutableBytes bytes) noexcept override { base::fill_random(seed_ = base::mix(seed_), bytes); }

 private:
  std::uint64_t seed_;
};

}  // namespace rig
