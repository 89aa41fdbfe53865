// SPDX-License-Identifier: Apache-2.0
// What is found, and what it looks like.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cache_world.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using cache::Freshness;
using test::Answer;
using test::CacheWorld;
using test::Kept;
using test::Key;
using test::numbered;
using testing::ElementsAre;

TEST(CacheFind, EmptyCacheKnowsNothing) {
  CacheWorld world;
  EXPECT_EQ(world.get(Key("www.example")), nullptr);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 0U);
}

TEST(CacheFind, StoredAnswerComesBackWhole) {
  CacheWorld world;
  const Key key("www.example");
  const Answer answer(7, {300, 60, 3600});
  cache::NewEntry entry = CacheWorld::entry(key, answer);
  entry.kind = dns::AnswerKind::kNxDomain;
  entry.image.nscount = 5;
  entry.image.arcount = 6;
  entry.image.rcode = dns::Rcode::kBadCookie;
  entry.image.flags = dns::kFlagAa | dns::kFlagAd;
  ASSERT_NE(world.cache.insert(entry, world.now), nullptr);

  const cache::Entry* found = world.get(Key("www.example"));
  ASSERT_NE(found, nullptr);
  const dns::AnswerImage image = found->image();
  ASSERT_EQ(image.records.size(), answer.image().records.size());
  EXPECT_EQ(std::memcmp(image.records.data(), answer.image().records.data(), image.records.size()), 0);
  EXPECT_THAT(image.ttl_offsets, ElementsAre(6, 22, 38));
  EXPECT_EQ(image.ancount, 3);
  EXPECT_EQ(image.nscount, 5);
  EXPECT_EQ(image.arcount, 6);
  EXPECT_EQ(image.rcode, dns::Rcode::kBadCookie);
  EXPECT_EQ(image.flags, dns::kFlagAa | dns::kFlagAd);
  EXPECT_EQ(found->kind(), dns::AnswerKind::kNxDomain);
  EXPECT_EQ(found->key(), Key("www.example").view());
  EXPECT_EQ(found->hash(), Key("www.example").hash());
  EXPECT_EQ(found->stored_at(), world.now);
  EXPECT_EQ(found->ttl_sec(), 300U);
}

TEST(CacheFind, EachPartOfTheKeyTellsQuestionsApart) {
  CacheWorld world;
  const std::vector<Key> keys{
      Key("www.example"),          Key("www.example", 28), Key("www.example", 1, 1), Key("www.example", 1, 2),
      Key("www.example", 1, 0, 1), Key("ww.example"),      Key("wwwexample"),        Key("")};
  for (std::size_t i = 0; i < keys.size(); ++i) world.put(keys[i], Answer(static_cast<std::uint8_t>(i + 1)));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_NE(world.get(keys[i]), nullptr) << i;
    EXPECT_EQ(test::mark_of(*world.get(keys[i])), i + 1);
  }
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], keys.size());
}

// RFC 5452 §4.3 is about forged answers; a hash that decided on equality would forge them by itself.
TEST(CacheFind, EqualHashesOfDifferentNamesDoNotMixThem) {
  CacheWorld world;
  constexpr std::uint64_t kHash = 0x1234'5678'9abc'def0;
  world.cache.insert(CacheWorld::with_hash(kHash, Key("a.example"), Answer(1)), world.now);
  EXPECT_EQ(world.cache.find(kHash, Key("b.example").view()), nullptr);
  world.cache.insert(CacheWorld::with_hash(kHash, Key("b.example"), Answer(2)), world.now);
  EXPECT_EQ(test::mark_of(*world.cache.find(kHash, Key("a.example").view())), 1U);
  EXPECT_EQ(test::mark_of(*world.cache.find(kHash, Key("b.example").view())), 2U);
}

TEST(CacheInsert, NewAnswerTakesThePlaceOfTheOldOne) {
  CacheWorld world;
  world.put(Key("www.example"), Answer(1));
  const cache::Entry* stored = world.put(Key("www.example"), Answer(2));
  EXPECT_EQ(world.get(Key("www.example")), stored);
  EXPECT_EQ(test::mark_of(*stored), 2U);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 1U);
  EXPECT_EQ(world.cache.stats()[cache::Counter::kInserts], 2U);
  EXPECT_EQ(world.cache.stats()[cache::Counter::kReplacements], 1U);
}

TEST(CacheInsert, AnswersOfEverySizeClassComeBack) {
  CacheWorld world;
  for (std::size_t bytes = 16; bytes <= 4'000; bytes += 83) {
    const Key key = numbered(bytes);
    const Answer answer(static_cast<std::uint8_t>(bytes), {300}, bytes);
    ASSERT_NE(world.put(key, answer), nullptr) << bytes;
    ASSERT_EQ(world.get(key)->image().records.size(), bytes);
    EXPECT_EQ(std::memcmp(world.get(key)->image().records.data(), answer.image().records.data(), bytes), 0);
  }
}

// RFC 9715 §3.2 R5: nothing above 1232 bytes arrives over UDP, and all of that must find a place.
TEST(CacheInsert, LargestUdpAnswerToTheLongestNameFits) {
  CacheWorld world;
  const std::string label(63, 'a');
  const Key key(label + "." + label + "." + label + "." + std::string(61, 'b'));
  ASSERT_EQ(key.view().bytes().size(), dns::kMaxKeyBytes);
  const Answer smallest_records(3, std::vector<std::uint32_t>(1'232 / 11, 60), 11);
  EXPECT_NE(world.put(key, smallest_records), nullptr);
  EXPECT_EQ(world.get(key)->image().records.size(), 1'232 / 11 * 11);
}

TEST(CacheInsert, LargestAnswerOverTcpFits) {
  CacheWorld world({.max_ttl = std::chrono::days(1)});
  const Key key("www.example");
  const Answer largest(3, std::vector<std::uint32_t>(4'000, 60), 16);
  ASSERT_NE(world.put(key, largest), nullptr);
  EXPECT_EQ(world.get(key)->image().records.size(), 64'000U);
  EXPECT_EQ(world.get(key)->image().ttl_offsets.size(), 4'000U);
}

TEST(CacheInsert, LargeAnswersTakeTurnsInTheirShareAndLeaveTheRestAlone) {
  CacheWorld world;
  world.put(Key("small.example"), Answer(1));
  const Answer large(2, {300}, 20'000);
  for (std::size_t i = 0; i < 500; ++i) {
    ASSERT_NE(world.put(numbered(i), large), nullptr) << i;
    world.reclaim_all();
  }
  EXPECT_NE(world.get(Key("small.example")), nullptr);
  EXPECT_NE(world.get(numbered(499)), nullptr);
  EXPECT_GT(world.cache.stats()[cache::Counter::kEvictions], 400U);
}

TEST(CacheInsert, AnswerLargerThanTheSettingIsRejectedAndCounted) {
  CacheWorld world({.max_answer_bytes = 4'000});
  world.put(Key("www.example"), Answer(1));
  EXPECT_EQ(world.put(Key("www.example"), Answer(2, {300}, 4'096)), nullptr);
  EXPECT_EQ(world.cache.stats()[cache::Counter::kRejectedTooBig], 1U);
  EXPECT_EQ(test::mark_of(*world.get(Key("www.example"))), 1U);
}

// RFC 2181 §8, RFC 8767 §4: operators cap TTLs; some raise them.
TEST(CacheInsert, RecordTtlsAreClampedOnTheWayIn) {
  CacheWorld world;
  const Key key("www.example");
  const Answer answer(1, {0, 10, 500, 0xffff'ffff});
  cache::NewEntry entry = CacheWorld::entry(key, answer);
  entry.ttl_floor_sec = 20;
  entry.ttl_cap_sec = 300;
  EXPECT_THAT(test::ttls_of(world.cache.insert(entry, world.now)->image()), ElementsAre(20, 20, 300, 300));
}

TEST(CacheRemove, RemovedAnswerIsGoneAndOthersStay) {
  CacheWorld world;
  world.put(Key("a.example"), Answer(1));
  world.put(Key("b.example"), Answer(2));
  EXPECT_TRUE(world.cache.remove(Key("a.example").hash(), Key("a.example").view()));
  EXPECT_FALSE(world.cache.remove(Key("a.example").hash(), Key("a.example").view()));
  EXPECT_EQ(world.get(Key("a.example")), nullptr);
  EXPECT_NE(world.get(Key("b.example")), nullptr);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 1U);
}

// RFC 1035 §3.2.1: the TTL is how long the record may be cached before the source is asked again.
TEST(CacheTtl, AnswerIsFreshUntilTheSecondItsTtlReachesZero) {
  CacheWorld world;
  const cache::Entry* entry = world.put(Key("www.example"), Answer(1), Kept{60, 0});
  EXPECT_EQ(entry->freshness(world.now + 59s + 999ms), Freshness::kFresh);
  EXPECT_EQ(entry->freshness(world.now + 60s), Freshness::kDead);
}

// RFC 8767 §5: an expired answer may serve for a while, and no longer.
TEST(CacheTtl, ExpiredAnswerIsStaleUntilItsRetentionEnds) {
  CacheWorld world;
  const cache::Entry* entry = world.put(Key("www.example"), Answer(1), Kept{60, 30});
  EXPECT_EQ(entry->freshness(world.now + 60s), Freshness::kStale);
  EXPECT_EQ(entry->freshness(world.now + 89s + 999ms), Freshness::kStale);
  EXPECT_EQ(entry->freshness(world.now + 90s), Freshness::kDead);
}

TEST(CacheTtl, AgeCountsWholeSecondsAndIsNeverNegative) {
  CacheWorld world;
  const cache::Entry* entry = world.put(Key("www.example"), Answer(1));
  EXPECT_EQ(entry->age_sec(world.now - 5s), 0U);
  EXPECT_EQ(entry->age_sec(world.now + 999ms), 0U);
  EXPECT_EQ(entry->age_sec(world.now + 1s), 1U);
}

TEST(CacheRefresh, OnlyTheFirstHitNearExpiryAsksForARefresh) {
  CacheWorld world;
  const cache::Entry* entry = world.put(Key("www.example"), Answer(1));
  EXPECT_TRUE(entry->claim_refresh());
  EXPECT_FALSE(entry->claim_refresh());
  EXPECT_TRUE(world.put(Key("www.example"), Answer(2))->claim_refresh()) << "a new answer starts its age at 0";
}

/// Keys that share their first and second bucket: only the tag bits differ.
std::uint64_t crowded(std::uint64_t tag) { return 0x3U << 22U | 0x5U | tag << 44U; }

TEST(CacheBuckets, FourteenNamesOfOneBucketPairAreAllFound) {
  CacheWorld world;
  for (unsigned i = 0; i < 14; ++i) {
    world.cache.insert(CacheWorld::with_hash(crowded(i), numbered(i), Answer(static_cast<std::uint8_t>(i + 1))),
                       world.now);
  }
  for (unsigned i = 0; i < 14; ++i) {
    const cache::Entry* found = world.cache.find(crowded(i), numbered(i).view());
    ASSERT_NE(found, nullptr) << i;
    EXPECT_EQ(test::mark_of(*found), i + 1);
  }
  EXPECT_EQ(world.cache.stats()[cache::Counter::kEvictions], 0U);
}

TEST(CacheBuckets, FifteenthNameOfABucketPairTakesThePlaceOfTheLeastUseful) {
  CacheWorld world;
  for (unsigned i = 0; i < 14; ++i) {
    const cache::Entry* entry =
        world.cache.insert(CacheWorld::with_hash(crowded(i), numbered(i), Answer(1)), world.now);
    if (i != 9) entry->note_use();
    world.advance(1s);
  }
  world.cache.insert(CacheWorld::with_hash(crowded(99), Key("new"), Answer(2)), world.now);
  EXPECT_NE(world.cache.find(crowded(99), Key("new").view()), nullptr);
  for (unsigned i = 0; i < 14; ++i) {
    EXPECT_EQ(world.cache.find(crowded(i), numbered(i).view()) == nullptr, i == 9) << i;
  }
  EXPECT_EQ(world.cache.stats()[cache::Counter::kEvictions], 1U);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 14U);
}

TEST(CacheBuckets, NameInItsSecondBucketIsReplacedAndRemovedThere) {
  CacheWorld world;
  for (unsigned i = 0; i < 8; ++i) {
    world.cache.insert(CacheWorld::with_hash(crowded(i), numbered(i), Answer(1)), world.now);
  }
  const Key overflowed = numbered(7);
  world.cache.insert(CacheWorld::with_hash(crowded(7), overflowed, Answer(2)), world.now);
  EXPECT_EQ(test::mark_of(*world.cache.find(crowded(7), overflowed.view())), 2U);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 8U);

  // A free place in the first bucket must not make a second copy of the name.
  world.cache.remove(crowded(0), numbered(0).view());
  world.cache.insert(CacheWorld::with_hash(crowded(7), overflowed, Answer(3)), world.now);
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 7U);
  EXPECT_TRUE(world.cache.remove(crowded(7), overflowed.view()));
  EXPECT_EQ(world.cache.find(crowded(7), overflowed.view()), nullptr);
}

// Otherwise lookups of absent names would read second buckets for ever.
TEST(CacheBuckets, NothingIsLeftInTheBucketsOfAnEmptiedCache) {
  CacheWorld world;
  for (unsigned i = 0; i < 20; ++i) {
    world.cache.insert(CacheWorld::with_hash(crowded(i), numbered(i), Answer(1)), world.now);
  }
  for (unsigned i = 0; i < 20; ++i) world.cache.remove(crowded(i), numbered(i).view());
  ASSERT_EQ(world.cache.stats()[cache::Gauge::kEntries], 0U);
  EXPECT_TRUE(std::ranges::all_of(world.buckets(), [](std::byte b) { return b == std::byte{0}; }));
}

TEST(CacheBuckets, PrefetchingAnyHashTouchesNothingItShouldNot) {
  CacheWorld world;
  for (unsigned i = 0; i < 9; ++i) {
    world.cache.insert(CacheWorld::with_hash(crowded(i), numbered(i), Answer(1)), world.now);
  }
  for (const std::uint64_t hash : {crowded(1), crowded(8), crowded(77), ~std::uint64_t{0}, std::uint64_t{0}}) {
    world.cache.prefetch_bucket(hash);
    world.cache.prefetch_entry(hash);
    world.cache.prefetch_elsewhere(hash);
  }
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 9U);
}

TEST(CacheBuckets, PrefetchingTellsWhereAnEntryIsToBeLookedFor) {
  using Trace = cache::Cache::Trace;
  CacheWorld world;
  EXPECT_EQ(world.cache.prefetch_entry(crowded(1)), Trace::kNone) << "an empty bucket without overflow";
  for (unsigned i = 0; i < 9; ++i) {
    world.cache.insert(CacheWorld::with_hash(crowded(i), numbered(i), Answer(1)), world.now);
  }
  EXPECT_EQ(world.cache.prefetch_entry(crowded(1)), Trace::kFound);
  EXPECT_EQ(world.cache.prefetch_entry(crowded(8)), Trace::kElsewhere) << "the eighth found its first bucket full";
  EXPECT_EQ(world.cache.prefetch_elsewhere(crowded(8)), Trace::kFound);
  EXPECT_EQ(world.cache.prefetch_entry(crowded(77)), Trace::kElsewhere) << "it might be there";
  EXPECT_EQ(world.cache.prefetch_elsewhere(crowded(77)), Trace::kNone);
}

}  // namespace
