// SPDX-License-Identifier: Apache-2.0
#include "base/fixed_vector.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace {

TEST(FixedVector, TakesExactlyItsCapacity) {
  base::FixedVector<int, 2> items;
  EXPECT_TRUE(items.empty());
  EXPECT_TRUE(items.push_back(1));
  EXPECT_FALSE(items.full());
  EXPECT_TRUE(items.push_back(2));
  EXPECT_TRUE(items.full());
  EXPECT_FALSE(items.push_back(3));
  EXPECT_EQ(items.size(), 2U);
  EXPECT_EQ(items[1], 2);
}

TEST(FixedVector, IteratesOverItsElementsOnly) {
  base::FixedVector<int, 8> items;
  for (const int value : {1, 2, 3}) ASSERT_TRUE(items.push_back(value));
  EXPECT_EQ(std::accumulate(items.begin(), items.end(), 0), 6);
  EXPECT_EQ(items.span().size(), 3U);
  items.clear();
  EXPECT_EQ(items.begin(), items.end());
  EXPECT_TRUE(items.push_back(9));
  EXPECT_EQ(items[0], 9);
}

}  // namespace
