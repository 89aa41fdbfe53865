// SPDX-License-Identifier: Apache-2.0
// Rules over seconds, with a fake clock.
#include "blocking/blocks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "in_process.hpp"

namespace blocking {
namespace {

using policy::BlockAction;
using std::chrono::seconds;
using test::InProcess;
using topk::Measure;

config::BlockRule rule_of(std::uint32_t rate, seconds window, seconds duration) {
  return {.rate_per_sec = rate,
          .what = Measure::kMisses,
          .window = window,
          .per = config::BlockPer::kClient,
          .reason = "too many new names",
          .action = BlockAction::kDrop,
          .duration = duration};
}

struct World {
  explicit World(const config::BlockSettings& settings) { blocks.configure(settings); }

  /// A second in which these hosts of 10.77.0.0/24 had this many misses; then control judges.
  void second(const std::vector<std::pair<unsigned, std::uint64_t>>& misses, unsigned net = 0) {
    WatchedSecond over;
    over.second = now.sec();
    for (const auto& [host, weight] : misses) {
      const net::IpAddress address = InProcess::v4(10, 77, net, host);
      WatchedKey& key = over.subjects[0][over.subjects[0].size() + 1];
      for (const std::byte octet : address.octets()) key.key.push_back(static_cast<char>(octet));
      key.key.push_back(static_cast<char>(128));
      key.at_least[static_cast<std::size_t>(Measure::kMisses)] = weight;
    }
    now = now + seconds(1);
    blocks.judge(over, now);
    blocks.expire(now);
  }
  void pass(seconds time) {
    now = now + time;
    blocks.expire(now);
  }
  [[nodiscard]] std::uint64_t count(BlockCounter which) const { return blocks.counters().read(which); }

  base::Instant now{1'000'000'000'000};
  std::vector<policy::BlockedPrefix> published;
  int publications = 0;
  Blocks blocks{[this](std::span<const policy::BlockedPrefix> list) {
    published.assign(list.begin(), list.end());
    ++publications;
  }};
};

const net::Prefix kHost{InProcess::v4(10, 77, 0, 7), 128};

TEST(Blocks, AClientAboveTheRateOverTheWindowIsBlockedAndOthersAreNot) {
  World world({.rules = {rule_of(100, seconds(3), seconds(10))}, .exclude = {}});
  world.second({{7, 150}, {8, 100}});
  EXPECT_TRUE(world.published.empty()) << "150 in three seconds are less than 100 per second";
  world.second({{7, 150}, {8, 100}});
  EXPECT_TRUE(world.published.empty());
  world.second({{7, 150}, {8, 100}});
  ASSERT_EQ(world.published.size(), 1U);
  EXPECT_EQ(world.published[0].prefix, kHost);
  EXPECT_EQ(world.published[0].action, BlockAction::kDrop);
  EXPECT_EQ(world.count(BlockCounter::kAdded), 1U);
  EXPECT_EQ(world.blocks.active(), 1U);
  const Json row = world.blocks.report(world.now)["blocks"][0];
  EXPECT_EQ(row["prefix"], "10.77.0.7/32");
  EXPECT_EQ(row["reason"], "too many new names");
  EXPECT_EQ(row["by"], "rule");
  EXPECT_EQ(row["left_sec"], 10);
}

TEST(Blocks, ABurstWithinTheWindowsSumBlocksAtOnce) {
  World world({.rules = {rule_of(100, seconds(3), seconds(10))}, .exclude = {}});
  world.second({{7, 301}});
  EXPECT_EQ(world.published.size(), 1U);
}

TEST(Blocks, SecondsOlderThanTheWindowDoNotCount) {
  World world({.rules = {rule_of(100, seconds(2), seconds(10))}, .exclude = {}});
  world.second({{7, 150}});
  world.second({});
  world.second({{7, 150}});
  EXPECT_TRUE(world.published.empty());
}

TEST(Blocks, ExpireAfterTheirDurationAndLastAsLongAsTheRateDoes) {
  World world({.rules = {rule_of(100, seconds(1), seconds(5))}, .exclude = {}});
  for (int i = 0; i < 10; ++i) world.second({{7, 200}});
  ASSERT_EQ(world.published.size(), 1U) << "ten seconds later it is still too fast";
  EXPECT_EQ(world.count(BlockCounter::kAdded), 1U) << "one block, not ten";
  EXPECT_EQ(world.publications, 1);
  world.pass(seconds(4));
  EXPECT_EQ(world.published.size(), 1U);
  world.pass(seconds(1));
  EXPECT_TRUE(world.published.empty());
  EXPECT_EQ(world.count(BlockCounter::kExpired), 1U);
  EXPECT_EQ(world.blocks.active(), 0U);
}

TEST(Blocks, ARuleMayCountANetworkTogether) {
  config::BlockRule rule = rule_of(100, seconds(1), seconds(5));
  rule.per = config::BlockPer::kSlash24;
  World world({.rules = {rule}, .exclude = {}});
  world.second({{1, 40}, {2, 40}, {3, 40}});
  ASSERT_EQ(world.published.size(), 1U);
  EXPECT_EQ(world.published[0].prefix, (net::Prefix{InProcess::v4(10, 77, 0, 0), 120}));
}

TEST(Blocks, ExcludedClientsAreNotBlockedNorANetworkAroundThem) {
  config::BlockRule wide = rule_of(100, seconds(1), seconds(5));
  wide.per = config::BlockPer::kSlash24;
  World world({.rules = {rule_of(100, seconds(1), seconds(5)), wide}, .exclude = {kHost}});
  world.second({{7, 200}});
  EXPECT_TRUE(world.published.empty());
  EXPECT_EQ(world.count(BlockCounter::kExcluded), 2U);
  EXPECT_FALSE(world.blocks.add({kHost, BlockAction::kDrop, seconds(60), "x"}, world.now));
}

TEST(Blocks, AnOperatorsBlocksAreAddedClearedAndSurviveAReload) {
  World world({});
  ASSERT_TRUE(world.blocks.add({kHost, BlockAction::kRefuse, seconds(60), "asked to"}, world.now));
  ASSERT_EQ(world.published.size(), 1U);
  EXPECT_EQ(world.published[0].action, BlockAction::kRefuse);
  EXPECT_EQ(world.blocks.report(world.now)["blocks"][0]["by"], "operator");
  world.blocks.configure({.rules = {rule_of(1, seconds(1), seconds(1))}, .exclude = {}});
  EXPECT_EQ(world.published.size(), 1U);
  EXPECT_EQ(world.blocks.clear(net::Prefix{InProcess::v4(10, 77, 0, 9), 128}), 0U);
  EXPECT_EQ(world.blocks.clear(kHost), 1U);
  EXPECT_TRUE(world.published.empty());
  EXPECT_EQ(world.count(BlockCounter::kCleared), 1U);
}

TEST(Blocks, AReloadThatExcludesABlockedClientEndsTheBlock) {
  World world({});
  ASSERT_TRUE(world.blocks.add({kHost, BlockAction::kDrop, seconds(60), "asked to"}, world.now));
  world.blocks.configure({.rules = {}, .exclude = {{InProcess::v4(10, 77, 0, 0), 120}}});
  EXPECT_TRUE(world.published.empty());
}

TEST(Blocks, WhenTheTableIsFullTheBlockThatEndsFirstIsReplaced) {
  World world({});
  for (unsigned i = 0; i < policy::kMaxBlocks; ++i) {
    const net::Prefix prefix{InProcess::v4(10, 1, i / 256, i % 256), 128};
    ASSERT_TRUE(world.blocks.add({prefix, BlockAction::kDrop, seconds(i == 5 ? 10 : 60), "x"}, world.now));
  }
  ASSERT_TRUE(world.blocks.add({kHost, BlockAction::kDrop, seconds(60), "x"}, world.now));
  EXPECT_EQ(world.published.size(), policy::kMaxBlocks);
  EXPECT_EQ(world.count(BlockCounter::kReplaced), 1U);
  EXPECT_EQ(std::count_if(world.published.begin(), world.published.end(),
                          [](const auto& block) { return block.prefix.address == InProcess::v4(10, 1, 0, 5); }),
            0);
}

}  // namespace
}  // namespace blocking
