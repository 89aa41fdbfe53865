// SPDX-License-Identifier: Apache-2.0
#include "stats/counter_block.hpp"

#include <array>

#include <gtest/gtest.h>

namespace fruit {

#define FRUIT_COUNTERS(X)                  \
  X(kApples, "apples", "apples that fell") \
  X(kPears, "pears", "pears that fell")    \
  X(kPlums, "plums", "plums that fell")
SLUICE_COUNTERS(Fruit, FRUIT_COUNTERS)

}  // namespace fruit

namespace {

using fruit::Fruit;
using Block = stats::CounterBlock<Fruit>;

TEST(CounterBlock, CountsEachEnumeratorOnItsOwn) {
  Block block;
  block.add(Fruit::kApples);
  block.add(Fruit::kPlums, 5);
  EXPECT_EQ(block.read(Fruit::kApples), 1U);
  EXPECT_EQ(block.read(Fruit::kPears), 0U);
  EXPECT_EQ(block.read(Fruit::kPlums), 5U);
}

TEST(CounterBlock, OneListGivesEnumeratorsNamesAndHelpInTheSameOrder) {
  static_assert(stats::kCounters<Fruit> == 3);
  EXPECT_EQ(counter_info(Fruit::kPears).name, "pears");
  EXPECT_EQ(counter_info(Fruit::kPears).help, "pears that fell");
  EXPECT_EQ(counter_infos(Fruit::kCount).size(), 3U);
  EXPECT_EQ(counter_infos(Fruit::kCount)[2].name, counter_info(Fruit::kPlums).name);
  EXPECT_TRUE(counter_info(Fruit::kCount).name.empty());
}

TEST(CounterBlock, SumsTheBlocksOfAllLcores) {
  std::array<Block, 3> lcores;
  lcores[0].add(Fruit::kApples, 1);
  lcores[1].add(Fruit::kApples, 10);
  lcores[2].add(Fruit::kPears, 7);
  const std::array<const Block*, 3> blocks{&lcores[0], &lcores[1], &lcores[2]};
  const auto sums = stats::sum<Fruit>(blocks);
  EXPECT_EQ(sums, (stats::CounterSums<Fruit>{11, 7, 0}));
  EXPECT_EQ(stats::sum<Fruit>({}), (stats::CounterSums<Fruit>{}));
}

// False sharing would slow both writers down.
TEST(CounterBlock, SharesNoCacheLineWithItsNeighbour) {
  static_assert(alignof(Block) == base::kCacheLineBytes);
  static_assert(sizeof(Block) % base::kCacheLineBytes == 0);
}

TEST(CounterBlock, ListsWithoutNamesOrHelpOrWithDuplicatesDoNotCompile) {
  using stats::CounterInfo;
  constexpr std::array<CounterInfo, 2> kGood{{{"a_1", "x"}, {"b", "y"}}};
  constexpr std::array<CounterInfo, 2> kDouble{{{"a", "x"}, {"a", "y"}}};
  constexpr std::array<CounterInfo, 1> kUpper{{{"Apples", "x"}}};
  constexpr std::array<CounterInfo, 1> kHelpless{{{"apples", ""}}};
  constexpr std::array<CounterInfo, 1> kNameless{{{"", "x"}}};
  static_assert(stats::are_valid(kGood));
  static_assert(!stats::are_valid(kDouble));
  static_assert(!stats::are_valid(kUpper));
  static_assert(!stats::are_valid(kHelpless));
  static_assert(!stats::are_valid(kNameless));
}

}  // namespace
