// SPDX-License-Identifier: Apache-2.0
// Questions that leave UDP for TCP, and come back.
#include <gmock/gmock.h>

#include "fakes.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using egress::EngineCounter;
using egress::Failure;
using egress::TcpEnd;
using egress::TcpFetch;
using egress::UpstreamTcp;
using test::Bench;
using test::SentPacket;
using test::Wire;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct OnTcp {
  SentPacket sent;
  TcpFetch ask;
};

// A question whose first reply says TC.
OnTcp truncated(Bench& bench, std::string_view qname = "big.example") {
  bench.ask(qname);
  bench.poll();
  const SentPacket sent = bench.wire.sent.back();
  bench.deliver(sent, bench.reply_to(sent, dns::kFlagTc));
  const std::vector<TcpFetch> asks = bench.tcp_fetches();
  SLUICE_REQUIRE(asks.size() == 1);
  return {sent, asks[0]};
}

// The slow path has put its own ID into the query; the reply's is not looked at.
Wire answer(const Bench& bench, const OnTcp& fetch, unsigned records) {
  Wire body;
  for (unsigned i = 0; i < records; ++i) body.rr_at(12, 1, 60, test::ipv4(i));
  return bench.reply_to(fetch.sent, 0, records, 0, body);
}

// RFC 2181 §9, 7766 §5: what is in a truncated reply is ignored, and the question asked again over TCP.
TEST(EgressTcp, TruncatedReplyIsAskedAgainOverTcp) {
  Bench bench(test::with_tcp());
  const OnTcp fetch = truncated(bench);
  EXPECT_THAT(bench.done, IsEmpty());
  EXPECT_EQ(fetch.ask.server, test::ip("10.77.0.2"));
  EXPECT_EQ(fetch.ask.local, test::ip("10.77.0.53"));
  const auto query = dns::QueryView::parse(fetch.ask.message());
  ASSERT_TRUE(query);
  EXPECT_EQ(test::text(query->qname().wire()), fetch.sent.qname);
  EXPECT_TRUE(query->edns().present);
  bench.deliver_tcp(fetch.ask, answer(bench, fetch, 100));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].ancount, 100);
  EXPECT_EQ(bench.done[0].flags & dns::kFlagTc, 0);
  EXPECT_NE(bench.cached("big.example"), nullptr);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  EXPECT_EQ(bench.count(EngineCounter::kTcpReplied), 1U);
  EXPECT_EQ(bench.count(EngineCounter::kReplied), 1U);
}

TEST(EgressTcp, NeverMeansThatTheClientsGetTheTruncation) {
  Bench bench(test::with_tcp(test::one_server(), UpstreamTcp::kNever));
  bench.ask("big.example");
  bench.poll();
  bench.deliver(bench.wire.sent[0], bench.reply_to(bench.wire.sent[0], dns::kFlagTc));
  EXPECT_THAT(bench.tcp_fetches(), IsEmpty());
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_NE(bench.done[0].flags & dns::kFlagTc, 0);
}

TEST(EgressTcp, LaterMissesJoinTheFetchOverTcp) {
  Bench bench(test::with_tcp());
  const OnTcp fetch = truncated(bench);
  bench.ask("big.example", {.worker = 1});
  bench.advance(100ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  EXPECT_THAT(bench.tcp_fetches(), IsEmpty());
  bench.deliver_tcp(fetch.ask, answer(bench, fetch, 1));
  EXPECT_THAT(bench.done, SizeIs(2));
}

TEST(EgressTcp, DatagramAfterTheChangeIsLate) {
  Bench bench(test::with_tcp());
  const OnTcp fetch = truncated(bench);
  bench.deliver(fetch.sent, bench.positive(fetch.sent, 60));
  EXPECT_THAT(bench.done, IsEmpty());
  EXPECT_EQ(bench.count(EngineCounter::kReplyLate), 1U);
}

TEST(EgressTcp, ClientsGetTcWhenTcpFails) {
  for (const TcpEnd end : {TcpEnd::kFailed, TcpEnd::kTimedOut}) {
    Bench bench(test::with_tcp());
    const OnTcp fetch = truncated(bench);
    bench.end_tcp(fetch.ask, end);
    ASSERT_THAT(bench.done, SizeIs(1));
    EXPECT_NE(bench.done[0].flags & dns::kFlagTc, 0);
    EXPECT_EQ(bench.cached("big.example"), nullptr) << "RFC 2181 §9";
  }
}

TEST(EgressTcp, EndsAfterTwoSecondsAndWhatComesThenIsLate) {
  Bench bench(test::with_tcp());
  const OnTcp fetch = truncated(bench);
  bench.advance(1'999ms);
  EXPECT_THAT(bench.done, IsEmpty());
  bench.advance(1ms);
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_NE(bench.done[0].flags & dns::kFlagTc, 0);
  EXPECT_EQ(bench.count(EngineCounter::kTcpTimeouts), 1U);
  bench.ask("big.example");
  bench.deliver_tcp(fetch.ask, answer(bench, fetch, 1));
  EXPECT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.count(EngineCounter::kTcpLate), 1U);
}

// RFC 7766 §7: matched by ID (the slow path does) and question.
TEST(EgressTcp, AnswerToAnotherQuestionIsRefused) {
  Bench bench(test::with_tcp());
  OnTcp fetch = truncated(bench);
  fetch.sent.qname[1] = 'x';
  bench.deliver_tcp(fetch.ask, answer(bench, fetch, 1));
  EXPECT_EQ(bench.count(EngineCounter::kReplyWrongQuestion), 1U);
  EXPECT_EQ(bench.count(EngineCounter::kTcpFailed), 1U);
  EXPECT_EQ(bench.cached("big.example"), nullptr);
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].ancount, 0);
}

TEST(EgressTcp, BrokenAnswerIsRefused) {
  Bench bench(test::with_tcp());
  const OnTcp fetch = truncated(bench);
  Wire cut = answer(bench, fetch, 1);
  cut.bytes().pop_back();
  bench.deliver_tcp(fetch.ask, cut);
  EXPECT_EQ(bench.count(EngineCounter::kReplyMalformed), 1U);
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_NE(bench.done[0].flags & dns::kFlagTc, 0);
}

// RFC 5452 §9.3: a wrong ID on the right addresses and ports is an attack under way.
TEST(EgressTcp, FirstWrongIdMovesTheQuestionToTcp) {
  Bench bench(test::with_tcp());
  bench.ask("www.example");
  bench.poll();
  SentPacket forged = bench.wire.sent[0];
  forged.id = base::TxId(static_cast<std::uint16_t>(forged.id.value() + 1));
  bench.deliver(forged, bench.positive(forged, 600));
  const auto asks = bench.tcp_fetches();
  ASSERT_THAT(asks, SizeIs(1));
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 600));  // a forgery that matches now
  EXPECT_THAT(bench.done, IsEmpty());
  bench.deliver_tcp(asks[0], bench.positive(bench.wire.sent[0], 60));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_TRUE(bench.done[0].has_entry);
}

TEST(EgressTcp, WrongIdWithoutTcpAtTheServerGoesBackToUdpOnAnotherTransaction) {
  Bench bench(test::with_tcp());
  bench.ask("www.example");
  bench.poll();
  SentPacket forged = bench.wire.sent[0];
  forged.id = base::TxId(static_cast<std::uint16_t>(forged.id.value() + 1));
  bench.deliver(forged, bench.positive(forged, 600));
  bench.end_tcp(bench.tcp_fetches()[0], TcpEnd::kFailed);
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  EXPECT_NE(bench.wire.sent[1].port(), bench.wire.sent[0].port());
  forged = bench.wire.sent[1];
  forged.id = base::TxId(static_cast<std::uint16_t>(forged.id.value() + 1));
  bench.deliver(forged, bench.positive(forged, 600));
  EXPECT_THAT(bench.tcp_fetches(), IsEmpty()) << "once for a question";
  bench.deliver(bench.wire.sent[1], bench.positive(bench.wire.sent[1], 60));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressTcp, AlwaysSendsNoDatagram) {
  Bench bench(test::with_tcp(test::two_servers(), UpstreamTcp::kAlways));
  bench.ask("www.example");
  bench.poll();
  auto asks = bench.tcp_fetches();
  ASSERT_THAT(asks, SizeIs(1));
  const net::IpAddress first = asks[0].server;
  bench.end_tcp(asks[0], TcpEnd::kFailed);
  asks = bench.tcp_fetches();
  ASSERT_THAT(asks, SizeIs(1)) << "another server is tried";
  EXPECT_NE(asks[0].server, first);
  bench.end_tcp(asks[0], TcpEnd::kFailed);
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].failure, Failure::kUnreachable);
  EXPECT_THAT(bench.wire.sent, IsEmpty());
}

TEST(EgressTcp, AlwaysWaitsForTheBudget) {
  egress::Settings settings = test::with_tcp(test::one_server(), UpstreamTcp::kAlways);
  settings.uplinks[0].budget.limit_pps = 1;
  Bench bench(settings);
  ASSERT_TRUE(bench.engine->charge_foreign(0, bench.now));
  bench.ask("www.example");
  bench.advance(500ms);
  EXPECT_THAT(bench.tcp_fetches(), IsEmpty());
  bench.advance(600ms);
  EXPECT_THAT(bench.tcp_fetches(), SizeIs(1));
}

TEST(EgressTcp, RefreshOverTcpThatFailsLeavesTheAnswerInPlace) {
  Bench bench(test::with_tcp());
  bench.cache_answer("www.example", 60);
  bench.ask_refresh("www.example");
  bench.advance(20ms);
  const SentPacket sent = bench.wire.sent.back();
  bench.deliver(sent, bench.reply_to(sent, dns::kFlagTc));
  bench.end_tcp(bench.tcp_fetches().at(0), TcpEnd::kFailed);
  EXPECT_EQ(bench.engine->fetches(), 0U);
  ASSERT_NE(bench.cached("www.example"), nullptr);
  EXPECT_EQ(bench.cached("www.example")->image().ancount, 1);
}

TEST(EgressTcp, FetchesBeyondTheRingEndWithTc) {
  egress::Settings settings = test::with_tcp();
  settings.max_fetches = 1'024;
  settings.uplinks[0].budget.limit_pps = 0;
  Bench bench(settings);
  for (std::size_t i = 0; i < egress::kMaxTcpFetches + 3; ++i) {
    bench.ask("n" + std::to_string(i) + ".example");
    bench.poll();
    bench.deliver(bench.wire.sent.back(), bench.reply_to(bench.wire.sent.back(), dns::kFlagTc));
  }
  EXPECT_THAT(bench.done, SizeIs(3));
  EXPECT_EQ(bench.count(EngineCounter::kTcpRefused), 3U);
  EXPECT_EQ(bench.engine->fetches(), egress::kMaxTcpFetches);
}

TEST(EgressTcp, IsListedAsSuchAndCounted) {
  Bench bench(test::with_tcp());
  const OnTcp fetch = truncated(bench);
  bench.ask_refresh("old.example");
  std::array<egress::InflightRow, 4> rows;
  ASSERT_EQ(bench.engine->list(rows, bench.now), 2U);
  const bool first_is_tcp = rows[0].sends == 1;
  EXPECT_EQ(rows[first_is_tcp ? 0 : 1].state, egress::InflightState::kTcp);
  EXPECT_EQ(rows[first_is_tcp ? 1 : 0].state, egress::InflightState::kRefresh);
  bench.advance(40ms);
  EXPECT_EQ(bench.engine->limit_stats().tcp_fetches_used, 1U);
  bench.end_tcp(fetch.ask, TcpEnd::kFailed);
  bench.advance(40ms);
  EXPECT_EQ(bench.engine->limit_stats().tcp_fetches_used, 0U);
}

TEST(EgressTcp, StopEndsWhatIsAskedOverTcp) {
  Bench bench(test::with_tcp());
  const OnTcp fetch = truncated(bench);
  bench.engine->abandon_all();
  bench.poll();
  EXPECT_THAT(bench.done, SizeIs(1));
  bench.end_tcp(fetch.ask, TcpEnd::kFailed);
  EXPECT_EQ(bench.count(EngineCounter::kTcpLate), 1U);
  EXPECT_EQ(bench.count(EngineCounter::kTcpLeft), 1U);
}

TEST(EgressTcp, SegmentsAreSharedByTheQuestionsThatAreAskedOverTcpMeanwhile) {
  Bench bench(test::with_tcp());
  const OnTcp one = truncated(bench, "one.example");
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(bench.engine->charge_foreign(0, bench.now));  // its alone
  const OnTcp two = truncated(bench, "two.example");
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(bench.engine->charge_foreign(0, bench.now));  // two each
  bench.deliver_tcp(one.ask, answer(bench, one, 1));
  EXPECT_EQ(bench.count(EngineCounter::kCost4To8), 1U) << "a datagram and four segments";
  bench.deliver_tcp(two.ask, answer(bench, two, 1));
  EXPECT_EQ(bench.count(EngineCounter::kCost3), 1U) << "a datagram and two segments";
}

TEST(EgressTcp, DatagramsAreCountedByQuestion) {
  Bench bench;
  bench.cache_answer("one.example", 60);
  EXPECT_EQ(bench.count(EngineCounter::kCost1), 1U);
  bench.ask("two.example");
  bench.advance(10s);
  EXPECT_EQ(bench.count(EngineCounter::kCost3), 1U);
  bench.ask("none.example", {.client_timeout = 0ms});
  bench.poll();
  EXPECT_EQ(bench.count(EngineCounter::kCost0), 1U);
}

}  // namespace
