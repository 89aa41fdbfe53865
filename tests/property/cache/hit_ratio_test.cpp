// SPDX-License-Identifier: Apache-2.0
// How close eviction comes to Belady's, on a small trace; perf/hit_ratio has the whole table.
#include "support/hit_ratio.hpp"

#include <gtest/gtest.h>

namespace {

TEST(CacheHitRatio, SmallCacheKeepsMoreOfWhatMattersThanLru) {
  test::WorkloadKnobs knobs;
  knobs.questions = 500'000;
  knobs.catalogue = 200'000;
  const test::Trace trace = test::make_trace(knobs);
  const test::HitRatios ratios = test::compare_hits(trace, 0.05);
  EXPECT_GT(ratios.ours, ratios.lru + 0.03);
  EXPECT_GT(ratios.ours, 0.84 * ratios.belady);
  EXPECT_LT(ratios.ours, ratios.belady) << "no policy beats one that knows the future";
}

TEST(HitRatioModels, BeladyKeepsWhatIsAskedForFirst) {
  test::Trace trace;
  trace.names = 3;
  for (const std::uint32_t name : {0U, 1U, 2U, 0U, 1U, 0U}) trace.questions.push_back({name, 0});
  EXPECT_EQ(test::belady_hits(trace, 3), 3U);
  EXPECT_EQ(test::belady_hits(trace, 2), 3U) << "the third name is never asked for again: it is not stored";
  EXPECT_EQ(test::belady_hits(trace, 1), 2U);
  EXPECT_EQ(test::lru_hits(trace, 3), 3U);
  EXPECT_EQ(test::lru_hits(trace, 2), 1U);
}

TEST(HitRatioModels, WhatExpiresBeforeItIsAskedForIsWorthNothing) {
  test::Trace trace;
  trace.names = 1;
  const std::uint32_t ttl_ms = test::Trace::ttl_ms(0);
  for (const std::uint32_t at_ms : {0U, ttl_ms - 1, ttl_ms, ttl_ms + 1}) trace.questions.push_back({0, at_ms});
  EXPECT_EQ(test::belady_hits(trace, 1), 2U);
  EXPECT_EQ(test::lru_hits(trace, 1), 2U);
}

}  // namespace
