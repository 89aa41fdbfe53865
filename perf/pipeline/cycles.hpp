// SPDX-License-Identifier: Apache-2.0
/// @file cycles.hpp – the time stamp counter, and what many readings of it come to.
///
/// Purpose    cycles here are ticks of the TSC, which counts at one constant rate whatever the core's clock does.
/// Threads    any.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <x86intrin.h>

namespace perf {

/// Nothing before it is still to be done, nothing after it has begun.
[[nodiscard]] inline std::uint64_t ticks() noexcept {
  _mm_lfence();
  const std::uint64_t now = __rdtsc();
  _mm_lfence();
  return now;
}

struct Spread {
  double median = 0;
  double mad = 0;  // median of the distances from the median
  double min = 0;
  double max = 0;
};

[[nodiscard]] inline double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
}

[[nodiscard]] inline Spread spread_of(const std::vector<double>& values) {
  if (values.empty()) return {};
  const double median = median_of(values);
  std::vector<double> distances;
  for (const double value : values) distances.push_back(value < median ? median - value : value - median);
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  return {median, median_of(distances), *min, *max};
}

}  // namespace perf
