// SPDX-License-Identifier: Apache-2.0
#include "stats/histogram.hpp"

#include <gtest/gtest.h>

namespace {

using stats::Histogram;
using stats::histogram_bucket;
using stats::histogram_bucket_begin_ns;
using stats::kHistogramBuckets;

TEST(HistogramBuckets, FollowEachOtherWithoutGapOrOverlap) {
  for (std::size_t bucket = 0; bucket < kHistogramBuckets; ++bucket) {
    const std::uint64_t begin = histogram_bucket_begin_ns(bucket);
    const std::uint64_t end = histogram_bucket_begin_ns(bucket + 1);
    ASSERT_LT(begin, end);
    ASSERT_EQ(histogram_bucket(begin), bucket);
    ASSERT_EQ(histogram_bucket(end - 1), bucket);
  }
}

TEST(HistogramBuckets, AreAtMostAThirtySecondOfTheirValuesWide) {
  for (std::size_t bucket = 32; bucket < kHistogramBuckets; ++bucket) {
    const std::uint64_t begin = histogram_bucket_begin_ns(bucket);
    ASSERT_LE((histogram_bucket_begin_ns(bucket + 1) - begin) * 32, begin);
  }
}

TEST(HistogramBuckets, ValuesBeyondTheLastCountInTheLast) {
  EXPECT_EQ(histogram_bucket(std::uint64_t{1} << 36U), kHistogramBuckets - 1);
  EXPECT_EQ(histogram_bucket(~std::uint64_t{0}), kHistogramBuckets - 1);
}

TEST(HistogramCounts, WithoutValuesAreZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.snapshot().count(), 0U);
  EXPECT_EQ(histogram.snapshot().quantile_ns(0.5), 0U);
}

TEST(HistogramCounts, SmallValuesAreExact) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 20; ++value) histogram.record_ns(value);
  const auto counts = histogram.snapshot();
  EXPECT_EQ(counts.quantile_ns(0), 1U);
  EXPECT_EQ(counts.quantile_ns(0.5), 10U);
  EXPECT_EQ(counts.quantile_ns(0.51), 11U);
  EXPECT_EQ(counts.quantile_ns(1), 20U);
  EXPECT_EQ(counts.count(), 20U);
  EXPECT_EQ(counts.sum_ns(), 210U);
}

TEST(HistogramCounts, FractionsOutsideZeroToOneAreClamped) {
  Histogram histogram;
  histogram.record_ns(3);
  histogram.record_ns(9);
  EXPECT_EQ(histogram.snapshot().quantile_ns(-1), 3U);
  EXPECT_EQ(histogram.snapshot().quantile_ns(2), 9U);
}

TEST(HistogramCounts, CountBelowIsExactAtPowersOfTwo) {
  Histogram histogram;
  for (const std::uint64_t value : {0U, 1023U, 1024U, 1025U, 1'000'000U}) histogram.record_ns(value);
  EXPECT_EQ(histogram.snapshot().count_below(1024), 2U);
  EXPECT_EQ(histogram.snapshot().count_below(2048), 4U);
  EXPECT_EQ(histogram.snapshot().count_below(std::uint64_t{1} << 36U), 5U);
  EXPECT_EQ(histogram.snapshot().count_below(0), 0U);
}

TEST(HistogramCounts, MergeAddsWorkersAndSinceTakesTheInterval) {
  Histogram one;
  Histogram other;
  one.record_ns(10);
  const auto before = one.snapshot();
  one.record_ns(30);
  other.record_ns(20);
  auto all = one.snapshot();
  all.merge(other.snapshot());
  EXPECT_EQ(all.count(), 3U);
  EXPECT_EQ(all.sum_ns(), 60U);
  EXPECT_EQ(all.quantile_ns(0.5), 20U);
  const auto interval = one.snapshot().since(before);
  EXPECT_EQ(interval.count(), 1U);
  EXPECT_EQ(interval.sum_ns(), 30U);
  EXPECT_EQ(interval.quantile_ns(0), 30U);
}

TEST(Histogram, ANegativeDurationCountsAsZero) {
  Histogram histogram;
  histogram.record(base::Duration(-5));
  histogram.record(base::Duration(7));
  EXPECT_EQ(histogram.snapshot().quantile_ns(0), 0U);
  EXPECT_EQ(histogram.snapshot().sum_ns(), 7U);
}

}  // namespace
