// SPDX-License-Identifier: Apache-2.0
// One appliance under a virtual clock: when it asks upstream, who waits, what the budget does.
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "traces.hpp"

namespace rig {
namespace {

using test::TraceWorld;

constexpr std::array kAllPolicies{Policy::kS3Fifo, Policy::kS3FifoModel, Policy::kSieve,  Policy::kClock,
                                  Policy::kLru,    Policy::kFifo,        Policy::kBelady, Policy::kInfinite};

class EveryPolicy : public testing::TestWithParam<Policy> {
 protected:
  Configuration cell{.policy = GetParam(), .size_bytes = 16U << 20U, .prefetch_percent = 0};
  TraceWorld trace;
};

// RFC 1035 §3.2.1
TEST_P(EveryPolicy, AnswersFromTheCacheUntilTheTtlHasPassed) {
  trace.ask(0, "a.example", {.ttl_sec = 10});
  trace.ask(5, "a.example", {.ttl_sec = 10});
  trace.ask(9, "a.example", {.ttl_sec = 10});
  trace.ask(11, "a.example", {.ttl_sec = 10});
  const Stats stats = trace.simulate(cell);
  EXPECT_EQ(stats.queries, 4U);
  EXPECT_EQ(stats.hits, 2U);
  EXPECT_EQ(stats.packets, 2U);
  EXPECT_EQ(stats.answered, 2U);
}

TEST_P(EveryPolicy, ClientsThatWaitForOneAnswerCostOnePacket) {
  for (std::uint32_t client = 0; client < 5; ++client) trace.ask(0.0001 * client, "a.example", {.client = client});
  const Stats stats = trace.simulate(cell);
  EXPECT_EQ(stats.packets, 1U);
  EXPECT_EQ(stats.joined, 4U);
  EXPECT_EQ(stats.answered, 5U);
}

TEST_P(EveryPolicy, WithoutCoalescingEachClientCostsAPacket) {
  for (std::uint32_t client = 0; client < 5; ++client) trace.ask(0.0001 * client, "a.example", {.client = client});
  cell.coalescing = Coalescing::kOff;
  const Stats stats = trace.simulate(cell);
  EXPECT_EQ(stats.packets, 5U);
  EXPECT_EQ(stats.answered, 5U);
}

// RFC 2308 §5
TEST_P(EveryPolicy, ANameThatDoesNotExistDoesSoForEveryType) {
  trace.ask(0, "no.example", {.ttl_sec = 60, .rcode = 3});
  trace.ask(1, "no.example", {.ttl_sec = 60, .qtype = dns::QType::kAaaa, .rcode = 3});
  const Stats stats = trace.simulate(cell);
  EXPECT_EQ(stats.packets, 1U);
  EXPECT_EQ(stats.hits, 1U);
}

TEST_P(EveryPolicy, AnswersWithTtlZeroServeOnlyThoseWhoWait) {
  trace.ask(0, "a.example", {.ttl_sec = 0});
  trace.ask(1, "a.example", {.ttl_sec = 0});
  EXPECT_EQ(trace.simulate(cell).packets, 2U);
}

TEST_P(EveryPolicy, TheClampRaisesShortTtls) {
  trace.ask(0, "a.example", {.ttl_sec = 5});
  trace.ask(30, "a.example", {.ttl_sec = 5});
  cell.min_ttl_sec = 60;
  EXPECT_EQ(trace.simulate(cell).packets, 1U);
}

TEST_P(EveryPolicy, AHitNearExpiryRefreshesTheEntryBeforeItEnds) {
  trace.ask(0, "a.example", {.ttl_sec = 100});
  trace.ask(95, "a.example", {.ttl_sec = 100});
  trace.ask(96, "a.example", {.ttl_sec = 100});
  trace.ask(150, "a.example", {.ttl_sec = 100});
  cell.prefetch_percent = 10;
  const Stats stats = trace.simulate(cell);
  EXPECT_EQ(stats.hits, 3U);
  EXPECT_EQ(stats.packets, 2U);
  EXPECT_EQ(stats.refresh_packets, 1U);
}

TEST_P(EveryPolicy, NoSecondHasMorePacketsThanTheBudget) {
  for (int i = 0; i < 3'000; ++i) trace.ask(i / 1'000.0, test::numbered(static_cast<std::uint64_t>(i)));
  cell.budget_pps = 200;
  const Stats stats = trace.simulate(cell);
  EXPECT_LE(stats.quantile_pps(1), 200U);
  EXPECT_GT(stats.packets, 550U);  // it is spent
  EXPECT_GT(stats.lost(), 1'000U);
}

TEST_P(EveryPolicy, EachApplianceAsksOnItsOwn) {
  for (std::uint32_t client = 0; client < 64; ++client) trace.ask(client, "a.example", {.client = client});
  cell.appliances = 4;
  const Stats stats = trace.simulate(cell);
  EXPECT_EQ(stats.packets, 4U);
  EXPECT_EQ(stats.hits, 60U);
}

TEST_P(EveryPolicy, EveryQueryHasExactlyOneFate) {
  trace.ask_many(20'000, 5'000, 2'000, 7, {5, 60, 300}, 50);
  cell.budget_pps = 300;
  cell.prefetch_percent = 10;
  const Stats f = trace.simulate(cell);
  EXPECT_EQ(f.queries, 20'000U);
  EXPECT_EQ(f.queries, f.hits + f.stale_hits + f.waited + f.repeats);
  EXPECT_EQ(f.waited, f.answered + f.stale_later + f.lost());
}

std::string plain_name(const testing::TestParamInfo<Policy>& policy) {
  std::string name(name_of(policy.param));
  std::erase(name, '-');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Policies, EveryPolicy, testing::ValuesIn(kAllPolicies), plain_name);

TEST(Lane, AClientThatAsksAgainWhileItWaitsIsNotAnotherQuestion) {
  TraceWorld trace;
  trace.world.latency = std::chrono::milliseconds(300);
  trace.ask(0, "a.example");
  trace.ask(0.1, "a.example");
  const Stats stats = trace.simulate(Configuration{});
  EXPECT_EQ(stats.repeats, 1U);
  EXPECT_EQ(stats.waited, 1U);
}

TEST(Lane, WhatLeavesAfterTheTraceCountsInItsOwnSeconds) {
  TraceWorld trace;
  for (std::uint32_t i = 0; i < 300; ++i) trace.ask(i / 300.0, test::numbered(i), {.client = i});
  const Stats stats = trace.simulate(Configuration{.budget_pps = 100});
  EXPECT_GT(stats.packets, 100U);
  EXPECT_LE(stats.mean_pps(), 100);
}

TEST(Lane, SecondsAboveTheLimitAreCountedWhereNoBudgetHoldsThem) {
  TraceWorld trace;
  trace.world.limit_pps = 100;
  for (int i = 0; i < 150; ++i) trace.ask(i / 1'000.0, test::numbered(static_cast<std::uint64_t>(i)));
  trace.ask(1.5, "late.example");
  const Stats stats = trace.simulate(Configuration{.budget_pps = 0});
  EXPECT_EQ(stats.windows, 2U);
  EXPECT_EQ(stats.windows_above, 1U);
}

}  // namespace
}  // namespace rig
