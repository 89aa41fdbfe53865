// SPDX-License-Identifier: Apache-2.0
// An operator takes names out: one, a zone, everything.
#include <string>

#include <gtest/gtest.h>

#include "support/cache_world.hpp"

namespace {

using test::Answer;
using test::CacheWorld;
using test::Key;
using test::numbered;

void flush_all(CacheWorld& world, const Key& suffix) {
  cache::Cache::Cursor cursor;
  while (world.cache.flush(cursor, suffix.qname(), 100)) {
  }
}

TEST(CacheFlush, ZoneIsFlushedWithItsApexAndAllTypesAndViews) {
  CacheWorld world;
  const std::vector<Key> gone{Key("example.org"), Key("www.example.org"), Key("a.b.example.org", 28),
                              Key("example.org", 6, 1), Key("www.example.org", 1, 0, 7)};
  const std::vector<Key> stay{Key("org"), Key("example.com"), Key("org.example"), Key("example.org.test"), Key("")};
  for (const Key& key : gone) world.put(key, Answer(1));
  for (const Key& key : stay) world.put(key, Answer(1));
  flush_all(world, Key("example.org"));
  for (std::size_t i = 0; i < gone.size(); ++i) EXPECT_EQ(world.get(gone[i]), nullptr) << i;
  for (std::size_t i = 0; i < stay.size(); ++i) EXPECT_NE(world.get(stay[i]), nullptr) << i;
  EXPECT_EQ(world.cache.stats()[cache::Counter::kFlushed], gone.size());
}

// RFC 1034 §3.1: names are below one another by labels, not by bytes.
TEST(CacheFlush, SuffixEndsAtALabelNotWithinOne) {
  CacheWorld world;
  world.put(Key("notexample.org"), Answer(1));
  const std::string looks_like_suffix = std::string("x") + '\7' + "example" + '\3' + "org";
  world.put(Key(looks_like_suffix), Answer(1));  // one label whose last bytes are the suffix
  flush_all(world, Key("example.org"));
  EXPECT_EQ(world.cache.stats()[cache::Counter::kFlushed], 0U);
}

TEST(CacheFlush, SingleNameIsFlushedWithoutWhatIsBelow) {
  CacheWorld world;
  for (const Key& key : {Key("example.org"), Key("example.org", 28), Key("www.example.org"), Key("org")}) {
    world.put(key, Answer(1));
  }
  cache::Cache::Cursor cursor;
  EXPECT_FALSE(
      world.cache.flush(cursor, Key("example.org").qname(), world.cache.bucket_count(), cache::FlushScope::kName));
  EXPECT_EQ(world.get(Key("example.org")), nullptr);
  EXPECT_EQ(world.get(Key("example.org", 28)), nullptr);
  EXPECT_NE(world.get(Key("www.example.org")), nullptr);
  EXPECT_NE(world.get(Key("org")), nullptr);
}

TEST(CacheFlush, OneTypeIsFlushedOfANameOrOfEverything) {
  CacheWorld world;
  for (const Key& key : {Key("example.org"), Key("example.org", 28), Key("www.example.org", 28), Key("org", 28)}) {
    world.put(key, Answer(1));
  }
  constexpr dns::QType kAaaa{28};
  cache::Cache::Cursor name;
  EXPECT_FALSE(
      world.cache.flush(name, Key("example.org").qname(), world.cache.bucket_count(), cache::FlushScope::kName, kAaaa));
  EXPECT_EQ(name.removed, 1U);
  EXPECT_NE(world.get(Key("example.org")), nullptr);
  EXPECT_EQ(world.get(Key("example.org", 28)), nullptr);
  EXPECT_NE(world.get(Key("www.example.org", 28)), nullptr);
  cache::Cache::Cursor all;
  EXPECT_FALSE(world.cache.flush(all, Key("").qname(), world.cache.bucket_count(), cache::FlushScope::kSubtree, kAaaa));
  EXPECT_EQ(all.removed, 2U);
  EXPECT_NE(world.get(Key("example.org")), nullptr);
}

// RFC 2308 §5: an NXDOMAIN is stored for every type, so it would also answer this type.
TEST(CacheFlush, NameThatDoesNotExistGoesWithAnyType) {
  CacheWorld world;
  const Key every_type("no.example.org", 0);
  const Answer soa(1);
  cache::NewEntry none = CacheWorld::entry(every_type, soa);
  none.kind = dns::AnswerKind::kNxDomain;
  ASSERT_NE(world.cache.insert(none, world.now), nullptr);
  ASSERT_NE(world.cache.find_nxdomain(Key("no.example.org", 0).hash(), Key("no.example.org", 28).view()), nullptr);
  cache::Cache::Cursor cursor;
  EXPECT_FALSE(world.cache.flush(cursor, Key("no.example.org").qname(), world.cache.bucket_count(),
                                 cache::FlushScope::kName, dns::QType(28)));
  EXPECT_EQ(cursor.removed, 1U);
}

// A client may ask for type 0: what it gets is no NXDOMAIN for the others.
TEST(CacheFind, AnswerOfTypeZeroIsNotOneOfEveryType) {
  CacheWorld world;
  world.put(Key("www.example.org", 0), Answer(1));
  EXPECT_EQ(world.cache.find_nxdomain(Key("www.example.org", 0).hash(), Key("www.example.org", 28).view()), nullptr);
}

TEST(CacheFlush, RootFlushesEverything) {
  CacheWorld world;
  for (std::size_t i = 0; i < 500; ++i) world.put(numbered(i), Answer(1));
  world.put(Key(""), Answer(1));
  flush_all(world, Key(""));
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 0U);
  EXPECT_EQ(world.cache.stats()[cache::Counter::kFlushed], 501U);
}

TEST(CacheFlush, EmptySuffixIsNoNameAndFlushesNothing) {
  CacheWorld world;
  world.put(Key("www.example"), Answer(1));
  cache::Cache::Cursor cursor;
  EXPECT_FALSE(world.cache.flush(cursor, {}, world.cache.bucket_count()));
  EXPECT_NE(world.get(Key("www.example")), nullptr);
}

TEST(CacheFlush, FlushGoesOnWhereItStopped) {
  CacheWorld world;
  for (std::size_t i = 0; i < 1'000; ++i) world.put(numbered(i), Answer(1));
  cache::Cache::Cursor cursor;
  EXPECT_TRUE(world.cache.flush(cursor, Key("").qname(), world.cache.bucket_count() / 2));
  EXPECT_GT(world.cache.stats()[cache::Gauge::kEntries], 300U);
  EXPECT_LT(world.cache.stats()[cache::Gauge::kEntries], 700U);
  EXPECT_FALSE(world.cache.flush(cursor, Key("").qname(), world.cache.bucket_count()));
  EXPECT_EQ(world.cache.stats()[cache::Gauge::kEntries], 0U);
  EXPECT_FALSE(world.cache.flush(cursor, Key("").qname(), 1)) << "the end stays the end";
}

TEST(CacheFlush, FlushedNameCanBeStoredAgain) {
  CacheWorld world;
  world.put(Key("www.example"), Answer(1));
  flush_all(world, Key("example"));
  world.put(Key("www.example"), Answer(2));
  EXPECT_EQ(test::mark_of(*world.get(Key("www.example"))), 2U);
}

}  // namespace
