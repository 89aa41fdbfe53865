// SPDX-License-Identifier: Apache-2.0
#include "topk/sketch.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "support/sketch_texts.hpp"

namespace {

using test::WatchedTexts;

std::string numbered(std::string text, std::size_t number) { return text.append(std::to_string(number)); }

/// The bound holds for each key, in the sketch or not.
void expect_bounds(const WatchedTexts& watched) {
  const auto rows = watched.rows();
  for (const auto& [text, weight] : watched.truth) {
    const auto found = rows.find(text);
    if (found == rows.end()) {
      EXPECT_LE(weight, watched.sketch.least(7, watched.tag(text))) << text;
      continue;
    }
    EXPECT_GE(found->second.count, weight) << text;
    EXPECT_LE(found->second.count - found->second.error, weight) << text;
  }
}

/// Ranks of 100,000 drawn by Zipf's law with exponent 1.
std::vector<std::size_t> zipf(std::size_t draws) {
  std::vector<double> weights;
  for (std::size_t rank = 1; rank <= 20'000; ++rank) weights.push_back(1.0 / static_cast<double>(rank));
  std::discrete_distribution<std::size_t> ranks(weights.begin(), weights.end());
  std::mt19937 random(1);
  std::vector<std::size_t> drawn(draws);
  for (std::size_t& rank : drawn) rank = ranks(random);
  return drawn;
}

TEST(Sketch, CountsExactlyWhileItHasRoom) {
  WatchedTexts watched;
  for (unsigned i = 0; i < 1'000; ++i) watched.add(numbered("name", i % 50), 3);
  const auto rows = watched.rows();
  ASSERT_EQ(rows.size(), 50U);
  for (const auto& [text, row] : rows) {
    EXPECT_EQ(row.count, 60U) << text;
    EXPECT_EQ(row.error, 0U) << text;
  }
}

TEST(Sketch, HeaviestOfAZipfStreamAreInOrderAndWithinTheBound) {
  WatchedTexts watched;
  for (const std::size_t rank : zipf(100'000)) watched.add(numbered("name", rank));
  expect_bounds(watched);
  auto rows = watched.rows();
  for (unsigned rank = 0; rank < 20; ++rank) {
    const std::string text = numbered("name", rank);
    ASSERT_TRUE(rows.contains(text)) << text;
    EXPECT_LT(rows[text].error, watched.truth[text] / 5) << text;
  }
}

// The order that makes a counter lose what it has: the heavy key first, then only keys that come once.
TEST(Sketch, OneHeavyKeySurvivesAFloodOfNewOnes) {
  WatchedTexts watched;
  for (unsigned i = 0; i < 2'000; ++i) watched.add("heavy");
  for (unsigned i = 0; i < 200'000; ++i) watched.add(numbered("flood", i));
  expect_bounds(watched);
  const auto rows = watched.rows();
  ASSERT_TRUE(rows.contains("heavy")) << "200,000 in 448 places is about 450 each, less than 2,000";
  EXPECT_GE(rows.at("heavy").count - rows.at("heavy").error, 2'000U);
}

TEST(Sketch, AHeavyKeyThatComesBetweenTheOthersIsFound) {
  WatchedTexts watched;
  for (unsigned i = 0; i < 100'000; ++i) watched.add(i % 50 == 0 ? "heavy" : numbered("flood", i));
  expect_bounds(watched);
  EXPECT_TRUE(watched.rows().contains("heavy"));
}

TEST(Sketch, SmallestKeyOfAFullSetGivesItsPlaceAndItsCountBecomesTheError) {
  WatchedTexts watched({1, 16});
  for (unsigned i = 0; i < 7; ++i) watched.add(numbered("k", i), 10 + i);
  watched.add("new", 5);
  const auto rows = watched.rows();
  EXPECT_FALSE(rows.contains("k0"));
  ASSERT_TRUE(rows.contains("new"));
  EXPECT_EQ(rows.at("new").count, 15U);
  EXPECT_EQ(rows.at("new").error, 10U);
  EXPECT_EQ(watched.sketch.least(7, watched.tag("k0")), 11U);
}

TEST(Sketch, EachSecondBeginsEmptyAndTheOneBeforeCanStillBeRead) {
  WatchedTexts watched;
  watched.add("a", 1, 7);
  watched.add("b", 2, 8);
  EXPECT_TRUE(watched.rows(7).contains("a"));
  EXPECT_FALSE(watched.rows(7).contains("b"));
  EXPECT_TRUE(watched.rows(8).contains("b"));
  EXPECT_FALSE(watched.rows(8).contains("a"));
  EXPECT_TRUE(watched.rows(6).empty());
}

TEST(Sketch, SecondsThatAreLongOverAreGoneWhereSomethingNewCame) {
  WatchedTexts watched({1, 16});
  watched.add("a", 1, 7);
  watched.add("b", 2, 9);
  EXPECT_TRUE(watched.rows(7).empty());
  ASSERT_EQ(watched.rows(9).size(), 1U);
  EXPECT_EQ(watched.rows(9).at("b").count, 2U);
}

TEST(Sketch, KeysOfEveryLengthComeBackAsTheyWere) {
  WatchedTexts watched({64, 255});
  for (std::size_t length = 1; length <= 255; ++length)
    watched.add(std::string(length, static_cast<char>('a' + length % 26)));
  for (const auto& [text, row] : watched.rows()) EXPECT_TRUE(watched.truth.contains(text)) << text;
}

TEST(Sketch, WithoutMemoryItKeepsNothing) {
  topk::Sketch none;
  none.add(7, 1, {}, 1);
  none.read(7, [](const topk::Row&) { FAIL(); });
  EXPECT_EQ(none.least(7, 1), 0U);
}

}  // namespace
