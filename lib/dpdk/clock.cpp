// SPDX-License-Identifier: Apache-2.0
// TSC to nanoseconds.
#include "dpdk/clock.hpp"

#include <rte_cycles.h>

namespace dpdk {
namespace {

// The first instant is not 0, so that "long ago" can be expressed by subtraction.
constexpr std::uint64_t kEpochNs = 1'000'000'000'000;

}  // namespace

TscClock::TscClock() noexcept
    : start_(rte_rdtsc()), ns_per_tick_q32_((std::uint64_t{1'000'000'000} << 32U) / rte_get_tsc_hz()) {}

base::Instant TscClock::now() const noexcept {
  const std::uint64_t ticks = rte_rdtsc() - start_;
  __extension__ using Wide = unsigned __int128;
  return base::Instant(kEpochNs + static_cast<std::uint64_t>((Wide{ticks} * ns_per_tick_q32_) >> 32U));
}

}  // namespace dpdk
