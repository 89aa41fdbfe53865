// SPDX-License-Identifier: Apache-2.0
// Clients that may not ask for all that they want: the allowance, and blocks.
#include <gtest/gtest.h>

#include "client.hpp"

namespace {

using answer::Counter;
using policy::BlockAction;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::InProcess;

/// The rcode of the only reply; -1: there is none.
int rcode_of(const std::vector<test::Frame>& replies) {
  return replies.size() == 1 ? test::header_of(replies[0]).flags & dns::kRcodeMask : -1;
}

/// Asks, has the upstream answer, and takes everything that was sent.
void fill(InProcess& appliance, std::string_view name, std::uint32_t ttl_sec) {
  test::ask(appliance, {.qname = name}, test::client_flow(39'000, 200));
  const auto upstream = appliance.sent();
  ASSERT_EQ(upstream.size(), 1U);
  appliance.port().arrive(test::reply_to(upstream[0], 1, ttl_sec));
  appliance.settle();
  ASSERT_EQ(appliance.sent().size(), 1U);
}

test::InProcessSpec limited(std::uint32_t misses, policy::OverloadAction action = policy::OverloadAction::kServFail) {
  test::InProcessSpec spec;
  spec.allowance = {.misses_per_sec = misses, .burst = 0, .action = action};
  return spec;
}

/// Asks for this many new names; returns how many went upstream.
std::size_t flood(InProcess& appliance, unsigned names, unsigned host) {
  static unsigned serial = 0;
  std::size_t upstream = 0;
  for (unsigned i = 0; i < names; ++i) {
    const std::string name = "f" + std::to_string(++serial) + ".example.";
    const auto before = appliance.count(Counter::kAsked);
    test::ask(appliance, {.qname = name}, test::client_flow(static_cast<std::uint16_t>(1'024 + serial % 60'000), host));
    upstream += appliance.count(Counter::kAsked) - before;
  }
  static_cast<void>(appliance.sent());
  return upstream;
}

TEST(MissAllowance, AboveItAClientGetsServfailForMissesAndHitsAllTheSame) {
  InProcess appliance(limited(10));
  fill(appliance, "known.example.", 300);
  EXPECT_EQ(flood(appliance, 50, 100), 10U);
  EXPECT_EQ(appliance.count(Counter::kOverAllowance), 40U);
  test::ask(appliance, {.qname = "new.example."});
  EXPECT_EQ(rcode_of(appliance.sent()), 2);
  test::ask(appliance, {.qname = "known.example."});
  EXPECT_EQ(rcode_of(appliance.sent()), 0);
  EXPECT_TRUE(appliance.conserved());
}

TEST(MissAllowance, HoldsForTheApplianceHoweverTheQueriesAreSpread) {
  test::InProcessSpec spec = limited(10);
  spec.workers = 3;
  InProcess appliance(spec);
  for (unsigned i = 0; i < 60; ++i) {
    const auto flow = test::client_flow(static_cast<std::uint16_t>(2'000 + i), 100);
    const std::string name = "spread" + std::to_string(i) + ".example.";
    appliance.port(i % 3).arrive(test::udp_frame(flow, test::query_message({.qname = name})));
    appliance.settle();
  }
  EXPECT_EQ(appliance.count(Counter::kAsked), 10U);
  EXPECT_EQ(appliance.count(Counter::kOverAllowance), 50U);
}

TEST(MissAllowance, OthersAreServedMeanwhileAndTheClientAgainWhenItHasSlowedDown) {
  InProcess appliance(limited(10));
  flood(appliance, 50, 100);
  EXPECT_EQ(flood(appliance, 1, 101), 1U);
  EXPECT_EQ(flood(appliance, 1, 100), 0U);
  appliance.run_for(milliseconds(1'100), milliseconds(100));
  EXPECT_EQ(flood(appliance, 1, 100), 1U);
}

TEST(MissAllowance, ExpiredDataIsBetterThanTheOverloadAnswer) {
  InProcess appliance(limited(10));
  fill(appliance, "old.example.", 5);
  appliance.run_for(seconds(6), milliseconds(500));
  flood(appliance, 50, 100);
  test::ask(appliance, {.qname = "old.example."});
  const auto replies = appliance.sent();
  ASSERT_EQ(rcode_of(replies), 0);
  base::ByteReader in(test::message_of(replies[0]));
  EXPECT_EQ(dns::Header::read(in).ancount, 1);
  EXPECT_EQ(appliance.count(Counter::kHeldStale), 1U);
  EXPECT_EQ(appliance.count(Counter::kStale), 1U);
  EXPECT_TRUE(appliance.conserved());
}

TEST(MissAllowance, MayRefuseOrDropInstead) {
  InProcess refusing(limited(1, policy::OverloadAction::kRefused));
  flood(refusing, 1, 100);
  test::ask(refusing, {.qname = "new.example."});
  EXPECT_EQ(rcode_of(refusing.sent()), 5);
  InProcess dropping(limited(1, policy::OverloadAction::kDrop));
  flood(dropping, 1, 100);
  test::ask(dropping, {.qname = "new.example."});
  EXPECT_TRUE(dropping.sent().empty());
  EXPECT_EQ(dropping.count(Counter::kOverAllowance), 1U);
  EXPECT_TRUE(dropping.conserved());
}

TEST(MissAllowance, HeldMissesAreWatched) {
  InProcess appliance(limited(10));
  flood(appliance, 50, 100);
  std::uint64_t held = 0;
  std::uint64_t misses = 0;
  const auto second = appliance.clock.now().sec();
  appliance.recorders()[1]->sketch(topk::Subject::kClient, topk::Measure::kHeld).read(second, [&](const auto& row) {
    held += row.count;
  });
  appliance.recorders()[1]->sketch(topk::Subject::kClient, topk::Measure::kMisses).read(second, [&](const auto& row) {
    misses += row.count;
  });
  EXPECT_EQ(held, 40U);
  EXPECT_EQ(misses, 50U);
}

/// An appliance with a table of blocks, of host 100 alone.
struct Blocked {
  explicit Blocked(BlockAction action)
      : blocks{{{InProcess::v4(10, 77, 0, 100), 128}, action}},
        slots(policy::BlockTable::slots_for(1)),
        table(blocks, slots, appliance.hash()) {
    fill(appliance, "known.example.", 300);
    answer::Generation next = appliance.generation();
    next.blocks = &published;
    appliance.publish(next);
    published.store(&table);
  }
  InProcess appliance;
  std::vector<policy::BlockedPrefix> blocks;
  std::vector<policy::BlockTable::Slot> slots;
  policy::BlockTable table;
  std::atomic<const policy::BlockTable*> published{nullptr};
};

TEST(Blocks, CacheOnlyAnswersHitsAndHoldsMisses) {
  Blocked blocked(BlockAction::kCacheOnly);
  test::ask(blocked.appliance, {.qname = "known.example."});
  EXPECT_EQ(rcode_of(blocked.appliance.sent()), 0);
  test::ask(blocked.appliance, {.qname = "new.example."});
  EXPECT_EQ(rcode_of(blocked.appliance.sent()), 2);
  EXPECT_EQ(blocked.appliance.count(Counter::kBlockedMiss), 1U);
  EXPECT_EQ(flood(blocked.appliance, 1, 101), 1U) << "another client";
  EXPECT_TRUE(blocked.appliance.conserved());
}

TEST(Blocks, RefuseAndDropHoldForHitsToo) {
  Blocked refused(BlockAction::kRefuse);
  test::ask(refused.appliance, {.qname = "known.example."});
  EXPECT_EQ(rcode_of(refused.appliance.sent()), 5);
  EXPECT_EQ(refused.appliance.count(Counter::kBlockedRefused), 1U);
  Blocked dropped(BlockAction::kDrop);
  test::ask(dropped.appliance, {.qname = "known.example."});
  EXPECT_TRUE(dropped.appliance.sent().empty());
  EXPECT_EQ(dropped.appliance.count(Counter::kBlockedDropped), 1U);
  EXPECT_TRUE(dropped.appliance.conserved());
}

TEST(Blocks, WithoutATableNobodyIsBlocked) {
  Blocked blocked(BlockAction::kDrop);
  blocked.published.store(nullptr);
  test::ask(blocked.appliance, {.qname = "known.example."});
  EXPECT_EQ(rcode_of(blocked.appliance.sent()), 0);
}

}  // namespace
