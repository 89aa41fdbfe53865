// SPDX-License-Identifier: Apache-2.0
// Order of the queue when the budget is short, what refreshes may use, and what other senders pay.
#include <gmock/gmock.h>

#include "fakes.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using egress::EngineCounter;
using egress::Failure;
using test::Bench;
using ::testing::ElementsAre;
using ::testing::SizeIs;

/// Ten packets a second, one at a time.
egress::Settings slow(egress::QueueOrder order = egress::QueueOrder::kDeadline) {
  egress::Settings settings = test::one_server();
  settings.order = order;
  settings.uplinks[0].budget = {.limit_pps = 10, .burst_pkts = 1};
  return settings;
}

void ask_all(Bench& bench, int count) {
  for (int i = 0; i < count; ++i) {
    bench.ask(std::string(1, static_cast<char>('a' + i)) + ".example");
    bench.now = bench.now + 10us;
  }
}

std::string order_of(const Bench& bench) {
  std::string order;
  for (const test::SentPacket& sent : bench.wire.sent) order.push_back(sent.qname[1]);
  return order;
}

TEST(EgressQueue, OldestGoesFirstWhileASecondServesAll) {
  Bench bench(slow());
  ask_all(bench, 5);
  bench.advance(350ms);
  EXPECT_EQ(order_of(bench), "abcd");
}

TEST(EgressQueue, NewestGoesFirstUnderABacklogOfMoreThanASecond) {
  Bench bench(slow());
  ask_all(bench, 20);
  bench.advance(350ms);
  EXPECT_EQ(order_of(bench), "tsrq");
}

TEST(EgressQueue, OldestGoesFirstAgainOnceASecondServesTheRest) {
  Bench bench(slow());
  ask_all(bench, 12);
  bench.advance(350ms);
  EXPECT_EQ(order_of(bench), "lkab");
}

TEST(EgressQueue, FifoAndFifoLiveGoByArrivalUnderBacklogToo) {
  for (const auto order : {egress::QueueOrder::kFifo, egress::QueueOrder::kFifoLive}) {
    Bench bench(slow(order));
    ask_all(bench, 20);
    bench.advance(350ms);
    EXPECT_EQ(order_of(bench), "abcd");
  }
}

TEST(EgressQueue, FifoSendsFetchesWithoutWaitingClients) {
  Bench bench(slow(egress::QueueOrder::kFifo));
  for (const char* name : {"a.example", "b.example", "c.example"}) bench.ask(name, {.client_timeout = 50ms});
  bench.advance(250ms);
  EXPECT_EQ(order_of(bench), "abc");
  EXPECT_EQ(bench.count(EngineCounter::kReclaimed), 0U);
}

TEST(EgressQueue, FifoLiveSkipsFetchesWithoutWaitingClients) {
  Bench bench(slow(egress::QueueOrder::kFifoLive));
  bench.ask("a.example");
  bench.ask("b.example", {.client_timeout = 50ms});
  bench.ask("c.example");
  bench.advance(150ms);
  EXPECT_EQ(order_of(bench), "ac");
}

TEST(EgressQueue, FifoDropsSilentlyWhatFindsTheTableFull) {
  egress::Settings settings = slow(egress::QueueOrder::kFifo);
  settings.max_fetches = 16;
  Bench bench(settings);
  for (int i = 0; i < 17; ++i) bench.ask("n" + std::to_string(i) + ".example", {.client_timeout = 50ms});
  bench.poll();
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].action, policy::OverloadAction::kDrop);
  bench.advance(80ms);  // the sixteen have no waiting clients and keep their places
  bench.ask("late.example");
  EXPECT_EQ(bench.count(EngineCounter::kRefusedTableFull), 2U);
}

TEST(EgressQueue, WorkPastItsDeadlineIsDroppedAndNeverSent) {
  Bench bench(slow());
  bench.ask("a.example");
  bench.ask("b.example", {.client_timeout = 50ms});
  bench.ask("c.example");
  bench.advance(150ms);
  EXPECT_EQ(order_of(bench), "ac");
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].failure, Failure::kAbandoned);
  EXPECT_EQ(bench.cached("b.example"), nullptr);
}

TEST(EgressQueue, BuriedWorkPastItsDeadlineIsGivenUpWithoutItsTurn) {
  Bench bench(slow());
  for (int i = 0; i < 100; ++i) bench.ask("n" + std::to_string(i) + ".example", {.client_timeout = 50ms});
  bench.advance(150ms);
  EXPECT_EQ(bench.wire.sent.size() + bench.done.size(), 100U);
}

TEST(EgressQueue, FetchWithAWaiterOfOneWorkerKeepsItsPlace) {
  Bench bench(slow());
  bench.ask("a.example");
  bench.ask("b.example", {.worker = 0, .client_timeout = 50ms});
  bench.ask("b.example", {.worker = 1});
  bench.advance(150ms);
  EXPECT_EQ(order_of(bench), "ab");
}

TEST(EgressQueue, UplinksHaveBudgetsOfTheirOwn) {
  egress::Settings settings = slow();
  ASSERT_TRUE(settings.uplinks.push_back(settings.uplinks[0]));
  settings.uplinks[1].budget.limit_pps = 0;
  Bench bench(settings);
  for (int i = 0; i < 20; ++i) {
    bench.ask("n" + std::to_string(i) + ".example");
    bench.ask("n" + std::to_string(i) + ".example", {.uplink = 1});
  }
  bench.advance(1ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(21));
}

TEST(EgressQueue, BudgetThatRunsDryIsCountedOncePerDrought) {
  Bench bench(slow());
  ask_all(bench, 3);
  bench.advance(90ms);
  EXPECT_EQ(bench.count(EngineCounter::kBudgetDenied), 1U);
}

TEST(EgressRefresh, IsSentOnceAndPostsNoCompletion) {
  Bench bench;
  bench.cache_answer("www.example", 10);
  bench.advance(9s, 500ms);
  bench.ask_refresh("www.example", {.worker = 0});
  bench.ask_refresh("www.example", {.worker = 1});
  bench.poll();
  ASSERT_THAT(bench.wire.sent, SizeIs(1));
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  EXPECT_THAT(bench.done, SizeIs(0));
  EXPECT_EQ(bench.cached("www.example")->ttl_sec(), 60U);
}

TEST(EgressRefresh, ThatFailsLeavesWhatIsThere) {
  Bench bench;
  bench.cache_answer("www.example", 10);
  bench.ask_refresh("www.example");
  bench.poll();
  bench.deliver(bench.wire.sent[0], bench.failure(bench.wire.sent[0], dns::Rcode::kServFail));
  EXPECT_EQ(bench.cached("www.example")->rcode(), dns::Rcode::kNoError);
}

TEST(EgressRefresh, ThatFailsAfterTheAnswerExpiredCountsNoStaleAnswer) {
  Bench bench;
  bench.cache_answer("www.example", 1);
  bench.ask_refresh("www.example");
  bench.advance(1'100ms);
  ASSERT_EQ(bench.cached("www.example")->freshness(bench.now), cache::Freshness::kStale);
  bench.deliver(bench.wire.sent[0], bench.failure(bench.wire.sent[0], dns::Rcode::kServFail));
  EXPECT_EQ(bench.count(EngineCounter::kServedStale), 0U);
}

TEST(EgressRefresh, WithoutAReplyIsNotRepeated) {
  Bench bench;
  bench.cache_answer("www.example", 60);
  bench.ask_refresh("www.example");
  bench.advance(5s);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  EXPECT_EQ(bench.engine->fetches(), 0U);
  EXPECT_EQ(bench.cached("www.example")->rcode(), dns::Rcode::kNoError);
}

TEST(EgressRefresh, NeverGoesBeforeAWaiter) {
  Bench bench(slow());
  bench.ask_refresh("refresh.example");
  ask_all(bench, 5);
  bench.advance(450ms);
  EXPECT_EQ(order_of(bench), "abcde");
}

TEST(EgressRefresh, LeavesAQuarterOfTheWindowToOthers) {
  egress::Settings settings = test::one_server();
  settings.uplinks[0].budget.limit_pps = 100;
  Bench bench(settings);
  for (int i = 0; i < 30; ++i) bench.ask_refresh("n" + std::to_string(i) + ".example");
  bench.advance(500ms, 500us);
  for (int i = 30; i < 62; ++i) bench.ask_refresh("n" + std::to_string(i) + ".example");
  for (int i = 62; i < 94; ++i) bench.ask_refresh("n" + std::to_string(i) + ".example");
  bench.advance(490ms, 500us);
  EXPECT_LE(bench.wire.sent.size(), 76U);
  EXPECT_GE(bench.wire.sent.size(), 60U);
}

TEST(EgressRefresh, ThatAClientJoinsBecomesAnOrdinaryFetch) {
  Bench bench(slow());
  bench.ask("busy.example");
  bench.poll();
  bench.ask_refresh("www.example");
  bench.poll();
  ASSERT_THAT(bench.wire.sent, SizeIs(1)) << "the budget is not idle";
  bench.ask("www.example");
  bench.advance(110ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  bench.deliver(bench.wire.sent[1], bench.positive(bench.wire.sent[1], 60));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressRefresh, WithoutIdleBudgetIsDroppedAfterAWhile) {
  egress::Settings settings = test::one_server();
  settings.uplinks[0].budget = {.limit_pps = 1, .window = 60s};
  Bench bench(settings);
  bench.ask("busy.example");
  bench.poll();
  bench.ask_refresh("www.example");
  bench.advance(5s, 5ms);
  EXPECT_EQ(bench.count(EngineCounter::kRefreshDropped), 1U);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
}

TEST(EgressForeign, PacketsOfOthersCostTokensLikeOurs) {
  egress::Settings settings = test::one_server();
  settings.uplinks[0].budget.limit_pps = 4;
  Bench bench(settings);
  EXPECT_TRUE(bench.engine->charge_foreign(0, bench.now));
  EXPECT_TRUE(bench.engine->charge_foreign(0, bench.now));
  EXPECT_TRUE(bench.engine->charge_foreign(0, bench.now));
  ask_all(bench, 2);
  bench.poll();
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  EXPECT_FALSE(bench.engine->charge_foreign(0, bench.now));
  EXPECT_EQ(bench.count(EngineCounter::kForeignCharged), 3U);
  EXPECT_EQ(bench.count(EngineCounter::kForeignDenied), 1U);
}

TEST(EgressNextEvent, IsTheNextTimeoutOrToken) {
  Bench bench(slow());
  EXPECT_EQ(bench.engine->next_event(bench.now), base::Instant::never());
  bench.ask("a.example");
  EXPECT_EQ(bench.engine->next_event(bench.now), bench.now);
  bench.poll();
  EXPECT_EQ(bench.engine->next_event(bench.now), bench.now + 400ms);
  bench.ask("b.example");
  const base::Duration wait = bench.engine->next_event(bench.now) - bench.now;
  EXPECT_GT(wait, 95ms);
  EXPECT_LT(wait, 105ms);
}

TEST(EgressStats, ShowServersAndUplinks) {
  egress::Settings settings = test::two_servers();
  settings.uplinks[0].budget.limit_pps = 50;
  settings.uplinks[0].budget.reserve_pps = 10;
  Bench bench(settings);
  bench.set_path(0, 1, false);
  bench.ask("a.example");
  bench.poll();
  bench.advance(20ms);
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  bench.ask("b.example");
  bench.advance(30ms);

  std::array<egress::ServerStats, 4> servers;
  ASSERT_EQ(bench.engine->server_stats(servers), 2U);
  EXPECT_EQ(servers[0].address, test::ip("10.77.0.2"));
  EXPECT_EQ(servers[0].srtt_us, 20'000U);
  EXPECT_EQ(servers[0].sent, 2U);
  EXPECT_EQ(servers[0].answered, 1U);
  EXPECT_EQ(servers[0].outstanding, 1U);
  EXPECT_EQ(servers[0].path_resolved, 1U);
  EXPECT_EQ(servers[1].path_resolved, 0U);
  const egress::UplinkStats uplink = bench.engine->uplink_stats(0);
  EXPECT_EQ(uplink.limit_pps, 40U);
  EXPECT_EQ(uplink.used_pkts, 2U);
}

}  // namespace
