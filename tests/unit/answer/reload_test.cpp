// SPDX-License-Identifier: Apache-2.0
// A new generation under way: who waits is answered, and what comes after it is treated by the new settings.
#include <gtest/gtest.h>

#include "client.hpp"

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::InProcess;

policy::Acl no_clients() { return policy::Acl(policy::Settings{}); }

std::uint16_t rcode_of(const test::Frame& reply) { return test::header_of(reply).rcode_bits(); }

TEST(Reload, AClientThatWaitsIsAnsweredThoughTheNewSettingsWouldRefuseIt) {
  InProcess appliance;
  test::ask(appliance, {.qname = "before.example.", .id = 1}, test::client_flow(4'000));
  const auto upstream = appliance.sent();
  ASSERT_EQ(upstream.size(), 1U);

  const policy::Acl acl = no_clients();
  answer::Generation next = appliance.generation();
  next.acl = &acl;
  appliance.publish(next);
  test::ask(appliance, {.qname = "after.example.", .id = 2}, test::client_flow(4'001));
  const auto refused = appliance.sent();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(rcode_of(refused[0]), static_cast<std::uint16_t>(dns::Rcode::kRefused));

  appliance.port().arrive(test::reply_to(upstream[0], 1, 60));
  appliance.settle();
  const auto answered = appliance.sent();
  ASSERT_EQ(answered.size(), 1U);
  EXPECT_EQ(test::header_of(answered[0]).id.value(), 1U);
  EXPECT_EQ(rcode_of(answered[0]), static_cast<std::uint16_t>(dns::Rcode::kNoError));
  EXPECT_EQ(appliance.packets_held(), 0U);
}

TEST(Reload, WhatIsCachedStaysAndWhatComesLaterLivesByTheNewClamp) {
  InProcess appliance;
  const auto fetch = [&](std::string_view name) {
    test::ask(appliance, {.qname = name, .id = 1});
    appliance.port().arrive(test::reply_to(appliance.sent().at(0), 1, 1'000));
    appliance.settle();
    appliance.sent();
  };
  const auto is_hit = [&](std::string_view name) {
    const std::uint64_t hits = appliance.count(answer::Counter::kHit);
    test::ask(appliance, {.qname = name, .id = 2});
    appliance.sent();
    return appliance.count(answer::Counter::kHit) == hits + 1;
  };
  fetch("old.example.");
  answer::Generation next = appliance.generation();
  next.cache.max_ttl = seconds(5);
  appliance.publish(next);
  EXPECT_TRUE(is_hit("old.example."));
  fetch("new.example.");
  EXPECT_TRUE(is_hit("new.example."));
  appliance.run_for(seconds(6), milliseconds(100));
  EXPECT_TRUE(is_hit("old.example."));
  EXPECT_FALSE(is_hit("new.example.")) << "kept for longer than the new max_ttl";
}

TEST(Reload, ClientsThatAskLaterWaitAsLongAsTheNewPatienceSays) {
  InProcess appliance;
  test::ask(appliance, {.qname = "early.example.", .id = 1}, test::client_flow(4'000));
  answer::Generation next = appliance.generation();
  coalesce::Settings waiting;
  waiting.client_timeout = milliseconds(300);
  next.waiting = &waiting;
  appliance.publish(next);
  test::ask(appliance, {.qname = "late.example.", .id = 2}, test::client_flow(4'001));
  appliance.port().sent();
  appliance.run_for(milliseconds(400));
  const auto replies = appliance.port().sent();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(test::header_of(replies[0]).id.value(), 2U);
  EXPECT_EQ(rcode_of(replies[0]), static_cast<std::uint16_t>(dns::Rcode::kServFail));
}

TEST(Reload, ASmallerBudgetHoldsFromThePollOnThatTakesIt) {
  egress::Settings egress;
  egress::UplinkSettings uplink;
  ASSERT_TRUE(uplink.servers.push_back(InProcess::v4(10, 77, 0, 2)));
  uplink.budget = {.limit_pps = 100, .burst_pkts = 100};
  ASSERT_TRUE(egress.uplinks.push_back(uplink));
  egress.max_sends = 1;
  InProcess appliance({.egress = egress});
  std::uint16_t asked = 0;
  const auto ask_many = [&](int names) {
    for (int i = 0; i < names; ++i, ++asked) {
      const std::string name = "n" + std::to_string(asked) + ".example.";
      test::ask(appliance, {.qname = name, .id = asked}, test::client_flow(static_cast<std::uint16_t>(2'000 + asked)));
    }
    return appliance.egress_port().sent().size();
  };
  EXPECT_EQ(ask_many(30), 30U);
  answer::Generation next = appliance.generation();
  next.egress.uplinks[0].budget.limit_pps = 20;
  appliance.publish(next);
  EXPECT_EQ(ask_many(30), 0U) << "thirty are spent of a window that now has twenty";
  appliance.run_for(milliseconds(900));
  EXPECT_EQ(appliance.egress_port().sent().size(), 0U);
  appliance.run_for(milliseconds(300));
  EXPECT_GT(appliance.egress_port().sent().size(), 0U);
  EXPECT_EQ(appliance.engine().uplink_stats(0).limit_pps, 20U);
}

}  // namespace
