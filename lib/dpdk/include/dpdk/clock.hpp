// SPDX-License-Identifier: Apache-2.0
/// @file clock.hpp – the time stamp counter as a base::Clock.
///
/// Purpose    nanoseconds since the clock was made, from one RDTSC and one multiplication.
/// Threads    immutable after construction; any thread. Needs an invariant TSC that is the same on all cores.
/// Cost       about 10 ns per read.
#pragma once

#include <cstdint>

#include "base/instant.hpp"

namespace dpdk {

class TscClock final : public base::Clock {
 public:
  /// After EAL's start, which calibrates the counter.
  TscClock() noexcept;
  [[nodiscard]] base::Instant now() const noexcept override;

 private:
  std::uint64_t start_;
  std::uint64_t ns_per_tick_q32_;  // nanoseconds of one tick, 32 fractional bits
};

}  // namespace dpdk
