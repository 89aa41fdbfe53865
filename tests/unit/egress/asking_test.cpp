// SPDX-License-Identifier: Apache-2.0
// What happens to a miss: answered from the cache, joined to a fetch, opened as one, or refused.
#include <gmock/gmock.h>

#include "fakes.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using egress::EngineCounter;
using egress::Failure;
using test::Bench;
using ::testing::SizeIs;

egress::Settings per_miss() {
  egress::Settings settings = test::one_server();
  settings.joining = egress::Joining::kPerMiss;
  return settings;
}

egress::Settings four_fetches() {
  egress::Settings settings = test::one_server();
  settings.max_fetches = 4;
  settings.uplinks[0].budget.limit_pps = 1;
  return settings;
}

// RFC 5452 §5: one outstanding query per question, for all workers.
TEST(EgressAsking, SameQuestionOfThreeWorkersCostsOnePacketAndAnswersAll) {
  Bench bench;
  const base::Handle a = bench.ask("www.example", {.worker = 0});
  bench.poll();
  const base::Handle b = bench.ask("www.example", {.worker = 1});
  const base::Handle c = bench.ask("www.example", {.worker = 2});
  bench.advance(100ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(1));
  EXPECT_EQ(bench.engine->fetches(), 1U);

  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  ASSERT_THAT(bench.done, SizeIs(3));
  std::vector<std::uint32_t> answered;
  for (const test::Done& done : bench.done) {
    EXPECT_TRUE(done.has_entry);
    EXPECT_EQ(done.ancount, 1);
    answered.push_back(done.handle.generation);
  }
  EXPECT_THAT(answered, ::testing::UnorderedElementsAre(a.generation, b.generation, c.generation));
  EXPECT_EQ(bench.count(EngineCounter::kJoined), 2U);
  EXPECT_EQ(bench.engine->fetches(), 0U);
}

TEST(EgressAsking, OtherTypeFlagsOrUplinkIsAnotherQuestion) {
  egress::Settings settings = test::one_server();
  ASSERT_TRUE(settings.uplinks.push_back(settings.uplinks[0]));
  Bench bench(settings);
  bench.ask("www.example");
  bench.ask("www.example", {.qtype = dns::QType::kAaaa});
  bench.ask("www.example", {.flags = dns::kKeyFlagDo});
  bench.ask("www.example", {.flags = dns::kKeyFlagCd});
  bench.ask("www.example", {.uplink = 1});
  bench.poll();
  EXPECT_THAT(bench.wire.sent, SizeIs(5));
}

TEST(EgressAsking, ComparisonModeSendsEachMissOfItsOwn) {
  Bench bench(per_miss());
  bench.ask("www.example", {.worker = 0});
  bench.ask("www.example", {.worker = 1});
  bench.poll();
  EXPECT_THAT(bench.wire.sent, SizeIs(2));
  bench.deliver(bench.wire.sent[1], bench.positive(bench.wire.sent[1], 60));
  EXPECT_THAT(bench.done, SizeIs(1));
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  EXPECT_THAT(bench.done, SizeIs(2));
}

TEST(EgressAsking, AnswerThatCameMeanwhileCompletesAtOnce) {
  Bench bench;
  bench.cache_answer("www.example", 60);
  bench.ask("www.example", {.worker = 1});
  bench.poll();
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_TRUE(bench.done[0].has_entry);
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kNone);
  EXPECT_THAT(bench.wire.sent, SizeIs(0));
}

// RFC 9520 §3.2 with RFC 8914 §4.14: the client learns that the failure is not new.
TEST(EgressAsking, KeptFailureCompletesAtOnceAsCachedError) {
  Bench bench;
  bench.ask("www.example");
  bench.poll();
  bench.deliver(bench.wire.sent[0], bench.failure(bench.wire.sent[0], dns::Rcode::kServFail));
  bench.done.clear();
  bench.advance(900ms);
  bench.ask("www.example");
  bench.poll();
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].rcode, dns::Rcode::kServFail);
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kCachedError);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
}

TEST(EgressAsking, ExpiredAnswerIsAskedAgain) {
  Bench bench;
  bench.cache_answer("www.example", 1);
  bench.advance(1s);
  bench.ask("www.example");
  bench.poll();
  EXPECT_THAT(bench.done, SizeIs(0));
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
}

TEST(EgressAsking, UnknownUplinkIsRefused) {
  Bench bench;
  bench.ask("www.example", {.uplink = 1});
  bench.poll();
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].failure, Failure::kOverload);
  EXPECT_THAT(bench.wire.sent, SizeIs(0));
}

TEST(EgressAsking, WorkerThatAsksAgainIsAnsweredUnderBothHandles) {
  Bench bench;
  const base::Handle first = bench.ask("www.example");
  const base::Handle second = bench.ask("www.example");
  bench.poll();
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].handle, first);
  EXPECT_EQ(bench.done[0].failure, Failure::kAbandoned);
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  ASSERT_THAT(bench.done, SizeIs(2));
  EXPECT_EQ(bench.done[1].handle, second);
  EXPECT_TRUE(bench.done[1].has_entry);
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
}

TEST(EgressAsking, FullTableRefusesANewFetchAndKeepsThoseWithWaitingClients) {
  Bench bench(four_fetches());
  for (const char* name : {"a.example", "b.example", "c.example", "d.example"}) bench.ask(name);
  const base::Handle fifth = bench.ask("e.example");
  bench.poll();
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].handle, fifth);
  EXPECT_EQ(bench.done[0].failure, Failure::kOverload);
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kNotReady);
  EXPECT_EQ(bench.engine->fetches(), 4U);
  EXPECT_EQ(bench.cached("e.example"), nullptr) << "our overload is no failure of the name";
}

TEST(EgressAsking, FullTableDropsAFetchWithoutWaitingClients) {
  Bench bench(four_fetches());
  std::vector<base::Handle> handles;
  for (const char* name : {"a.example", "b.example", "c.example", "d.example"}) handles.push_back(bench.ask(name));
  bench.interest(handles[2]).waiters = 0;
  bench.ask("e.example");
  ASSERT_EQ(bench.engine->fetches(), 4U);
  bench.poll();
  ASSERT_FALSE(bench.done.empty());
  EXPECT_EQ(bench.done[0].handle, handles[2]);
  EXPECT_EQ(bench.done[0].failure, Failure::kAbandoned);
  EXPECT_EQ(bench.count(EngineCounter::kRefusedTableFull), 0U);
}

TEST(EgressAsking, FullTableGivesUpASentQuestionPastItsDeadline) {
  egress::Settings settings = four_fetches();
  settings.uplinks[0].budget.limit_pps = 0;
  Bench bench(settings);
  const base::Handle impatient = bench.ask("a.example", {.client_timeout = 50ms});
  for (const char* name : {"b.example", "c.example", "d.example"}) bench.ask(name);
  bench.advance(60ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(4));
  bench.ask("e.example");
  bench.poll();
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].handle, impatient);
  EXPECT_THAT(bench.wire.sent, SizeIs(5));
}

TEST(EgressAsking, StopCompletesEverythingAsOverload) {
  Bench bench;
  bench.ask("a.example");
  bench.poll();
  bench.ask("b.example", {.worker = 1});
  bench.engine->abandon_all();
  bench.poll();
  ASSERT_THAT(bench.done, SizeIs(2));
  for (const test::Done& done : bench.done) EXPECT_EQ(done.failure, Failure::kOverload);
  EXPECT_EQ(bench.engine->fetches(), 0U);
}

TEST(EgressAsking, ListShowsWhoWaitsAndWhereItStands) {
  egress::Settings settings = test::one_server();
  settings.uplinks[0].budget.burst_pkts = 1;
  Bench bench(settings);
  bench.ask("a.example", {.worker = 0, .client = 9});
  const base::Handle b = bench.ask("a.example", {.worker = 1, .client = 10});
  bench.interest(b).waiters = 7;
  bench.poll();
  bench.now = bench.now + 250us;
  bench.ask("queued.example");
  bench.poll();

  std::array<egress::InflightRow, 4> rows;
  ASSERT_EQ(bench.engine->list(rows, bench.now), 2U);
  const bool first_is_sent = rows[0].sends == 1;
  const egress::InflightRow& sent = rows[first_is_sent ? 0 : 1];
  const egress::InflightRow& queued = rows[first_is_sent ? 1 : 0];
  EXPECT_EQ(sent.waiters, 8U);
  EXPECT_EQ(sent.subscribers, 2U);
  EXPECT_EQ(sent.age_us, 250U);
  EXPECT_EQ(sent.state, egress::InflightState::kSent);
  EXPECT_EQ(sent.client, test::client(9)) << "the client that asked first";
  EXPECT_EQ(sent.server, test::ip("10.77.0.2"));
  EXPECT_EQ(queued.state, egress::InflightState::kQueued);
  EXPECT_EQ(queued.sends, 0U);
  EXPECT_EQ(test::text(queued.key.view().qname()).substr(1, 6), "queued");
  EXPECT_EQ(bench.engine->list(std::span(rows).first(1), bench.now), 1U);
}

}  // namespace
