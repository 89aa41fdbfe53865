// SPDX-License-Identifier: Apache-2.0
#include "base/outcome.hpp"

#include <gtest/gtest.h>

namespace {

enum class Why : std::uint8_t { kOdd, kNegative };

base::Outcome<int, Why> half(int number) {
  if (number < 0) return Why::kNegative;
  if (number % 2 != 0) return Why::kOdd;
  return number / 2;
}

TEST(Outcome, HoldsTheValueOrTheReason) {
  EXPECT_TRUE(half(8).has_value());
  EXPECT_EQ(*half(8), 4);
  EXPECT_FALSE(half(7));
  EXPECT_EQ(half(7).error(), Why::kOdd);
  EXPECT_EQ(half(-2).error(), Why::kNegative);
}

TEST(Outcome, CopiesItsValueOrReason) {
  const auto good = half(6);
  const auto copy = good;
  EXPECT_EQ(copy.value(), 3);
}

struct Pair {
  int first;
  int second;
};

TEST(Outcome, GivesAccessToMembers) {
  const base::Outcome<Pair, Why> pair(Pair{1, 2});
  EXPECT_EQ(pair->second, 2);
}

}  // namespace
