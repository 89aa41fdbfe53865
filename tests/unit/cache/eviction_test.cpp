// SPDX-License-Identifier: Apache-2.0
// Which entries are evicted when room is needed.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "support/cache_world.hpp"

namespace {

using std::chrono_literals::operator""s;
using test::Answer;
using test::CacheWorld;
using test::Kept;
using test::Key;
using test::numbered;

/// Inserts one-time names until `evictions` entries were evicted.
void flood(CacheWorld& world, std::size_t evictions, Kept kept = {}) {
  const std::uint64_t goal = world.cache.stats()[cache::Counter::kEvictions] + evictions;
  for (std::size_t i = 0; world.cache.stats()[cache::Counter::kEvictions] < goal; ++i) {
    world.put(numbered(world.cache.stats()[cache::Counter::kInserts], "flood"), Answer(1), kept);
    world.reclaim_all();
  }
}

TEST(CacheEviction, NamesThatAreAskedForSurviveAFloodOfNamesThatAreNot) {
  CacheWorld world;
  constexpr std::size_t kHot = 200;
  for (std::size_t i = 0; i < kHot; ++i) {
    world.put(numbered(i), Answer(2));
    for (std::size_t j = 0; j < 8; ++j) world.put(numbered(i * 8 + j, "cold"), Answer(1));
  }
  for (int round = 0; round < 60; ++round) {
    for (std::size_t i = 0; i < kHot; ++i) {
      if (const cache::Entry* entry = world.get(numbered(i))) entry->note_use();
    }
    flood(world, 500);
  }
  for (std::size_t i = 0; i < kHot; ++i) EXPECT_NE(world.get(numbered(i)), nullptr) << i;
}

TEST(CacheEviction, LeastAskedForGoesWhenAllAreAskedFor) {
  CacheWorld world;
  std::size_t stored = 0;
  for (; world.cache.stats()[cache::Counter::kEvictions] == 0; ++stored) {
    const cache::Entry* entry = world.put(numbered(stored), Answer(1));
    for (int uses = stored % 10 == 0 ? 1 : 3; uses > 0; --uses) entry->note_use();
    world.reclaim_all();
  }
  flood(world, 20);
  for (std::size_t i = 0; i < stored; ++i) {
    if (i % 10 != 0) {
      EXPECT_NE(world.get(numbered(i)), nullptr) << i;
    }
  }
}

TEST(CacheEviction, NameThatIsNoLongerAskedForGoesInTheEnd) {
  CacheWorld world;
  const cache::Entry* entry = world.put(Key("once-hot.example"), Answer(2));
  for (int i = 0; i < 10; ++i) entry->note_use();
  const std::uint64_t goal = world.cache.stats()[cache::Counter::kEvictions] + 40'000;
  for (std::size_t i = 0; world.cache.stats()[cache::Counter::kEvictions] < goal;
       ++i) {  // others are asked for, each for a while
    if (const cache::Entry* other = world.put(numbered(i), Answer(1))) other->note_use();
    world.reclaim_all();
  }
  EXPECT_EQ(world.get(Key("once-hot.example")), nullptr);
}

TEST(CacheEviction, RefreshedAnswerKeepsTheUsesOfItsName) {
  CacheWorld world;
  world.put(Key("hot.example"), Answer(2))->note_use();
  world.put(Key("hot.example"), Answer(3));
  // One turn of the hand takes every entry without uses.
  const std::uint64_t capacity = [] {
    CacheWorld other;
    flood(other, 1);
    return other.cache.stats()[cache::Gauge::kEntries];
  }();
  flood(world, capacity - 50);
  EXPECT_NE(world.get(Key("hot.example")), nullptr);
}

/// Of kFlood victims, at least 95 % must be those that expiry makes the first choice. Not all: eviction looks at the notes
/// of the next 16 chunks only, and a look may meet none that has expired.
constexpr std::size_t kFlood = 500;
constexpr std::size_t kOthers = kFlood / 20;

/// A full cache in which every fourth answer is `expiring` and the rest, whose keys are returned, is fresh for long.
std::vector<Key> fill_with_expiring(CacheWorld& world, Kept expiring, Kept fresh) {
  std::vector<Key> kept;
  for (std::size_t i = 0; world.cache.stats()[cache::Counter::kEvictions] == 0; ++i) {
    const bool expires = i % 4 == 0;
    world.put(numbered(i), Answer(1), expires ? expiring : fresh);
    if (!expires) kept.push_back(numbered(i));
    world.reclaim_all();
  }
  return kept;
}

std::size_t count_found(CacheWorld& world, const std::vector<Key>& keys) {
  return static_cast<std::size_t>(
      std::ranges::count_if(keys, [&](const Key& key) { return world.get(key) != nullptr; }));
}

TEST(CacheEviction, DeadAnswersGoBeforeLiveOnes) {
  CacheWorld world;
  const std::vector<Key> live = fill_with_expiring(world, {10, 0}, {1'000, 0});
  world.advance(10s);
  const std::size_t before = count_found(world, live);
  const std::uint64_t dead_before = world.cache.stats()[cache::Counter::kEvictedDead];
  ASSERT_GT(before, 3 * kFlood) << "enough live answers to choose from, and a third as many dead ones";
  flood(world, kFlood);
  EXPECT_GE(world.cache.stats()[cache::Counter::kEvictedDead] - dead_before, kFlood - kOthers);
  EXPECT_GE(count_found(world, live) + kOthers, before);
}

// RFC 8767 §5: stale data serves when the upstream fails; fresh data is needed now.
TEST(CacheEviction, StaleAnswersWithoutHitsGoBeforeFreshOnes) {
  CacheWorld world;
  const std::vector<Key> fresh = fill_with_expiring(world, {10, 100'000}, {1'000, 100'000});
  world.advance(10s);
  const std::size_t before = count_found(world, fresh);
  const std::uint64_t stale_before = world.cache.stats()[cache::Counter::kEvictedStale];
  ASSERT_GT(before, 3 * kFlood) << "enough fresh answers to choose from, and a third as many stale ones";
  flood(world, kFlood);
  EXPECT_GE(world.cache.stats()[cache::Counter::kEvictedStale] - stale_before, kFlood - kOthers);
  EXPECT_GE(count_found(world, fresh) + kOthers, before);
}

TEST(CacheEviction, StaleAnswerThatServesIsNoEasierVictimThanAFreshOne) {
  CacheWorld world;
  world.put(Key("served.example"), Answer(2), Kept{10, 100'000});
  world.advance(10s);
  for (int i = 0; i < 3; ++i) world.get(Key("served.example"))->note_use();
  flood(world, 1'000);
  EXPECT_NE(world.get(Key("served.example")), nullptr);
}

TEST(CacheLimit, CacheOfOneEntryHoldsTheLastAnswer) {
  cache::Settings settings;
  settings.max_entries = 1;
  CacheWorld world(settings, 70U << 20U);  // four shards: the one entry may be in any
  for (std::size_t i = 0; i < 500; ++i) {
    ASSERT_NE(world.put(numbered(i), Answer(1)), nullptr);
    world.reclaim_all();
    ASSERT_EQ(world.cache.stats()[cache::Gauge::kEntries], 1U);
    ASSERT_NE(world.get(numbered(i)), nullptr);
  }
  world.put(numbered(499), Answer(2));
  EXPECT_EQ(test::mark_of(*world.get(numbered(499))), 2U) << "a replacement needs no other to go";
}

TEST(CacheLimit, NumberOfEntriesNeverExceedsTheLimit) {
  cache::Settings settings;
  settings.max_entries = 100;
  CacheWorld world(settings);
  for (std::size_t i = 0; i < 5'000; ++i) {
    world.put(numbered(i * 7919 % 1'000), Answer(1, {300}, 16 + i % 300));
    world.reclaim_all();
    ASSERT_LE(world.cache.stats()[cache::Gauge::kEntries], 100U);
  }
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 100U);
  EXPECT_EQ(world.cache.stats()[cache::Counter::kRejectedNoRoom], 0U);
}

TEST(CacheSweep, SweepRemovesDeadEntriesOnly) {
  CacheWorld world;
  world.put(Key("dead.example"), Answer(1), Kept{10, 5});
  world.put(Key("stale.example"), Answer(2), Kept{10, 6});
  world.put(Key("fresh.example"), Answer(3), Kept{16, 0});
  world.advance(15s);
  world.cache.sweep(world.now, world.cache.bucket_count());
  EXPECT_EQ(world.get(Key("dead.example")), nullptr);
  EXPECT_NE(world.get(Key("stale.example")), nullptr);
  EXPECT_NE(world.get(Key("fresh.example")), nullptr);
  EXPECT_EQ(world.cache.stats()[cache::Counter::kExpired], 1U);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 2U);
}

TEST(CacheSweep, SweepNeverRemovesWithinTheLastSecond) {
  CacheWorld world;
  world.now = base::Instant(1'000'500'000'000);  // between two seconds
  world.put(Key("www.example"), Answer(1), Kept{10, 0});
  world.cache.sweep(base::Instant(1'010'400'000'000), world.cache.bucket_count());
  EXPECT_NE(world.get(Key("www.example")), nullptr) << "9.9 s old";
}

TEST(CacheSweep, StepsOfTheSweepCoverTheWholeTable) {
  CacheWorld world;
  for (std::size_t i = 0; i < 1'000; ++i) world.put(numbered(i), Answer(1), Kept{10, 0});
  world.advance(10s);
  const std::size_t step = world.cache.bucket_count() / 10 + 1;
  world.cache.sweep(world.now, step);
  EXPECT_GT(world.cache.stats()[cache::Gauge::kEntries], 700U) << "bounded work";
  for (int i = 0; i < 9; ++i) world.cache.sweep(world.now, step);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 0U);
  EXPECT_EQ(world.cache.stats()[cache::Counter::kExpired], 1'000U);
}

}  // namespace
