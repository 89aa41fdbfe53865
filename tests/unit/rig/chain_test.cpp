// SPDX-License-Identifier: Apache-2.0
// Traces of several files on one clock.
#include "rig/chain.hpp"

#include <gtest/gtest.h>

#include "traces.hpp"

namespace rig {
namespace {

constexpr std::int64_t kSec = 1'000'000'000;

std::unique_ptr<test::ListSource> source_of(std::vector<std::int64_t> at_sec, std::int64_t origin_sec) {
  auto source = std::make_unique<test::ListSource>();
  source->about.origin_unix_ns = origin_sec * kSec;
  for (const std::int64_t at : at_sec) source->events.push_back({.at_ns = at * kSec});
  return source;
}

std::vector<std::int64_t> seconds_of(trace::Source& source, std::size_t at_once = 3) {
  std::vector<std::int64_t> all;
  std::vector<trace::Event> batch(at_once);
  for (std::size_t count = at_once; count != 0;) {
    count = source.next(batch).value();
    for (std::size_t i = 0; i < count; ++i) all.push_back(batch[i].at_ns / kSec);
  }
  return all;
}

std::unique_ptr<Chain> chain_of(std::unique_ptr<test::ListSource> a, std::unique_ptr<test::ListSource> b) {
  std::vector<std::unique_ptr<trace::Source>> both;
  both.push_back(std::move(a));
  both.push_back(std::move(b));
  return std::make_unique<Chain>(std::move(both));
}

TEST(Chain, FilesWithAWallClockBeginWhenTheyBegan) {
  const auto chain = chain_of(source_of({0, 4}, 1'000), source_of({0, 1}, 1'060));
  EXPECT_EQ(seconds_of(*chain), (std::vector<std::int64_t>{0, 4, 60, 61}));
}

TEST(Chain, FilesWithoutAWallClockFollowOneAnother) {
  const auto chain = chain_of(source_of({0, 4}, 0), source_of({0, 1}, 0));
  EXPECT_EQ(seconds_of(*chain), (std::vector<std::int64_t>{0, 4, 4, 5}));
}

TEST(Chain, TimeNeverGoesBackWhereFilesOverlap) {
  const auto chain = chain_of(source_of({0, 40}, 1'000), source_of({0, 1}, 1'020));
  EXPECT_EQ(seconds_of(*chain), (std::vector<std::int64_t>{0, 40, 40, 41}));
}

TEST(Chain, APartOfATraceBeginsWithItsFirstEvent) {
  EXPECT_EQ(seconds_of(*chain_of(source_of({700, 704}, 0), source_of({900, 901}, 0))),
            (std::vector<std::int64_t>{0, 4, 4, 5}));
  const auto chain = chain_of(source_of({700, 704}, 1'000), source_of({10, 11}, 1'760));
  EXPECT_EQ(seconds_of(*chain), (std::vector<std::int64_t>{0, 4, 70, 71}));
  EXPECT_EQ(chain->info().origin_unix_ns, 1'700 * kSec);
}

TEST(Chain, AFileWithoutEventsIsPassedOver) {
  const auto chain = chain_of(source_of({}, 1'000), source_of({5, 6}, 1'060));
  EXPECT_EQ(seconds_of(*chain), (std::vector<std::int64_t>{0, 1}));
}

TEST(Chain, AGapThatNoAnswerOutlivesIsCutAndSaid) {
  constexpr std::int64_t kLong = 15 * 86'400;
  const auto chain = chain_of(source_of({0, 1, 5'000'000'000, 5'000'000'002}, 1'000), source_of({0, 1}, 5'000'001'062));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(seconds_of(*chain), (std::vector<std::int64_t>{0, 1, kLong + 1, kLong + 3, kLong + 63, kLong + 64}));
    EXPECT_EQ(chain->skips().text(), "1 gaps of more than 15 days: cut to that, which no answer outlives (event 3)\n");
    ASSERT_TRUE(chain->rewind());
  }
}

TEST(Chain, TheSameEventsComeAgainAfterRewind) {
  const auto chain = chain_of(source_of({0, 4, 5}, 1'000), source_of({0, 1}, 1'060));
  const auto first = seconds_of(*chain, 2);
  ASSERT_TRUE(chain->rewind());
  EXPECT_EQ(seconds_of(*chain, 100), first);
}

TEST(Chain, ProgressIsThatOfAllFiles) {
  const auto chain = chain_of(source_of({0, 4, 5}, 0), source_of({0}, 0));
  std::vector<trace::Event> batch(3);
  ASSERT_EQ(chain->next(batch).value(), 3U);
  EXPECT_EQ(chain->progress().done, 3U);
  EXPECT_EQ(chain->progress().total, 4U);
}

}  // namespace
}  // namespace rig
