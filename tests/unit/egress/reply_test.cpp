// SPDX-License-Identifier: Apache-2.0
// Which datagrams are replies: everything must match, and what does not changes nothing but a counter.
#include <functional>

#include <gmock/gmock.h>

#include "fakes.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using egress::EngineCounter;
using egress::Failure;
using test::Bench;
using test::SentPacket;
using test::Wire;
using ::testing::SizeIs;

struct Forgery {
  const char* name;
  EngineCounter counter;
  std::function<void(net::Flow&, Wire&)> change;
};

void set(Wire& message, std::size_t at, unsigned value) { message.bytes().at(at) = static_cast<std::byte>(value); }
void flip(Wire& message, std::size_t at, unsigned mask) { message.bytes().at(at) ^= static_cast<std::byte>(mask); }

const Forgery kForgeries[] = {
    {"UnknownPort", EngineCounter::kReplyUnknownPort,
     [](net::Flow& f, Wire&) {
       f.destination_port = base::UdpPort(static_cast<std::uint16_t>(f.destination_port.value() ^ 1U));
     }},
    {"OtherAddressOfOurs", EngineCounter::kReplyWrongTarget,
     [](net::Flow& f, Wire&) { f.destination = test::ip("10.77.0.54"); }},
    {"OtherSource", EngineCounter::kReplyWrongSource, [](net::Flow& f, Wire&) { f.source = test::ip("10.77.0.9"); }},
    {"OtherSourcePort", EngineCounter::kReplyWrongSource,
     [](net::Flow& f, Wire&) { f.source_port = base::UdpPort(5'353); }},
    {"Short", EngineCounter::kReplyShort, [](net::Flow&, Wire& m) { m.bytes().resize(11); }},
    {"Empty", EngineCounter::kReplyShort, [](net::Flow&, Wire& m) { m.bytes().clear(); }},
    {"Query", EngineCounter::kReplyIsQuery, [](net::Flow&, Wire& m) { flip(m, 2, 0x80); }},
    {"OtherOpcode", EngineCounter::kReplyWrongOpcode, [](net::Flow&, Wire& m) { flip(m, 2, 0x20); }},
    {"OtherId", EngineCounter::kReplyWrongId, [](net::Flow&, Wire& m) { flip(m, 1, 1); }},
    {"NoQuestion", EngineCounter::kReplyWrongQuestion, [](net::Flow&, Wire& m) { set(m, 5, 0); }},
    {"HeaderOnly", EngineCounter::kReplyWrongQuestion,
     [](net::Flow&, Wire& m) {
       m.bytes().resize(12);
       set(m, 5, 0);
       set(m, 7, 0);
     }},
    {"TwoQuestions", EngineCounter::kReplyWrongQuestion, [](net::Flow&, Wire& m) { set(m, 5, 2); }},
    {"OtherName", EngineCounter::kReplyWrongQuestion, [](net::Flow&, Wire& m) { flip(m, 13, 1); }},
    {"OtherType", EngineCounter::kReplyWrongQuestion, [](net::Flow&, Wire& m) { flip(m, 26, 2); }},
    {"OtherClass", EngineCounter::kReplyWrongQuestion, [](net::Flow&, Wire& m) { set(m, 28, 3); }},
    {"CompressedQuestion", EngineCounter::kReplyWrongQuestion, [](net::Flow&, Wire& m) { set(m, 12, 0xc0); }},
};

class EgressReply : public ::testing::TestWithParam<Forgery> {};

// RFC 5452 §9.1; a packet that arrives first must not end the wait for the right one.
TEST_P(EgressReply, ThatDoesNotMatchIsCountedAndTheRightOneStillCounts) {
  Bench bench(test::two_servers());
  bench.ask("www.example");
  bench.poll();
  const SentPacket sent = bench.wire.sent[0];
  net::Flow flow = sent.flow.reversed();
  Wire message = bench.positive(sent, 60);
  GetParam().change(flow, message);
  for (int i = 0; i < 5; ++i) bench.deliver(flow, message);
  EXPECT_EQ(bench.count(GetParam().counter), 5U);
  EXPECT_THAT(bench.done, SizeIs(0));
  EXPECT_EQ(bench.cached("www.example"), nullptr);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  std::array<egress::ServerStats, 2> servers;
  ASSERT_EQ(bench.engine->server_stats(servers), 2U);
  EXPECT_EQ(servers[0].answered + servers[0].timeouts + servers[0].timeouts_in_a_row, 0U);

  bench.advance(50ms);
  bench.deliver(sent, bench.positive(sent, 60));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_TRUE(bench.done[0].has_entry);
}

INSTANTIATE_TEST_SUITE_P(Forgeries, EgressReply, ::testing::ValuesIn(kForgeries),
                         [](const auto& forgery) { return std::string(forgery.param.name); });

// RFC 4343.
TEST(EgressReplies, LettersOfTheQuestionCompareWithoutCase) {
  Bench bench;
  bench.ask("www.example");
  bench.poll();
  SentPacket sent = bench.wire.sent[0];
  Wire message = bench.positive(sent, 60);
  flip(message, 13, 0x20);
  bench.deliver(sent, message);
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressReplies, WrongIdOnTheRightPortMarksTheQuestionOnce) {
  Bench bench;
  bench.ask("www.example");
  bench.poll();
  const SentPacket sent = bench.wire.sent[0];
  Wire forged = bench.positive(sent, 60);
  flip(forged, 0, 0xff);
  bench.deliver(sent, forged);
  bench.deliver(sent, forged);
  EXPECT_EQ(bench.count(EngineCounter::kNearMiss), 1U);
  EXPECT_EQ(bench.count(EngineCounter::kReplyWrongId), 2U);
}

TEST(EgressReplies, SecondCopyOfAReplyIsLate) {
  Bench bench;
  bench.ask("www.example");
  bench.poll();
  const SentPacket sent = bench.wire.sent[0];
  bench.deliver(sent, bench.positive(sent, 60));
  bench.deliver(sent, bench.positive(sent, 60));
  EXPECT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.count(EngineCounter::kReplyLate), 1U);
  bench.advance(20s, 500ms);
  bench.deliver(sent, bench.positive(sent, 60));
  EXPECT_EQ(bench.count(EngineCounter::kReplyUnknownPort), 1U) << "the port is forgotten after a while";
}

Wire broken(const Bench& bench, const SentPacket& sent) {
  Wire message = bench.positive(sent, 60);
  message.bytes().resize(message.size() - 2);
  return message;
}

TEST(EgressReplies, MalformedReplyIsRetriedAtTheNextServer) {
  Bench bench(test::two_servers());
  bench.ask("www.example");
  bench.poll();
  const SentPacket first = bench.wire.sent[0];
  bench.deliver(first, broken(bench, first));
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  EXPECT_NE(bench.wire.sent[1].flow.destination, first.flow.destination);
  bench.deliver(bench.wire.sent[1], bench.positive(bench.wire.sent[1], 60));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_TRUE(bench.done[0].has_entry);
}

TEST(EgressReplies, GoodReplyOfTheSameServerAfterAMalformedOneCounts) {
  Bench bench;
  bench.ask("www.example");
  bench.poll();
  const SentPacket first = bench.wire.sent[0];
  bench.deliver(first, broken(bench, first));
  bench.advance(50ms);
  bench.deliver(first, bench.positive(first, 60));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_TRUE(bench.done[0].has_entry);
}

// RFC 8914 §4.24.
TEST(EgressReplies, SecondMalformedReplyFailsTheQuestion) {
  Bench bench;
  bench.ask("www.example");
  bench.poll();
  const SentPacket first = bench.wire.sent[0];
  bench.deliver(first, broken(bench, first));
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  bench.deliver(bench.wire.sent[1], broken(bench, bench.wire.sent[1]));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].failure, Failure::kUnreachable);
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kNetworkError);
  EXPECT_EQ(bench.count(EngineCounter::kReplyMalformed), 2U);
  EXPECT_NE(bench.cached("www.example"), nullptr) << "RFC 9520: failures are remembered";
}

// RFC 6891 §7: FORMERR or NOTIMP of a server that does not know EDNS.
TEST(EgressReplies, FormErrIsAskedOnceMoreWithoutEdns) {
  for (const dns::Rcode rcode : {dns::Rcode::kFormErr, dns::Rcode::kNotImp}) {
    Bench bench;
    bench.ask("www.example");
    bench.poll();
    const SentPacket first = bench.wire.sent[0];
    bench.deliver(first, bench.failure(first, rcode));
    ASSERT_THAT(bench.wire.sent, SizeIs(2));
    const SentPacket plain = bench.wire.sent[1];
    EXPECT_TRUE(first.edns.present);
    EXPECT_FALSE(plain.edns.present);
    EXPECT_EQ(plain.flow.destination, first.flow.destination);
    bench.deliver(plain, bench.failure(plain, rcode));
    EXPECT_THAT(bench.wire.sent, SizeIs(2));
    ASSERT_THAT(bench.done, SizeIs(1));
    EXPECT_EQ(bench.done[0].rcode, rcode);
    EXPECT_EQ(bench.count(EngineCounter::kPlainRetries), 1U);
  }
}

TEST(EgressReplies, RetryWithoutEdnsIsPaidFromTheBudget) {
  egress::Settings settings = test::one_server();
  settings.uplinks[0].budget.limit_pps = 1;
  Bench bench(settings);
  bench.ask("www.example");
  bench.poll();
  bench.deliver(bench.wire.sent[0], bench.failure(bench.wire.sent[0], dns::Rcode::kFormErr));
  bench.advance(900ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  bench.advance(200ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(2));
}

TEST(EgressReplies, ReplyEndsAQuestionWhoseRetryWaitsForAToken) {
  egress::Settings settings = test::one_server();
  settings.uplinks[0].budget.limit_pps = 1;
  Bench bench(settings);
  bench.ask("www.example");
  bench.advance(500ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(1));
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  ASSERT_THAT(bench.done, SizeIs(1));
  bench.advance(2s);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  EXPECT_EQ(bench.engine->fetches(), 0U);
}

}  // namespace
