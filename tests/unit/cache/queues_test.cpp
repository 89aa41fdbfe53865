// SPDX-License-Identifier: Apache-2.0
// S3-FIFO's queues and ghosts, the negative share, and pages that change their class.
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "cache/detail/ghosts.hpp"
#include "support/cache_world.hpp"
#include "support/typical.hpp"

namespace {

using std::chrono_literals::operator""s;
using test::Answer;
using test::CacheWorld;
using test::Kept;
using test::Key;
using test::numbered;

/// Names that are asked for once, until `evictions` entries had to go.
void flood(CacheWorld& world, std::size_t evictions, std::size_t record_bytes = 16) {
  const std::uint64_t goal = world.cache.stats()[cache::Counter::kEvictions] + evictions;
  while (world.cache.stats()[cache::Counter::kEvictions] < goal) {
    world.put(numbered(world.cache.stats()[cache::Counter::kInserts], "once"), Answer(1, {300}, record_bytes));
    world.reclaim_all();
  }
}

TEST(Ghosts, NameIsKnownUntilSoManyOthersHaveCome) {
  std::vector<cache::GhostLine> lines(64);
  cache::Ghosts ghosts(lines);
  constexpr std::uint64_t kHash = 0x1234'5678'9abc'def0;
  ghosts.add(kHash);
  for (std::uint64_t i = 1; i <= 50; ++i) ghosts.add(i * 0x9e37'79b9'7f4a'7c15);
  EXPECT_TRUE(ghosts.take(kHash, 50));
  EXPECT_FALSE(ghosts.take(kHash, 50)) << "only once";
  ghosts.add(kHash);
  for (std::uint64_t i = 1; i <= 50; ++i) ghosts.add(i * 0x9e37'79b9'7f4a'7c15);
  EXPECT_FALSE(ghosts.take(kHash, 49));
}

TEST(Ghosts, TheOldestOfALineMakesWay) {
  std::vector<cache::GhostLine> lines(1);
  cache::Ghosts ghosts(lines);
  for (std::uint64_t i = 1; i <= 17; ++i) ghosts.add(i << 44U);
  EXPECT_FALSE(ghosts.take(std::uint64_t{1} << 44U, 1'000));
  for (std::uint64_t i = 2; i <= 17; ++i) EXPECT_TRUE(ghosts.take(i << 44U, 1'000)) << i;
}

TEST(CacheQueues, NameThatComesBackSoonIsNoNewcomer) {
  CacheWorld world;
  flood(world, 1);
  world.put(Key("back.example"), Answer(2));
  while (world.get(Key("back.example")) != nullptr) flood(world, 1);
  const std::uint64_t hits = world.cache.stats()[cache::Counter::kGhostHits];
  world.put(Key("back.example"), Answer(3));
  EXPECT_EQ(world.cache.stats()[cache::Counter::kGhostHits], hits + 1);
  flood(world, 3'000);
  EXPECT_NE(world.get(Key("back.example")), nullptr) << "a flood of names that are asked for once ends in probation";
}

TEST(CacheQueues, ProbationKeepsItsShareOfTheClass) {
  CacheWorld world;
  for (std::size_t i = 0; i < 30'000; ++i) {
    if (const cache::Entry* entry = world.put(numbered(i), Answer(1)); i % 2 == 0) entry->note_use();
    world.reclaim_all();
  }
  const cache::ClassStats stats = world.cache.details().classes[0];
  EXPECT_GT(stats.entries - stats.main, stats.entries / 50);
  EXPECT_LT(stats.entries - stats.main, stats.entries / 10);
}

TEST(CacheQueues, EvictionsSayWhy) {
  CacheWorld world;
  flood(world, 500);
  world.advance(300s);
  flood(world, 500);
  const cache::Stats stats = world.cache.stats();
  EXPECT_GE(stats[cache::Counter::kEvictedProbation], 500U);
  EXPECT_GE(stats[cache::Counter::kEvictedDead], 400U);
  EXPECT_EQ(stats[cache::Counter::kEvictions],
            stats[cache::Counter::kEvictedProbation] + stats[cache::Counter::kEvictedDead] +
                stats[cache::Counter::kEvictedStale] + stats[cache::Counter::kEvictedMain] +
                stats[cache::Counter::kEvictedBucket] + stats[cache::Counter::kEvictedNegative] +
                stats[cache::Counter::kEvictedMoving]);
}

// NXDOMAIN of random names must not push out what people use.
TEST(CacheNegative, NegativeAnswersNeverHoldMoreThanTheirShare) {
  CacheWorld world({}, 4U << 20U);
  for (std::size_t i = 0; i < 10'000; ++i) {
    world.put(numbered(i), Answer(1));
    world.reclaim_all();
  }
  const Answer nothing(2, {300}, 90);
  for (std::size_t i = 0; i < 40'000; ++i) {
    const Key key = numbered(i, "missing");
    cache::NewEntry entry = CacheWorld::entry(key, nothing);
    entry.kind = dns::AnswerKind::kNxDomain;
    ASSERT_NE(world.cache.insert(entry, world.now), nullptr);
    world.reclaim_all();
    ASSERT_LE(world.cache.stats()[cache::Gauge::kNegativeBytes], world.cache.details().negative_limit_bytes + 192);
  }
  EXPECT_GT(world.cache.stats()[cache::Counter::kEvictedNegative], 10'000U);
  EXPECT_LE(world.cache.details().negative_limit_bytes, (4U << 20U) / 5);
  std::size_t left = 0;
  for (std::size_t i = 0; i < 10'000; ++i) left += world.get(numbered(i)) != nullptr ? 1U : 0U;
  EXPECT_GT(left, 9'500U);
}

TEST(CacheNegative, NegativeBytesComeBackToZero) {
  CacheWorld world;
  const Answer nothing(2, {300}, 90);
  for (std::size_t i = 0; i < 100; ++i) {
    const Key key = numbered(i);
    cache::NewEntry entry = CacheWorld::entry(key, nothing);
    entry.kind = i % 2 == 0 ? dns::AnswerKind::kNoData : dns::AnswerKind::kFailure;
    world.cache.insert(entry, world.now);
    world.cache.insert(entry, world.now);
  }
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kNegativeBytes], 100U * 192U);
  world.put(numbered(7), Answer(1));  // a positive answer in the place of a negative one
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kNegativeBytes], 99U * 192U);
  cache::Cache::Cursor cursor;
  while (world.cache.flush(cursor, Key("").qname(), 1'000)) {
  }
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kNegativeBytes], 0U);
}

/// Asks for `names` names of one size again and again; the share of hits in the last round.
double hits_of(CacheWorld& world, const char* prefix, std::size_t names, std::size_t record_bytes, int rounds) {
  std::size_t hits = 0;
  for (int round = 0; round < rounds; ++round) {
    hits = 0;
    for (std::size_t i = 0; i < names; ++i) {
      const Key key = numbered(i, prefix);
      if (const cache::Entry* entry = world.get(key)) {
        entry->note_use();
        ++hits;
      } else {
        world.put(key, Answer(1, {300}, record_bytes));
      }
      world.reclaim_all();
    }
  }
  return static_cast<double>(hits) / static_cast<double>(names);
}

TEST(CachePages, MemoryFollowsTheTrafficFromSmallToLargeAnswersAndBack) {
  CacheWorld world({}, 8U << 20U);
  EXPECT_GT(hits_of(world, "small", 30'000, 16, 3), 0.99);
  EXPECT_EQ(world.cache.stats()[cache::Counter::kPagesMoved], 0U);
  EXPECT_GT(hits_of(world, "large", 2'500, 1'800, 60), 0.97) << "2048-byte chunks of 5 MiB, where small ones were";
  EXPECT_GT(world.cache.stats()[cache::Counter::kPagesMoved], 30U);
  EXPECT_GT(hits_of(world, "again", 20'000, 16, 40), 0.97);
}

TEST(CachePages, WantedAnswersOfAPageThatMovesAreKept) {
  CacheWorld world({}, 8U << 20U);
  for (std::size_t i = 0; i < 200; ++i) world.put(numbered(i, "wanted"), Answer(7))->note_use();
  static_cast<void>(hits_of(world, "small", 40'000, 16, 1));
  for (int round = 0; round < 30; ++round) {
    for (std::size_t i = 0; i < 200; ++i) {
      if (const cache::Entry* entry = world.get(numbered(i, "wanted"))) entry->note_use();
    }
    static_cast<void>(hits_of(world, "large", 1'500, 1'800, 1));
  }
  EXPECT_GT(world.cache.stats()[cache::Counter::kRelocated], 0U);
  std::size_t left = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    const cache::Entry* entry = world.get(numbered(i, "wanted"));
    if (entry == nullptr) continue;
    ++left;
    EXPECT_EQ(test::mark_of(*entry), 7U);
    EXPECT_EQ(entry->key(), numbered(i, "wanted").view());
  }
  EXPECT_GT(left, 190U);
}

TEST(CachePages, ReaderOfAnAnswerInAPageThatMovesKeepsIt) {
  CacheWorld world({}, 4U << 20U);
  static_cast<void>(hits_of(world, "small", 20'000, 16, 1));
  world.qsbr.online(0);
  std::vector<const cache::Entry*> held;
  for (std::size_t i = 0; i < 20'000; ++i) {
    if (const cache::Entry* entry = world.get(numbered(i, "small"))) held.push_back(entry);
  }
  static_cast<void>(hits_of(world, "large", 1'000, 1'800, 3));
  EXPECT_EQ(world.cache.stats()[cache::Counter::kPagesMoved], 0U) << "the reader has reported nothing";
  for (const cache::Entry* entry : held) ASSERT_EQ(test::mark_of(*entry), 1U);
  for (int i = 0; i < 60; ++i) {
    world.reader_reports();
    static_cast<void>(hits_of(world, "large", 1'000, 1'800, 1));
  }
  EXPECT_GT(world.cache.stats()[cache::Counter::kPagesMoved], 0U);
}

TEST(CacheMemory, PartsAddUpToTheWhole) {
  for (const std::size_t bytes : {std::size_t{1} << 20U, std::size_t{9'999'936}, std::size_t{70'000'000}}) {
    const CacheWorld world({}, bytes);
    const cache::MemoryStats memory = world.cache.details().memory;
    const std::size_t named = memory.buckets + memory.ghosts + memory.descriptors + memory.pages + memory.large_pages;
    EXPECT_LE(named, bytes);
    EXPECT_GT(named + 16 * cache::kPageBytes, bytes) << "less than a page for each shard is left over";
  }
}

// perf/restore has a million of them in 180 bytes each.
TEST(CacheMemory, TypicalAnswersFitInto190BytesEach) {
  constexpr std::size_t kAnswers = 250'000;
  CacheWorld world({}, kAnswers * 190 / 64 * 64);
  test::TypicalAnswers answers;
  for (std::uint32_t i = 0; i < kAnswers; ++i) {
    world.cache.insert(answers.entry(i), world.now);
    world.cache.reclaim();
  }
  EXPECT_GT(world.cache.stats()[cache::Gauge::kEntries], kAnswers * 998 / 1'000);
}

}  // namespace
