// SPDX-License-Identifier: Apache-2.0
// Who goes when too many clients wait.
#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "coalesce/victims.hpp"
#include "support/inflight_world.hpp"

namespace {

using coalesce::Drop;
using coalesce::DropPolicy;
using coalesce::Join;
using coalesce::Settings;
using coalesce::Waiter;
using std::chrono_literals::operator""ms;
using test::Asker;
using test::InflightWorld;
using test::Key;
using test::numbered;

Settings quotas(std::uint32_t soft, std::uint32_t hard, const DropPolicy& policy) {
  Settings settings = InflightWorld::small();
  settings.max_waiting = hard;
  settings.soft_waiting = soft;
  settings.drop_policy = policy;
  return settings;
}

struct Victim {
  Asker asker;
  base::Handle question;
  Drop by{};
};

std::vector<Victim> victims(InflightWorld& world) {
  std::vector<Victim> all;
  Waiter out;
  Victim victim;
  while (world.table.pop_dropped(out, victim.question, victim.by)) {
    victim.asker = test::asker_of(out);
    all.push_back(victim);
  }
  return all;
}

TEST(SoftQuota, IsNineTenthsOfASmallHardOneAndALargeOneLessAHundredOrTheThreads) {
  EXPECT_EQ(coalesce::soft_quota(64, 2), 57U);
  EXPECT_EQ(coalesce::soft_quota(100, 2), 90U);
  EXPECT_EQ(coalesce::soft_quota(1'000, 2), 900U);
  EXPECT_EQ(coalesce::soft_quota(1'001, 2), 901U);
  EXPECT_EQ(coalesce::soft_quota(65'536, 2), 65'436U);
  EXPECT_EQ(coalesce::soft_quota(65'536, 128), 65'408U);
}

TEST(SoftQuota, NewcomerIsAcceptedAndAnotherOneDropped) {
  InflightWorld world(quotas(4, 8, {0, 0, 100}));
  for (std::uint8_t host = 1; host <= 4; ++host) {
    ASSERT_EQ(world.join(numbered(host), {host, 1, 1}).verdict, Join::kOpened);
    world.now = world.now + 1ms;
  }
  EXPECT_TRUE(victims(world).empty()) << "below it no client is dropped";
  EXPECT_EQ(world.join(numbered(5), {5, 1, 1}).verdict, Join::kOpened);
  const auto gone = victims(world);
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0].asker, (Asker{1, 1, 1}));
  EXPECT_EQ(world.table.key(gone[0].question), numbered(1).view()) << "its name goes into the answer";
  EXPECT_EQ(world.table.waiting_clients(), 4U);
}

TEST(SoftQuota, NewestIsTheOneThatCameLastBeforeTheNewcomer) {
  InflightWorld world(quotas(4, 8, {100, 0, 0}));
  for (std::uint8_t host = 1; host <= 6; ++host) world.join(numbered(host), {host, 1, 1});
  const auto gone = victims(world);
  ASSERT_EQ(gone.size(), 2U);
  EXPECT_EQ(gone[1].asker, (Asker{4, 1, 1}));
  EXPECT_EQ(gone[0].asker, (Asker{5, 1, 1}));
}

TEST(SoftQuota, ClientWhoseOnlyWaiterIsDroppedMayComeBack) {
  InflightWorld world(quotas(1, 8, {0, 0, 100}));
  world.join(numbered(1), {1, 1, 1});
  EXPECT_EQ(world.join(numbered(2), {1, 1, 2}).verdict, Join::kOpened);
  EXPECT_EQ(victims(world).size(), 1U);
  EXPECT_EQ(world.join(numbered(1), {1, 1, 1}).verdict, Join::kJoined) << "it waits no more, so it repeats nothing";
  EXPECT_EQ(world.table.waiting_clients(), 1U);
}

TEST(HardQuota, NewcomerIsRefusedAndAnotherOneDroppedAllTheSame) {
  InflightWorld world(quotas(0, 4, {0, 0, 100}));
  for (std::uint8_t host = 1; host <= 4; ++host) world.join(numbered(host), {host, 1, 1});
  EXPECT_EQ(world.join(numbered(5), {5, 1, 1}).verdict, Join::kWaitersFull);
  ASSERT_EQ(victims(world).size(), 1U);
  EXPECT_EQ(world.table.waiting_clients(), 3U);
  EXPECT_EQ(world.table.pending_queries(), 4U) << "what was asked stays asked; the fifth never was";
}

TEST(HardQuota, ThoseWhoseAnswerIsHereAreNotDropped) {
  InflightWorld world(quotas(3, 4, {34, 33, 33}));
  const auto answering = world.join(numbered(1), {1, 1, 1});
  for (std::uint8_t host = 2; host <= 3; ++host) world.join(numbered(1), {host, 1, 1});
  ASSERT_TRUE(world.table.begin_answers(answering.handle));
  EXPECT_EQ(world.join(numbered(1), {4, 1, 1}).verdict, Join::kJoined)
      << "no client can be dropped, up to the hard quota";
  EXPECT_EQ(world.join(numbered(2), {5, 1, 1}).verdict, Join::kWaitersFull);
  EXPECT_TRUE(victims(world).empty());
  EXPECT_EQ(world.table.waiting_clients(), 4U);
}

// Percentages of victims by policy, over many: within five standard deviations.
TEST(DropPolicy, SharesOfTheVictimsAreAsConfigured) {
  constexpr int kVictims = 100'000;
  constexpr std::uint32_t kSoft = 200;
  const DropPolicy policy{20, 30, 50};
  Settings settings = quotas(kSoft, 256, policy);
  settings.max_pending = 1'024;
  InflightWorld world(settings);
  std::array<int, 3> by{};
  int old_half = 0;
  std::vector<std::uint32_t> order;  // ports of those who wait, as they came
  for (std::uint32_t number = 0; number < kSoft + kVictims; ++number) {
    const Asker asker{static_cast<std::uint8_t>(number % 7), static_cast<std::uint16_t>(number),
                      static_cast<std::uint16_t>(number >> 16U)};
    const auto joined = world.join(numbered(number % 500), asker);
    ASSERT_TRUE(joined.verdict == Join::kOpened || joined.verdict == Join::kJoined);
    for (const Victim& gone : victims(world)) {
      ++by[static_cast<std::size_t>(gone.by)];
      const std::uint32_t name = gone.asker.port | std::uint32_t{gone.asker.id} << 16U;
      const auto at = std::find(order.begin(), order.end(), name);
      ASSERT_NE(at, order.end());
      if (gone.by == Drop::kNewest) {
        ASSERT_EQ(at + 1, order.end());
      }
      if (gone.by == Drop::kOldest) {
        ASSERT_EQ(at, order.begin());
      }
      if (gone.by == Drop::kRandom && at - order.begin() < static_cast<std::ptrdiff_t>(kSoft / 2)) ++old_half;
      order.erase(at);
    }
    order.push_back(number);
  }
  const auto expect_share = [](int count, int of, double share) {
    const double sigma = std::sqrt(of * share * (1 - share));
    EXPECT_NEAR(count, of * share, 5 * sigma) << share;
  };
  EXPECT_EQ(by[0] + by[1] + by[2], kVictims);
  expect_share(by[0], kVictims, 0.2);
  expect_share(by[1], kVictims, 0.3);
  expect_share(by[2], kVictims, 0.5);
  expect_share(old_half, by[1], 0.5);
}

TEST(DropPolicy, DiceOfTwoSeedsDrawDifferently) {
  coalesce::Dice one(1);
  coalesce::Dice two(2);
  int same = 0;
  for (int i = 0; i < 1'000; ++i) same += one.below(1'000) == two.below(1'000) ? 1 : 0;
  EXPECT_LT(same, 20);
}

}  // namespace
