// SPDX-License-Identifier: Apache-2.0
// Chunks, limbo and readers: memory comes back when everybody has let go, and never before.

#include <gtest/gtest.h>

#include "cache/detail/slabs.hpp"
#include "support/cache_world.hpp"

namespace {

using cache::Slabs;
using test::Answer;
using test::CacheWorld;
using test::Key;
using test::numbered;

TEST(CacheReclaim, ReplacedAnswerStaysReadableUntilTheReaderReports) {
  CacheWorld world;
  world.qsbr.online(0);
  const cache::Entry* old = world.put(Key("www.example"), Answer(1));
  world.put(Key("www.example"), Answer(2));
  for (int i = 0; i < 10; ++i) {
    world.cache.reclaim();
    world.put(numbered(static_cast<std::size_t>(i)),
              Answer(3));  // of the same size: would take the chunk if it were free
    ASSERT_EQ(test::mark_of(*old), 1U);
    ASSERT_EQ(old->key(), Key("www.example").view());
  }
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kPendingReclaim], 1U);
}

TEST(CacheReclaim, BlockIsFreeOnceEveryReaderHasReported) {
  CacheWorld world;
  world.qsbr.online(0);
  world.qsbr.online(1);
  world.put(Key("www.example"), Answer(1));
  world.put(Key("www.example"), Answer(2));
  world.cache.reclaim();
  world.reader_reports(0);
  world.cache.reclaim();
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kPendingReclaim], 1U) << "reader 1 may still look at it";
  world.reader_reports(1);
  world.cache.reclaim();
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kPendingReclaim], 0U);
}

TEST(CacheReclaim, ReportFromBeforeTheRetirementFreesNothing) {
  CacheWorld world;
  world.qsbr.online(0);
  world.put(Key("www.example"), Answer(1));
  const base::Qsbr::Token sampled = world.qsbr.token();
  world.put(Key("www.example"), Answer(2));
  world.cache.reclaim();
  world.qsbr.report(0, sampled);
  world.cache.reclaim();
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kPendingReclaim], 1U);
}

TEST(CacheReclaim, InsertNeverFreesWhatEgressStillHolds) {
  CacheWorld world;  // no reader is online: each grace period passes at once
  const cache::Entry* old = world.put(Key("www.example"), Answer(1));
  world.put(Key("www.example"), Answer(2));
  for (std::size_t i = 0; i < 100; ++i) world.put(numbered(i), Answer(3));
  EXPECT_EQ(test::mark_of(*old), 1U);
  world.reclaim_all();
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kPendingReclaim], 0U);
}

TEST(CacheReclaim, ManyRetiredBlocksAreFreedAFewAtATime) {
  CacheWorld world;
  for (std::size_t i = 0; i < 2 * Slabs::kReclaimBatch; ++i) world.put(numbered(i), Answer(1));
  cache::Cache::Cursor cursor;
  EXPECT_FALSE(world.cache.flush(cursor, Key("").qname(), world.cache.bucket_count()));
  world.cache.reclaim();
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kPendingReclaim], Slabs::kReclaimBatch);
  world.cache.reclaim();
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kPendingReclaim], 0U);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kBytesUsed], 0U);
}

TEST(CacheTransient, TransientAnswerIsReadableButNobodyFindsIt) {
  CacheWorld world;
  const Key key("ttl0.example");
  const Answer answer(9);
  const cache::Entry* entry = world.cache.make_transient(CacheWorld::entry(key, answer), world.now);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(test::mark_of(*entry), 9U);
  EXPECT_EQ(world.get(key), nullptr);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 0U);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kBytesUsed], 128U);
}

TEST(CacheTransient, RetiredTransientIsFreedWhenReadersReport) {
  CacheWorld world;
  world.qsbr.online(0);
  const cache::Entry* entry = world.cache.make_transient(CacheWorld::entry(Key("ttl0.example"), Answer(9)), world.now);
  world.cache.retire(entry);
  world.cache.reclaim();
  EXPECT_EQ(test::mark_of(*entry), 9U);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kPendingReclaim], 1U);
  world.reader_reports();
  world.cache.reclaim();
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kPendingReclaim], 0U);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kBytesUsed], 0U);
}

TEST(CacheTransient, TransientAnswersAreNoVictims) {
  CacheWorld world;
  const cache::Entry* entry = world.cache.make_transient(CacheWorld::entry(Key("t.example"), Answer(9)), world.now);
  for (std::size_t i = 0; i < 20'000; ++i) {
    world.put(numbered(i), Answer(3));
    world.reclaim_all();
  }
  ASSERT_GT(world.cache.stats()[cache::Counter::kEvictions], 0U);
  EXPECT_EQ(test::mark_of(*entry), 9U);
  world.cache.retire(entry);
}

TEST(CacheRoom, InsertAlwaysFindsRoomWhileReadersReport) {
  CacheWorld world;
  world.qsbr.online(0);
  for (std::size_t i = 0; i < 60'000; ++i) {
    const std::size_t record_bytes = i % 7 == 0 ? 16 + i % 2'000 : 16 + i % 100;
    ASSERT_NE(world.put(numbered(i), Answer(1, {300}, record_bytes)), nullptr) << i;
    world.cache.reclaim();
    world.reader_reports();
  }
  EXPECT_EQ(world.cache.stats()[cache::Counter::kRejectedNoRoom], 0U);
  EXPECT_GT(world.cache.stats()[cache::Counter::kEvictions], 10'000U);
}

TEST(CacheRoom, BurstOfInsertsBetweenTwoPollsFindsRoom) {
  CacheWorld world;
  world.qsbr.online(0);
  for (std::size_t i = 0; i < 40'000; ++i) {
    ASSERT_NE(world.put(numbered(i), Answer(1)), nullptr) << i;
    if (i % 16 != 0) continue;
    world.cache.reclaim();
    world.reader_reports();
  }
}

TEST(CacheRoom, StuckReaderMakesInsertsFailButEmptiesNothing) {
  CacheWorld world;
  for (std::size_t i = 0; i < 30'000; ++i) {
    world.put(numbered(i), Answer(1));
    world.reclaim_all();
  }
  const std::uint64_t full = world.cache.stats()[cache::Gauge::kEntries];
  world.qsbr.online(0);  // and reports nothing
  for (std::size_t i = 0; i < 20'000; ++i) {
    world.put(numbered(100'000 + i), Answer(2));
    world.cache.reclaim();
  }
  EXPECT_GT(world.cache.stats()[cache::Counter::kRejectedNoRoom], 0U);
  EXPECT_GT(world.cache.stats()[cache::Gauge::kEntries], full / 2);

  world.reader_reports();
  world.reclaim_all();
  EXPECT_NE(world.put(Key("after.example"), Answer(3)), nullptr);
}

TEST(CacheRoom, EveryClassHasAPageHoweverFullTheOthersAre) {
  CacheWorld world;
  for (std::size_t i = 0; i < 30'000; ++i) {
    world.put(numbered(i), Answer(1));
    world.reclaim_all();
  }
  for (const std::size_t bytes : {100U, 200U, 300U, 400U, 600U, 900U, 1'200U, 1'900U, 4'000U}) {
    EXPECT_NE(world.put(numbered(bytes), Answer(2, {300}, bytes)), nullptr) << bytes;
  }
}

TEST(CacheRoom, UsedBytesCountWholeBlocksAndComeBackToZero) {
  CacheWorld world;
  world.put(Key("a.example"), Answer(1));              // 48 + 20 + 2 + 16
  world.put(Key("b.example"), Answer(1, {300}, 100));  // above 128
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kBytesUsed], 128U + 192U);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kBytesCapacity], CacheWorld::kBytes);
  world.cache.remove(Key("a.example").hash(), Key("a.example").view());
  world.cache.remove(Key("b.example").hash(), Key("b.example").view());
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kBytesUsed], 0U);
}

TEST(CacheRoom, OddSizesOfMemoryWork) {
  for (const std::size_t bytes : {std::size_t{1} << 20U, (std::size_t{1} << 20U) + 64, std::size_t{5'000'000},
                                  std::size_t{9'999'936}, std::size_t{70'000'000}}) {
    CacheWorld world({}, bytes);
    for (std::size_t i = 0; i < 800; ++i) ASSERT_NE(world.put(numbered(i), Answer(1)), nullptr) << bytes;
    for (std::size_t i = 0; i < 800; ++i) ASSERT_NE(world.get(numbered(i)), nullptr) << bytes << ' ' << i;
  }
}

TEST(CacheRoom, TypicalAnswersFillMostOfTheMemory) {
  constexpr std::size_t kBytes = 16U << 20U;
  CacheWorld world({}, kBytes);
  for (std::size_t i = 0; i < 150'000; ++i) {
    world.put(numbered(i), Answer(1, {300, 300}, 40));  // 192-byte chunks
    world.reclaim_all();
  }
  EXPECT_GT(world.cache.stats()[cache::Gauge::kBytesUsed], kBytes * 79 / 100);
}

TEST(Slabs, ClassIsTheSmallestThatHolds) {
  EXPECT_EQ(cache::class_for(1), 0U);
  EXPECT_EQ(cache::class_for(128), 0U);
  EXPECT_EQ(cache::class_for(129), 1U);
  EXPECT_EQ(cache::class_for(4'096), cache::kLargeClass - 1);
  EXPECT_EQ(cache::class_for(4'097), cache::kLargeClass);
  EXPECT_EQ(cache::class_for(cache::kClassBytes.back()), cache::kLargeClass);
  EXPECT_EQ(cache::class_for(cache::kClassBytes.back() + 1), cache::kClasses);
}

TEST(Slabs, BlocksOfAPageDoNotOverlap) {
  const test::Memory memory(2U << 20U);
  base::Arena rest(memory.view());
  static_cast<void>(rest.bytes(64));
  Slabs arena(memory.view(), rest, 1);
  std::vector<bool> taken(memory.view().size() / 64);
  std::size_t chunks = 0;
  for (std::size_t size_class = 0; size_class < cache::kClasses; ++size_class) {
    for (int i = 0; i < 40; ++i) {
      const cache::ChunkRef ref = arena.allocate(0, size_class);
      if (ref == 0) break;
      ASSERT_LE(arena.class_of(ref), std::max(size_class, cache::kLargeClass - 1))
          << "a large chunk for a small answer";
      ++chunks;
      ASSERT_EQ(arena.ref_of(arena.chunk(ref)), ref);
      ASSERT_EQ(&arena.note(ref), &arena.note(ref));
      for (std::size_t unit = 0; unit < cache::kClassBytes[arena.class_of(ref)] / 64U; ++unit) {
        ASSERT_LT(ref + unit, taken.size());
        ASSERT_FALSE(taken[ref + unit]);
        taken[ref + unit] = true;
      }
      arena.note(ref).slot = 3;  // the notes must not lie in anybody's chunk
    }
  }
  EXPECT_GT(chunks, 300U);
}

}  // namespace
