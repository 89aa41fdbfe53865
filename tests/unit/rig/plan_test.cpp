// SPDX-License-Identifier: Apache-2.0
// Advice: enough and not more, with its reasons. And traces made ready for a laboratory.
#include "rig/plan.hpp"

#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lane.hpp"
#include "rig/replay.hpp"
#include "traces.hpp"

namespace rig {
namespace {

using test::TraceWorld;
using testing::HasSubstr;
using testing::Not;

Advice plan(TraceWorld& trace, const PlanSpec& spec = {}) {
  auto advice = plan_trace(trace.source, trace.dictionary, spec);
  if (!advice) throw std::runtime_error(advice.error().sentence());
  return *advice;
}

TEST(Plan, ASmallNetworkNeedsOneApplianceAndOneToSpare) {
  TraceWorld trace;
  trace.ask_many(5'000, 500, 50, 1, {60});
  const Advice advice = plan(trace);
  EXPECT_EQ(advice.in_service, 1U);
  EXPECT_EQ(advice.appliances, 2U);
  EXPECT_EQ(advice.interfaces, 2U);
  EXPECT_EQ(advice.memory_bytes, 16U << 20U);
  EXPECT_TRUE(advice.is_enough);
  EXPECT_GE(advice.reasons.size(), 4U);
}

TEST(Plan, NamesThatNeverRepeatNeedAsManyInterfacesAsTheirRateFills) {
  TraceWorld trace;
  trace.world.limit_pps = 100;
  for (int i = 0; i < 5'000; ++i) {
    trace.ask(i / 250.0, test::numbered(static_cast<std::uint64_t>(i)),
              {.client = static_cast<std::uint32_t>(i % 997)});
  }
  PlanSpec spec;
  spec.world.limit_pps = 100;
  spec.headroom = 1;
  spec.loss = 0.001;
  const Advice advice = plan(trace, spec);
  EXPECT_GE(advice.in_service, 3U);  // 250 a second over 100 each
  EXPECT_LE(advice.in_service, 5U);
  EXPECT_TRUE(advice.is_enough);
}

TEST(Plan, MoreMemoryIsAdvisedOnlyWhereItBringsHits) {
  TraceWorld trace;
  trace.ask_many(150'000, 120'000, 3'000, 1);
  PlanSpec spec;
  spec.world.limit_pps = 10'000;
  const Advice advice = plan(trace, spec);
  const auto with = [&](const char* what) {
    return *std::ranges::find(advice.variations, std::string(what), &Variation::what);
  };
  EXPECT_LT(with("four times the memory").hit_ratio - with("as advised").hit_ratio, 0.006);
}

TEST(Plan, SaysWhatMoreTrafficShorterTtlsAndAnotherMemoryWouldChange) {
  TraceWorld trace;
  trace.ask_many(5'000, 500, 50, 1, {60});
  const Advice advice = plan(trace);
  std::set<std::string> what;
  for (const Variation& one : advice.variations) what.insert(one.what);
  EXPECT_THAT(what,
              testing::IsSupersetOf({"as advised", "twice the traffic", "half the TTLs", "four times the memory"}));
  EXPECT_THAT(to_text(advice), HasSubstr("1 in service and one to spare"));
  EXPECT_THAT(to_json(advice), HasSubstr("\"memory_bytes\": 16777216"));
}

TEST(Plan, AnEmptyTraceIsRefused) {
  TraceWorld trace;
  EXPECT_FALSE(plan_trace(trace.source, trace.dictionary, {}));
}

constexpr const char* kStats =
    R"({"uptime_sec": 1000, "queries": {"total": 2000000, "outcomes": {"hit": 1800000, "stale": 0}},
  "egress": {"sent": 200000},
  "cache": {"entries": 50000, "bytes_used": 12000000, "bytes_capacity": 268435456, "evictions": 0}})";

TEST(PlanOfCounters, FollowsFromAveragesAndAFactorForTheBusiestSecond) {
  const Advice advice = plan_stats(kStats, {}).value();
  EXPECT_DOUBLE_EQ(advice.hit_ratio, 0.9);
  EXPECT_DOUBLE_EQ(advice.pps_peak, 800);  // 200 a second, four times
  EXPECT_EQ(advice.in_service, 1U);        // 1000 with a quarter more
  PlanSpec busier;
  busier.peak = 5;
  EXPECT_EQ(plan_stats(kStats, busier).value().in_service, 2U);
  EXPECT_EQ(advice.memory_bytes, 32U << 20U);
}

TEST(PlanOfCounters, WhatIfChangesHitsAndLossAsItChangesQueriesAndMisses) {
  const std::vector<Variation> what_if = plan_stats(kStats, {}).value().variations;
  ASSERT_EQ(what_if.size(), 3U);
  EXPECT_DOUBLE_EQ(what_if[0].loss_ratio, 0);
  EXPECT_EQ(what_if[1].pps_p99, 1'600U);  // twice the traffic
  EXPECT_DOUBLE_EQ(what_if[1].hit_ratio, 0.9);
  EXPECT_EQ(what_if[2].pps_p99, 1'600U);  // misses double
  EXPECT_DOUBLE_EQ(what_if[2].hit_ratio, 0.8);
  EXPECT_GT(what_if[1].loss_ratio, 0);
  EXPECT_DOUBLE_EQ(what_if[2].loss_ratio, 2 * what_if[1].loss_ratio);  // the same loss, of half the queries
}

TEST(PlanOfCounters, NobodySaysHowLongClientsWouldWait) {
  const Advice advice = plan_stats(kStats, {}).value();
  EXPECT_THAT(to_text(advice), AllOf(HasSubstr("not known"), Not(HasSubstr("0.0 ms"))));
  EXPECT_THAT(to_json(advice), HasSubstr(R"("wait_ms_p99": null)"));
}

TEST(PlanOfCounters, ForeignTextIsRefusedWithASentence) {
  for (const char* text : {"", "{}", "[1]", R"({"uptime_sec": "x"})"}) {
    const auto advice = plan_stats(text, {});
    ASSERT_FALSE(advice);
    EXPECT_THAT(advice.error().sentence(), HasSubstr("sluicectl stats --json"));
  }
}

std::vector<trace::Event> all_of(trace::Source& source) {
  std::vector<trace::Event> all(1'000);
  EXPECT_TRUE(source.rewind());
  all.resize(source.next(all).value());
  return all;
}

TEST(Settled, EachQuestionHasOneTtlAndOneRcode) {
  TraceWorld trace;
  trace.ask(0, "a.example", {.ttl_sec = 17});
  trace.ask(1, "a.example", {.ttl_sec = 60});
  trace.ask(2, "a.example", {.ttl_sec = 3, .rcode = 3});
  trace.ask(3, "no.example", {.ttl_sec = 30, .rcode = 3});
  const auto settled = Settled::create(trace.source, trace.dictionary, {}).value();
  const auto events = all_of(*settled);
  ASSERT_EQ(events.size(), 4U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(events[static_cast<std::size_t>(i)].ttl_sec, 60U);
    EXPECT_EQ(events[static_cast<std::size_t>(i)].rcode, 0);
  }
  EXPECT_EQ(events[3].rcode, 3);
}

TEST(Settled, LeavesOutWhatAZoneFileCannotAnswerAndWhatNeverGoesUpstream) {
  TraceWorld trace;
  trace.ask(0, "a.example");
  trace.ask(1, "a.example", {.qtype = dns::QType::kNs});
  trace.ask(2, "*.example");
  trace.ask(3, "plain");
  trace.ask(4, "b.example", {.rcode = 2});
  trace.ask(5, "a.example", {.flags = trace::kRepeat});
  const auto settled = Settled::create(trace.source, trace.dictionary, {}).value();
  EXPECT_EQ(settled->queries(), 1U);
  EXPECT_EQ(settled->left_out(), 5U);
}

TEST(Settled, OfSeveralAppliancesTheFirstIsAskedByItsOwnClients) {
  TraceWorld trace;
  std::uint32_t own = 0;
  for (std::uint32_t client = 0; client < 100; ++client) {
    trace.ask(client, "a.example", {.client = client});
    own += appliance_of(client, 3) == 0 ? 1U : 0U;
  }
  const auto settled = Settled::create(trace.source, trace.dictionary, {.appliances = 3}).value();
  EXPECT_EQ(settled->queries(), own);
  EXPECT_EQ(settled->left_out(), 0U);
  for (const trace::Event& event : all_of(*settled)) EXPECT_EQ(appliance_of(event.client, 3), 0U);
}

TEST(Experience, IsReadFromTheReportOfTheGenerator) {
  const auto seen = experience_from(R"({"streams": [{"queries": 1000, "answered": 990,
    "rcodes": {"NOERROR": 900, "NXDOMAIN": 85, "SERVFAIL": 3, "REFUSED": 2},
    "answered_latency": {"buckets_ns": [[1000, 900], [99000000, 80], [100000000, 7], [4000000000, 3]]}}]})");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->queries, 1'000U);
  EXPECT_EQ(seen->unanswered, 10U);
  EXPECT_EQ(seen->failed, 5U);
  EXPECT_EQ(seen->above_100_ms, 10U);
  EXPECT_FALSE(experience_from("{}"));
  EXPECT_FALSE(experience_from("no JSON"));
}

TEST(Settled, TheZoneHasTheRecordsAndTheScheduleTheMoments) {
  TraceWorld trace;
  trace.ask(1.5, "a.example", {.ttl_sec = 60, .client = 2});
  trace.ask(3, "no.example", {.ttl_sec = 30, .rcode = 3});
  const auto settled = Settled::create(trace.source, trace.dictionary, {.speed = 2}).value();
  const std::string folder = testing::TempDir();
  ASSERT_TRUE(settled->write_zone(folder + "root.zone"));
  ASSERT_TRUE(settled->write_schedule(folder + "schedule.txt"));
  const std::string zone = read_whole(folder + "root.zone").value();
  EXPECT_THAT(zone, HasSubstr("a.example. 60 IN A 192.0.2.1\n"));
  EXPECT_THAT(zone, HasSubstr("1 3600 600 86400 30\n"));
  EXPECT_THAT(zone, Not(HasSubstr("no.example")));
  EXPECT_EQ(read_whole(folder + "schedule.txt").value(), "0.750000 0 a.example. A\n1.500000 1 no.example. A\n");
}

TEST(Comparison, CountsPointsOfHitsAndPercentOfPackets) {
  Stats simulated;
  simulated.queries = 1'000;
  simulated.hits = 900;
  simulated.packets = 100;
  const Counted before{.queries = 50, .hits = 1, .stale = 0, .packets = 7};
  const auto same = compare(before, {.queries = 1'050, .hits = 898, .stale = 0, .packets = 108}, simulated);
  EXPECT_NEAR(same.hit_points, -0.3, 1e-9);
  EXPECT_NEAR(same.packets_percent, 1, 1e-9);
  EXPECT_TRUE(same.agrees());
  EXPECT_FALSE(compare(before, {.queries = 1'050, .hits = 890, .stale = 0, .packets = 107}, simulated).agrees());
  EXPECT_FALSE(compare(before, {.queries = 1'050, .hits = 901, .stale = 0, .packets = 110}, simulated).agrees());
}

}  // namespace
}  // namespace rig
