// SPDX-License-Identifier: Apache-2.0
#include "policy/block_table.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "support/sketch_texts.hpp"

namespace {

using policy::BlockAction;
using policy::BlockTable;

net::IpAddress v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  const std::array octets{static_cast<std::byte>(a), static_cast<std::byte>(b), static_cast<std::byte>(c),
                          static_cast<std::byte>(d)};
  return net::IpAddress::v4(octets.data());
}

struct Blocking {
  explicit Blocking(std::vector<policy::BlockedPrefix> list) : blocks(std::move(list)) {}
  std::vector<policy::BlockedPrefix> blocks;
  base::KeyedHash hash = test::any_hash();
  std::vector<BlockTable::Slot> slots = std::vector<BlockTable::Slot>(BlockTable::slots_for(blocks.size()));
  BlockTable table{blocks, slots, hash};
};

TEST(BlockTable, LongestPrefixThatHoldsTheClientDecides) {
  const Blocking blocking(
      {{{v4(10, 0, 0, 0), 120}, BlockAction::kDrop}, {{v4(10, 0, 0, 7), 128}, BlockAction::kRefuse}});
  EXPECT_EQ(blocking.table.find(v4(10, 0, 0, 7)), BlockAction::kRefuse);
  EXPECT_EQ(blocking.table.find(v4(10, 0, 0, 8)), BlockAction::kDrop);
  EXPECT_EQ(blocking.table.find(v4(10, 0, 1, 8)), std::nullopt);
}

TEST(BlockTable, Ipv6PrefixesHoldNoIpv4Client) {
  const Blocking blocking({{{net::IpAddress(), 0}, BlockAction::kDrop}});
  EXPECT_EQ(blocking.table.find(v4(10, 0, 0, 7)), std::nullopt);
  std::array<std::byte, 16> six{std::byte{0xfd}};
  EXPECT_EQ(blocking.table.find(net::IpAddress::v6(six.data())), BlockAction::kDrop);
}

TEST(BlockTable, PrefixesThatEndWithinAnOctet) {
  const Blocking blocking({{{v4(10, 0, 0, 32), 96 + 27}, BlockAction::kCacheOnly}});
  EXPECT_EQ(blocking.table.find(v4(10, 0, 0, 31)), std::nullopt);
  EXPECT_EQ(blocking.table.find(v4(10, 0, 0, 32)), BlockAction::kCacheOnly);
  EXPECT_EQ(blocking.table.find(v4(10, 0, 0, 63)), BlockAction::kCacheOnly);
  EXPECT_EQ(blocking.table.find(v4(10, 0, 0, 64)), std::nullopt);
}

TEST(BlockTable, HoldsAsManyAsThereMayBe) {
  std::vector<policy::BlockedPrefix> blocks;
  for (unsigned i = 0; i < policy::kMaxBlocks; ++i)
    blocks.push_back({{v4(10, 1, i / 256, i % 256), 128}, BlockAction::kDrop});
  const Blocking blocking(blocks);
  for (const auto& block : blocks) EXPECT_EQ(blocking.table.find(block.prefix.address), BlockAction::kDrop);
  EXPECT_EQ(blocking.table.find(v4(10, 2, 0, 0)), std::nullopt);
}

TEST(BlockTable, EmptyHoldsNobody) { EXPECT_EQ(Blocking({}).table.find(v4(10, 0, 0, 7)), std::nullopt); }

}  // namespace
