// SPDX-License-Identifier: Apache-2.0
// When a fetch is sent, to which server, in which transaction, and retried.
#include <gmock/gmock.h>

#include "fakes.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using egress::EngineCounter;
using egress::Failure;
using test::Bench;
using test::SentPacket;
using ::testing::SizeIs;

base::Duration since(const Bench& bench, base::Instant start, std::size_t packet) {
  return bench.wire.sent[packet].at - start;
}

// RFC 6891 §6.2.6, 3225 §3, 6840 §5.9: our own transaction; DO and CD as in the key.
TEST(EgressSending, QueryCarriesOurOptAndTheKeysFlags) {
  Bench bench;
  bench.ask("WwW.example", {.flags = dns::kKeyFlagDo});
  bench.poll();
  ASSERT_THAT(bench.wire.sent, SizeIs(1));
  const SentPacket& sent = bench.wire.sent[0];
  EXPECT_EQ(sent.flow.destination, test::ip("10.77.0.2"));
  EXPECT_EQ(sent.flow.source, test::ip("10.77.0.53"));
  EXPECT_EQ(sent.flow.destination_port.value(), 53);
  EXPECT_EQ(sent.edns.udp_payload_bytes, 1'232);
  EXPECT_TRUE(sent.edns.dnssec_ok);
  EXPECT_NE(sent.flags & dns::kFlagRd, 0);
  EXPECT_EQ(sent.flags & dns::kFlagCd, 0);
  EXPECT_EQ(sent.qname.substr(1, 3), "www");
}

// RFC 5452 §5: the retransmission opens no second window for a forger.
TEST(EgressSending, RetransmissionToTheSameServerRepeatsPortAndId) {
  Bench bench;
  const base::Instant start = bench.now;
  bench.ask("www.example");
  bench.advance(3s);
  ASSERT_THAT(bench.wire.sent, SizeIs(3));
  for (const SentPacket& sent : bench.wire.sent) {
    EXPECT_EQ(sent.port(), bench.wire.sent[0].port());
    EXPECT_EQ(sent.id, bench.wire.sent[0].id);
  }
  EXPECT_EQ(since(bench, start, 1), 400ms);
  EXPECT_EQ(since(bench, start, 2), 400ms + 800ms) << "each wait is twice the one before";
}

TEST(EgressSending, QuestionCostsAtMostItsPackets) {
  Bench bench;
  bench.ask("www.example");
  bench.advance(10s);
  EXPECT_THAT(bench.wire.sent, SizeIs(3));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].failure, Failure::kTimeout);
  EXPECT_EQ(bench.count(EngineCounter::kTimeouts), 3U);
  EXPECT_EQ(bench.count(EngineCounter::kResent), 2U);
}

// A name joined again and again while its packets are lost must not stay unasked for ever.
TEST(EgressSending, JoinedFetchEndsForAllSubscribers) {
  Bench bench;
  bench.ask("www.example");
  for (int i = 0; i < 42; ++i) {
    bench.advance(100ms);
    bench.ask("www.example", {.worker = static_cast<std::uint16_t>(1 + i % 2)});
  }
  bench.advance(50ms);
  EXPECT_EQ(bench.count(EngineCounter::kFailedTimeout), 1U);
  EXPECT_NE(bench.cached("www.example"), nullptr);
}

TEST(EgressSending, SlowNameDoesNotMakeItsServerRest) {
  Bench bench(test::two_servers());
  bench.ask("slow.example");
  bench.advance(10s);
  std::array<egress::ServerStats, 2> servers;
  ASSERT_EQ(bench.engine->server_stats(servers), 2U);
  EXPECT_LE(servers[0].timeouts_in_a_row, 1U);
  EXPECT_LE(servers[1].timeouts_in_a_row, 1U);
  EXPECT_EQ(servers[0].timeouts + servers[1].timeouts, 3U);
}

TEST(EgressSending, LateReplyToTheFirstPacketStillAnswersAfterTheRetransmission) {
  Bench bench;
  bench.ask("www.example");
  bench.advance(500ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressSending, NextServerIsAskedWithANewTransaction) {
  Bench bench(test::two_servers());
  bench.ask("www.example");
  bench.advance(450ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  EXPECT_NE(bench.wire.sent[0].flow.destination, bench.wire.sent[1].flow.destination);
  EXPECT_NE(bench.wire.sent[0].port(), bench.wire.sent[1].port());
  bench.deliver(bench.wire.sent[1], bench.positive(bench.wire.sent[1], 60));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressSending, OlderTransactionStaysOpenForOneTimeoutAfterTheNextServerWasAsked) {
  Bench bench(test::two_servers());
  bench.ask("www.example");
  bench.advance(400ms + 399ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressSending, OlderTransactionIsClosedAfterThatAndItsReplyIsCountedLate) {
  Bench bench(test::two_servers());
  bench.ask("www.example");
  bench.advance(400ms + 401ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  EXPECT_THAT(bench.done, SizeIs(0));
  EXPECT_EQ(bench.count(EngineCounter::kReplyLate), 1U);
}

TEST(EgressSending, FasterServerIsPreferred) {
  Bench bench(test::two_servers());
  const auto answer_after = [&](base::Duration slow, base::Duration fast) {
    bench.advance(500us, 500us);
    const SentPacket sent = bench.wire.sent.back();
    bench.advance(sent.flow.destination == test::ip("10.77.0.2") ? slow : fast);
    bench.deliver(sent, bench.positive(sent, 60));
  };
  for (int i = 0; i < 20; ++i) {
    bench.ask("n" + std::to_string(i) + ".example");
    answer_after(30ms, 2ms);
  }
  int fast = 0;
  for (const SentPacket& sent : bench.wire.sent) fast += sent.flow.destination == test::ip("10.77.0.3") ? 1 : 0;
  EXPECT_GE(fast, 18);
}

TEST(EgressSending, DeadServerRestsWhileTheOtherAnswers) {
  Bench bench(test::two_servers());
  const auto alive = test::ip("10.77.0.3");
  std::size_t answered = 0;
  std::size_t to_dead_late = 0;
  for (int i = 0; i < 400; ++i) {
    bench.ask("n" + std::to_string(i) + ".example");
    bench.advance(10ms);
    for (; answered < bench.wire.sent.size(); ++answered) {
      const SentPacket sent = bench.wire.sent[answered];
      if (sent.flow.destination == alive) bench.deliver(sent, bench.positive(sent, 60));
      if (i > 200 && sent.flow.destination != alive) ++to_dead_late;
    }
  }
  bench.advance(500ms);
  for (; answered < bench.wire.sent.size(); ++answered) {
    const SentPacket sent = bench.wire.sent[answered];
    if (sent.flow.destination == alive) bench.deliver(sent, bench.positive(sent, 60));
  }
  EXPECT_LE(to_dead_late, 3U) << "in two seconds";
  for (const test::Done& done : bench.done) EXPECT_TRUE(done.has_entry);
}

TEST(EgressSending, OnlyServerIsAlwaysACandidate) {
  Bench bench;
  for (int i = 0; i < 50; ++i) {
    bench.ask("n" + std::to_string(i) + ".example");
    bench.advance(100ms);
  }
  const std::size_t before = bench.wire.sent.size();
  bench.ask("after.example");
  bench.advance(1ms);
  ASSERT_GT(bench.wire.sent.size(), before);
  const SentPacket sent = bench.wire.sent.back();
  EXPECT_NE(sent.qname.find("after"), std::string::npos);
}

TEST(EgressSending, WaitFollowsTheMeasuredRoundTrip) {
  Bench bench;
  for (int i = 0; i < 30; ++i) {
    bench.ask("n" + std::to_string(i) + ".example");
    bench.poll();
    bench.advance(100ms);
    bench.deliver(bench.wire.sent.back(), bench.positive(bench.wire.sent.back(), 60));
  }
  bench.wire.sent.clear();
  const base::Instant start = bench.now;
  bench.ask("www.example");
  bench.advance(300ms);
  ASSERT_GE(bench.wire.sent.size(), 2U);
  EXPECT_GE(since(bench, start, 1), 150ms) << "half a round trip is the least slack";
  EXPECT_LT(since(bench, start, 1), 160ms);
}

// A client's retransmission makes a backed-off retry due, and never opens a second fetch.
// RFC 6298 §3: whose packet a reply answers is not known after a retransmission.
TEST(EgressSending, ReplyAfterARetransmissionCountsAsTheFirstTimeoutAtMost) {
  Bench bench;
  bench.ask("one.example");
  bench.advance(1'100ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  bench.wire.sent.clear();
  bench.ask("two.example");
  bench.advance(1'199ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  bench.advance(1ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(2)) << "400 ms and four times their half";
}

TEST(EgressSending, ClientsRetransmissionPullsTheNextRetryForward) {
  Bench bench;
  const base::Instant start = bench.now;
  const base::Handle handle = bench.ask("www.example");
  bench.advance(450ms);  // the second packet left after 400 ms; its wait is 800 ms
  bench.interest(handle).retransmits = 1;
  bench.advance(450ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(3));
  EXPECT_EQ(since(bench, start, 2), 800ms) << "one plain timeout after the second";
  EXPECT_EQ(bench.wire.sent[2].port(), bench.wire.sent[0].port());
  EXPECT_EQ(bench.count(EngineCounter::kEarlyRetries), 1U);
}

TEST(EgressSending, ClientsRetransmissionBeforeTheEstimateSendsNothing) {
  Bench bench;
  const base::Handle handle = bench.ask("www.example");
  bench.advance(100ms);
  bench.interest(handle).retransmits = 3;
  bench.advance(299ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
}

TEST(EgressSending, RetransmitsCannotCauseMorePacketsThanAllowed) {
  Bench bench;
  const base::Handle handle = bench.ask("www.example");
  for (int i = 0; i < 1'000; ++i) {
    ++bench.interest(handle).retransmits;
    bench.advance(5ms);
  }
  EXPECT_THAT(bench.wire.sent, SizeIs(3));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressSending, AbandonedQuestionIsNotRetried) {
  Bench bench;
  const base::Handle handle = bench.ask("www.example", {.client_timeout = 300ms});
  bench.advance(1s);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].handle, handle);
  EXPECT_EQ(bench.done[0].failure, Failure::kAbandoned);
  EXPECT_EQ(bench.cached("www.example"), nullptr);
}

TEST(EgressSending, QuestionAskedAgainAfterPatienceLivesOn) {
  Bench bench;
  const base::Handle handle = bench.ask("www.example", {.client_timeout = 300ms});
  bench.advance(350ms);
  bench.interest(handle).deadline_ns = (bench.now + 2s).ns();  // another client of that worker joined
  bench.advance(100ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(2));
  EXPECT_THAT(bench.done, SizeIs(0));
}

TEST(EgressSending, RefusedPacketIsTriedAgainAndCostsNothing) {
  egress::Settings settings = test::one_server();
  settings.uplinks[0].budget.limit_pps = 1;
  Bench bench(settings);
  bench.wire.verdict = egress::Sent::kRefused;
  bench.ask("www.example");
  bench.advance(50ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(0));
  bench.wire.verdict = egress::Sent::kAccepted;
  bench.poll();
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  EXPECT_GT(bench.count(EngineCounter::kTxRefused), 10U);
  EXPECT_EQ(bench.count(EngineCounter::kSent), 1U);
}

TEST(EgressSending, PacketThatAnotherCoreRefusesIsSentAgainAtOnce) {
  Bench bench;
  bench.wire.verdict = egress::Sent::kPending;
  bench.ask("www.example");
  bench.poll();
  ASSERT_THAT(bench.wire.sent, SizeIs(1));
  bench.engine->on_transmitted(bench.wire.sent[0].ticket, {egress::Sent::kRefused, {}});
  bench.poll();
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  EXPECT_EQ(bench.wire.sent[1].port(), bench.wire.sent[0].port());
  EXPECT_EQ(bench.count(EngineCounter::kSent), 0U);
  bench.engine->on_transmitted(bench.wire.sent[1].ticket, {egress::Sent::kAccepted, bench.now});
  EXPECT_EQ(bench.count(EngineCounter::kSent), 1U);
  EXPECT_EQ(bench.count(EngineCounter::kResent), 0U);
  bench.deliver(bench.wire.sent[1], bench.positive(bench.wire.sent[1], 60));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressSending, WaitCountsFromTheMomentThePortTookThePacket) {
  Bench bench;
  bench.wire.verdict = egress::Sent::kPending;
  bench.ask("www.example");
  bench.poll();
  bench.advance(4ms);
  bench.engine->on_transmitted(bench.wire.sent[0].ticket, {egress::Sent::kAccepted, bench.now});
  bench.advance(399ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  bench.advance(2ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(2));
}

TEST(EgressSending, VerdictOfAQuestionThatHasEndedIsForTheBudgetOnly) {
  Bench bench;
  bench.wire.verdict = egress::Sent::kPending;
  bench.ask("www.example");
  bench.poll();
  const SentPacket first = bench.wire.sent[0];
  bench.deliver(first, bench.positive(first, 0));
  ASSERT_THAT(bench.done, SizeIs(1));
  bench.ask("other.example");
  bench.poll();
  bench.engine->on_transmitted(first.ticket, {egress::Sent::kRefused, {}});
  bench.advance(10ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(2)) << "the other fetch's transaction has the same slot, not the same generation";
}

TEST(EgressSending, OurChangedAddressGetsANewTransaction) {
  Bench bench;
  bench.ask("www.example");
  bench.poll();
  bench.set_path(0, 0, true, "10.77.0.54");
  bench.advance(401ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  EXPECT_EQ(bench.wire.sent[1].flow.source, test::ip("10.77.0.54"));
  EXPECT_NE(bench.wire.sent[1].port(), bench.wire.sent[0].port());
}

TEST(EgressSending, EntropyIsDrawnInBulk) {
  Bench bench;
  for (int i = 0; i < 200; ++i) {
    bench.ask("n" + std::to_string(i) + ".example");
    bench.advance(1ms);
  }
  EXPECT_GE(bench.wire.sent.size(), 100U);
  EXPECT_EQ(bench.entropy.fills, 2U) << "one for the secret of the zones' hash";
}

}  // namespace
