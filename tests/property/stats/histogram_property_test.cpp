// SPDX-License-Identifier: Apache-2.0
// A histogram's quantiles against those of the sorted values.
#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "stats/histogram.hpp"

namespace {

/// Values of every size from nanoseconds to a minute.
std::vector<std::uint64_t> any_values() {
  const auto raw = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<std::uint32_t, std::uint8_t>>>(
      rc::gen::pair(rc::gen::arbitrary<std::uint32_t>(), rc::gen::inRange<std::uint8_t>(0, 36))));
  std::vector<std::uint64_t> values;
  for (const auto& [bits, shift] : raw) values.push_back((std::uint64_t{bits} << 4U) >> (35U - shift));
  return values;
}

TEST(HistogramProperty, QuantilesAreWithinASixtyFourthOfTheSortedValues) {
  EXPECT_TRUE(rc::check("quantile", [] {
    std::vector<std::uint64_t> values = any_values();
    stats::Histogram histogram;
    for (const std::uint64_t value : values) histogram.record_ns(value);
    std::sort(values.begin(), values.end());
    const int percent = *rc::gen::inRange(0, 101);
    const double fraction = percent / 100.0;
    const auto wanted = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(values.size())));
    const std::uint64_t exact = values[std::max<std::size_t>(wanted, 1) - 1];
    const std::uint64_t got = histogram.snapshot().quantile_ns(fraction);
    const std::uint64_t error = got > exact ? got - exact : exact - got;
    RC_ASSERT(error * 32 <= std::max<std::uint64_t>(exact, 1));
    RC_ASSERT(histogram.snapshot().count() == values.size());
  }));
}

TEST(HistogramProperty, MergingIsTheSameAsRecordingInOne) {
  EXPECT_TRUE(rc::check("merge", [] {
    stats::Histogram one;
    stats::Histogram other;
    stats::Histogram all;
    for (const std::uint64_t value : any_values()) {
      (*rc::gen::arbitrary<bool>() ? one : other).record_ns(value);
      all.record_ns(value);
    }
    auto merged = one.snapshot();
    merged.merge(other.snapshot());
    RC_ASSERT(merged.count() == all.snapshot().count());
    RC_ASSERT(merged.sum_ns() == all.snapshot().sum_ns());
    for (const double fraction : {0.0, 0.25, 0.5, 0.9, 0.99, 1.0}) {
      RC_ASSERT(merged.quantile_ns(fraction) == all.snapshot().quantile_ns(fraction));
    }
  }));
}

}  // namespace
