// SPDX-License-Identifier: Apache-2.0
/// @file cycles.hpp – reading the time stamp counter, and the spread of many readings.
///
/// Purpose    a cycle here is a tick of the TSC, whose rate is constant and independent of the core's clock.
/// Threads    any.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <x86intrin.h>

namespace perf {

/// Serialised: earlier instructions have finished, later ones have not begun.
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
