// SPDX-License-Identifier: Apache-2.0
// The index behind questions, clients and waiters: found, erased, never lost.
#include "coalesce/hash_index.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace {

using coalesce::FreeList;
using coalesce::HashIndex;

constexpr auto kAny = [](std::uint32_t) { return true; };

TEST(HashIndex, EntryIsFoundByHashAndJudgement) {
  std::vector<std::uint64_t> words(HashIndex::words_for(8));
  HashIndex index(words);
  index.insert(5, 0);
  index.insert(5, 1);
  EXPECT_EQ(index.find(5, [](std::uint32_t place) { return place == 1; }), 1U);
  EXPECT_EQ(index.find(5, [](std::uint32_t) { return false; }), HashIndex::kNone);
  EXPECT_EQ(index.find(6, kAny), HashIndex::kNone);
}

TEST(HashIndex, HalfOfTheWordsStayEmpty) {
  EXPECT_EQ(HashIndex::words_for(8), 16U);
  EXPECT_EQ(HashIndex::words_for(9), 32U);
}

// Erasing out of the middle of a run must not hide those behind the hole; runs that wrap around the end included.
TEST(HashIndex, ErasingOneEntryHidesNoOther) {
  for (std::uint32_t start = 0; start < 16; ++start) {
    for (std::uint32_t erased = 0; erased < 8; ++erased) {
      std::vector<std::uint64_t> words(16);
      HashIndex index(words);
      // Runs that run into each other: hashes start, start, start+1, start+1, …
      const auto hash_of = [start](std::uint32_t place) { return start + place / 2; };
      for (std::uint32_t place = 0; place < 8; ++place) index.insert(hash_of(place), place);
      index.erase(hash_of(erased), erased);
      for (std::uint32_t place = 0; place < 8; ++place) {
        const std::uint32_t found = index.find(hash_of(place), [&](std::uint32_t p) { return p == place; });
        ASSERT_EQ(found, place == erased ? HashIndex::kNone : place) << start << ' ' << erased;
      }
    }
  }
}

TEST(HashIndex, WordsAreAllEmptyAgainAfterTheLastErase) {
  std::vector<std::uint64_t> words(32);
  HashIndex index(words);
  for (std::uint32_t place = 0; place < 16; ++place) index.insert(place * 7, place);
  for (std::uint32_t place = 0; place < 16; ++place) index.erase(place * 7, place);
  for (const std::uint64_t word : words) EXPECT_EQ(word, 0U);
}

TEST(FreeList, EveryPlaceIsTakenOnceAndReusedLastInFirstOut) {
  std::vector<std::uint32_t> links(3, 0xdead);
  FreeList places(links);
  EXPECT_EQ(places.take(), 0U);
  EXPECT_EQ(places.take(), 1U);
  EXPECT_EQ(places.ever_taken(), 2U);
  places.give_back(0);
  places.give_back(1);
  EXPECT_EQ(places.take(), 1U);
  EXPECT_EQ(places.take(), 0U);
  EXPECT_EQ(places.take(), 2U);
  EXPECT_TRUE(places.empty());
  EXPECT_EQ(places.take(), FreeList::kNone);
}

}  // namespace
