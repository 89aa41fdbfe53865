// SPDX-License-Identifier: Apache-2.0
// How many questions may be out at one server, and how that follows its timeouts.
#include "egress_upstream/fetch_quota.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fakes.hpp"

namespace {

using egress::EngineCounter;
using egress::FetchQuota;
using policy::OverloadAction;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using test::Bench;

constexpr std::uint64_t kLookEvery = 102;  // freq 100

egress::Settings with_quota(egress::Settings settings, std::uint32_t per_server) {
  settings.fetch_quota.per_server = per_server;
  settings.max_fetches = 1'024;
  settings.max_sends = 1;
  settings.first_timeout = settings.min_timeout = 50ms;
  settings.max_timeout = 100ms;
  return settings;
}

std::string name(std::uint64_t number) {
  std::string text(1, 'n');
  text += std::to_string(number);
  return text += ".example";
}

egress::ServerStats stats_of(const Bench& bench, std::size_t server = 0) {
  std::array<egress::ServerStats, 8> all;
  const std::size_t count = bench.engine->server_stats(all);
  SLUICE_REQUIRE(server < count);
  return all[server];
}

TEST(FetchQuotaCurve, StepsOfTwoHundred) {
  FetchQuota quota;
  quota.set({.per_server = 200});
  std::vector<std::uint32_t> by_step{quota.quota()};
  while (quota.step() < FetchQuota::kSteps - 1) {
    if (quota.note(egress::Ended::kTimedOut)) by_step.push_back(quota.quota());
  }
  std::vector<std::uint32_t> some;
  for (const std::size_t step : {0U, 1U, 2U, 3U, 5U, 10U, 20U, 30U, 50U, 75U, 98U}) some.push_back(by_step.at(step));
  EXPECT_EQ(some, (std::vector<std::uint32_t>{200, 173, 152, 134, 108, 70, 38, 25, 13, 7, 5}));
  EXPECT_EQ(by_step.size(), 99U);
}

TEST(FetchQuotaCurve, FirstEntriesAndTheLast) {
  constexpr std::array<std::uint16_t, 11> kFirst{10'000, 8'668, 7'607, 6'747, 6'037, 5'443,
                                                 4'941,  4'512, 4'141, 3'818, 3'536};
  EXPECT_TRUE(std::equal(kFirst.begin(), kFirst.end(), FetchQuota::kCurve.begin()));
  EXPECT_EQ(FetchQuota::kCurve.back(), 278);
  EXPECT_TRUE(std::is_sorted(FetchQuota::kCurve.rbegin(), FetchQuota::kCurve.rend()));
}

TEST(FetchQuotaCurve, LooksAtEveryHundredAndSecondCompletion) {
  FetchQuota quota;
  quota.set({.per_server = 200});
  for (std::uint64_t i = 1; i <= 3 * kLookEvery; ++i) {
    EXPECT_EQ(quota.note(egress::Ended::kTimedOut), i % kLookEvery == 0) << i;
  }
}

TEST(FetchQuotaCurve, BetweenLowAndHighNothingMoves) {
  FetchQuota quota;
  quota.set({.per_server = 200});
  const auto look = [&](std::uint64_t timeouts) {
    for (std::uint64_t i = 0; i < kLookEvery; ++i) {
      quota.note(i < timeouts ? egress::Ended::kTimedOut : egress::Ended::kAnswered);
    }
  };
  for (int i = 0; i < 10; ++i) look(20);  // 19.6 %
  EXPECT_EQ(quota.step(), 0U);
  EXPECT_NEAR(quota.average(), 20.0 / 102, 1e-4);
  look(102);
  EXPECT_EQ(quota.step(), 1U);
  look(0);
  EXPECT_NEAR(quota.average(), (20.0 / 102 * 0.3 + 0.7) * 0.3, 1e-4);
  EXPECT_EQ(quota.step(), 1U) << "22.8 %";
  look(0);
  EXPECT_EQ(quota.step(), 0U);
}

TEST(FetchQuotaCurve, OneFetchIsAlwaysSent) {
  FetchQuota quota;
  quota.set({.per_server = 2});
  for (std::uint64_t i = 0; i < 98 * kLookEvery; ++i) quota.note(egress::Ended::kTimedOut);
  EXPECT_EQ(quota.quota(), 1U);
}

// A server that falls silent and comes back: quota and average at every moment as computed here, through the engine.
TEST(FetchQuotaInTheEngine, DeadUpstreamFollowsTheCurveStepByStepAndBack) {
  constexpr std::uint32_t kLimit = 200;
  Bench bench(with_quota(test::one_server(), kLimit));
  std::uint64_t asked = 0;
  double average = 0;
  std::size_t step = 0;
  std::uint64_t looks = 0;
  const auto quota_now = [&] { return std::max(1U, kLimit * FetchQuota::kCurve[step] / 10'000); };
  const auto catch_up = [&](double share) {
    const egress::ServerStats now = stats_of(bench);
    for (; looks < (now.timeouts + now.answered) / kLookEvery; ++looks) {
      average = average * 0.3 + share * 0.7;
      if (average < 0.1 && step > 0)
        --step;
      else if (average > 0.3 && step < 98)
        ++step;
    }
    ASSERT_EQ(now.quota, quota_now()) << now.timeouts;
    ASSERT_EQ(now.quota_step, step);
    ASSERT_NEAR(now.atr_permille, average * 1'000, 1);
  };
  std::vector<std::uint32_t> steps_seen;
  for (int turn = 0; turn < 400'000 && step < 98; ++turn) {
    const egress::ServerStats before = stats_of(bench);
    for (std::uint32_t out = before.outstanding; out < before.quota + 2; ++out) bench.ask(name(++asked));
    bench.poll();
    const egress::ServerStats after = stats_of(bench);
    ASSERT_LE(after.outstanding, std::max(before.outstanding, before.quota)) << "no packet beyond the quota";
    bench.now = bench.now + 5ms;
    catch_up(1);
    if (steps_seen.empty() || steps_seen.back() != after.quota) steps_seen.push_back(after.quota);
    bench.wire.sent.clear();
    bench.done.clear();
  }
  EXPECT_EQ(step, 98U);
  EXPECT_EQ(stats_of(bench).quota, 5U);
  EXPECT_GT(stats_of(bench).spilled, 0U);
  EXPECT_EQ(steps_seen.front(), 200U);
  // All that is still out times out; the look that is under way then gets nothing but answers for its rest.
  bench.advance(1s, 10ms);
  while ((stats_of(bench).timeouts) % kLookEvery != 0) {
    bench.ask(name(++asked));
    bench.advance(200ms, 10ms);
  }
  catch_up(1);
  bench.wire.sent.clear();
  for (int turn = 0; turn < 400'000 && step > 0; ++turn) {
    bench.ask(name(++asked));
    bench.poll();
    ASSERT_FALSE(bench.wire.sent.empty());
    bench.deliver(bench.wire.sent.back(), bench.positive(bench.wire.sent.back(), 60));
    bench.now = bench.now + 1ms;
    bench.wire.sent.clear();
    bench.done.clear();
    catch_up(0);
  }
  EXPECT_EQ(stats_of(bench).quota, kLimit);
}

TEST(FetchQuotaInTheEngine, QuestionOverTheQuotaFailsAtOnceAndIsNotKeptAsAFailureOfItsName) {
  egress::Settings settings = with_quota(test::one_server(), 2);
  settings.fetch_quota.action = policy::OverloadAction::kRefused;
  Bench bench(settings);
  bench.ask("a.example");
  bench.ask("b.example");
  bench.poll();
  const base::Handle third = bench.ask("c.example");
  bench.poll();
  EXPECT_EQ(bench.wire.sent.size(), 2U);
  ASSERT_EQ(bench.done.size(), 1U);
  EXPECT_EQ(bench.done[0].handle, third);
  EXPECT_EQ(bench.done[0].failure, egress::Failure::kOverload);
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kNotReady);
  EXPECT_EQ(bench.done[0].action, policy::OverloadAction::kRefused);
  EXPECT_EQ(bench.cached("c.example"), nullptr);
  EXPECT_EQ(bench.count(EngineCounter::kQuotaSpilled), 1U);
  EXPECT_EQ(stats_of(bench).spilled, 1U);
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  bench.ask("c.example");
  bench.poll();
  EXPECT_EQ(bench.wire.sent.size(), 3U) << "an answer makes room";
}

TEST(FetchQuotaInTheEngine, NextServerIsAskedBeforeAFetchIsRefused) {
  Bench bench(with_quota(test::two_servers(), 1));
  for (const char* one : {"a.example", "b.example", "c.example"}) bench.ask(one);
  bench.poll();
  ASSERT_EQ(bench.wire.sent.size(), 2U);
  EXPECT_NE(bench.wire.sent[0].flow.destination, bench.wire.sent[1].flow.destination);
  EXPECT_EQ(bench.done.size(), 1U);
  EXPECT_EQ(stats_of(bench, 0).outstanding, 1U);
  EXPECT_EQ(stats_of(bench, 1).outstanding, 1U);
}

TEST(FetchQuotaInTheEngine, RetransmissionToTheSameServerNeedsNoSecondPlace) {
  egress::Settings settings = with_quota(test::one_server(), 1);
  settings.max_sends = 3;
  Bench bench(settings);
  bench.ask("a.example");
  bench.advance(400ms);
  EXPECT_EQ(bench.wire.sent.size(), 3U);
  EXPECT_EQ(bench.count(EngineCounter::kQuotaSpilled), 0U);
}

TEST(FetchQuotaInTheEngine, ExpiredAnswerServesClientsThatTheQuotaWouldRefuse) {
  Bench bench(with_quota(test::one_server(), 1));
  bench.cache_answer("old.example", 1);
  bench.advance(2s, 10ms);
  bench.ask("a.example");
  bench.poll();
  bench.ask("old.example");
  bench.poll();
  ASSERT_EQ(bench.done.size(), 1U);
  EXPECT_TRUE(bench.done[0].has_entry);
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kStale);
}

TEST(FetchQuotaInTheEngine, RefreshWaitsForAPlaceAndCountsNoSpillMeanwhile) {
  Bench bench(with_quota(test::one_server(), 1));
  bench.ask("a.example");
  bench.poll();
  bench.ask_refresh("b.example");
  bench.advance(40ms, 1ms);
  EXPECT_EQ(bench.wire.sent.size(), 1U);
  EXPECT_EQ(stats_of(bench).spilled, 0U) << "no fetch was refused";
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  EXPECT_EQ(bench.wire.sent.size(), 2U);
}

TEST(FetchQuotaInTheEngine, ZeroIsOff) {
  Bench bench(with_quota(test::one_server(), 0));
  for (std::uint64_t i = 0; i < 300; ++i) bench.ask(name(i));
  bench.advance(400ms);
  EXPECT_EQ(bench.wire.sent.size(), 300U);
  EXPECT_EQ(stats_of(bench).quota, 0U);
}

TEST(FetchQuotaInTheEngine, ReloadChangesTheLimitAndKeepsWhatWasLearned) {
  egress::Settings settings = with_quota(test::one_server(), 200);
  Bench bench(settings);
  for (std::uint64_t i = 0; i < 150; ++i) bench.ask(name(i));
  bench.advance(400ms);
  ASSERT_EQ(stats_of(bench).quota, 173U);
  settings.fetch_quota.per_server = 100;
  bench.engine->apply(settings, cache::Settings{});
  EXPECT_EQ(stats_of(bench).quota, 86U);
  settings.fetch_quota.per_server = 0;
  bench.engine->apply(settings, cache::Settings{});
  EXPECT_EQ(stats_of(bench).quota, 0U);
}

}  // namespace
