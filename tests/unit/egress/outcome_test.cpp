// SPDX-License-Identifier: Apache-2.0
// What becomes of a reply, or of its absence: kept, handed out once, replaced by what is stale, failed.
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

const SentPacket& ask(Bench& bench, const test::Ask& how = {}) {
  bench.ask("www.example", how);
  bench.poll();
  return bench.wire.sent.back();
}

Wire nxdomain(const Bench& bench, const SentPacket& sent, const Wire& authority, unsigned ns) {
  return bench.reply_to(sent, static_cast<unsigned>(dns::Rcode::kNxDomain), 0, ns, authority);
}

void let_expire(Bench& bench, std::uint32_t ttl) {
  bench.cache_answer("www.example", ttl);
  bench.advance(std::chrono::seconds(ttl), 500ms);
}

TEST(EgressOutcome, PositiveAnswerIsKeptForItsTtl) {
  Bench bench;
  const SentPacket sent = ask(bench);
  bench.deliver(sent, bench.positive(sent, 60));
  const cache::Entry* kept = bench.cached("www.example");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->ttl_sec(), 60U);
  EXPECT_EQ(kept->freshness(bench.now + 59s), cache::Freshness::kFresh);
  EXPECT_EQ(kept->freshness(bench.now + 60s), cache::Freshness::kStale);
  EXPECT_EQ(bench.count(EngineCounter::kInserted), 1U);
}

// RFC 1035 §3.2.1: TTL 0 is for the transaction in progress only.
TEST(EgressOutcome, TtlZeroAnswersAllWhoWaitAndIsNotKept) {
  Bench bench;
  const SentPacket sent = ask(bench);
  bench.ask("www.example", {.worker = 1});
  bench.deliver(sent, bench.positive(sent, 0));
  ASSERT_THAT(bench.done, SizeIs(2));
  EXPECT_EQ(bench.done[0].ancount, 1);
  EXPECT_EQ(bench.done[1].ancount, 1);
  EXPECT_EQ(bench.cached("www.example"), nullptr);
  EXPECT_EQ(bench.count(EngineCounter::kNotKeptTtlZero), 1U);
}

TEST(EgressOutcome, TtlZeroAnswerRemovesTheStaleOneItContradicts) {
  Bench bench;
  let_expire(bench, 1);
  const SentPacket sent = ask(bench);
  bench.deliver(sent, bench.positive(sent, 0));
  EXPECT_EQ(bench.cached("www.example"), nullptr);
}

// RFC 2308 §5: min(SOA TTL, SOA MINIMUM).
TEST(EgressOutcome, NxDomainIsKeptAsLongAsItsSoaSays) {
  Bench bench;
  const SentPacket sent = ask(bench);
  bench.deliver(sent, nxdomain(bench, sent, Wire().rr("example", 6, 900, test::soa(300)), 1));
  const cache::Entry* kept = bench.cached("www.example");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->ttl_sec(), 300U);
  EXPECT_EQ(kept->rcode(), dns::Rcode::kNxDomain);
}

// RFC 2308 §5: without SOA it should not be cached.
TEST(EgressOutcome, NxDomainWithoutSoaIsHandedOutOnly) {
  Bench bench;
  const SentPacket sent = ask(bench);
  bench.deliver(sent, nxdomain(bench, sent, {}, 0));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].rcode, dns::Rcode::kNxDomain);
  EXPECT_EQ(bench.cached("www.example"), nullptr);
}

// RFC 2181 §9: what a truncated reply holds is not used; all waiting clients get TC.
TEST(EgressOutcome, TruncatedReplyGoesToAllWithTcAndIsNotKept) {
  Bench bench;
  const SentPacket sent = ask(bench);
  bench.ask("www.example", {.worker = 2});
  bench.deliver(sent, bench.reply_to(sent, dns::kFlagTc));
  ASSERT_THAT(bench.done, SizeIs(2));
  for (const test::Done& done : bench.done) EXPECT_NE(done.flags & dns::kFlagTc, 0);
  EXPECT_EQ(bench.cached("www.example"), nullptr);
  EXPECT_EQ(bench.count(EngineCounter::kTruncated), 1U);
}

// RFC 9520 §3.2: at least a second.
TEST(EgressOutcome, ServFailIsKeptForServfailTtl) {
  Bench bench;
  const SentPacket sent = ask(bench);
  bench.deliver(sent, bench.failure(sent, dns::Rcode::kServFail));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].rcode, dns::Rcode::kServFail);
  const cache::Entry* kept = bench.cached("www.example");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->freshness(bench.now + 999ms), cache::Freshness::kFresh);
  EXPECT_EQ(kept->freshness(bench.now + 1s), cache::Freshness::kDead);
}

TEST(EgressOutcome, ServfailTtlZeroKeepsNoFailureOfReplyOrTimeout) {
  Bench bench(test::one_server(), {.servfail_ttl = 0s});
  const SentPacket sent = ask(bench);
  bench.deliver(sent, bench.failure(sent, dns::Rcode::kServFail));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].rcode, dns::Rcode::kServFail);
  EXPECT_EQ(bench.cached("www.example"), nullptr);
  ask(bench);
  bench.advance(4s);
  EXPECT_EQ(bench.cached("www.example"), nullptr);
}

// RFC 6840 §5.9: a failure met without CD says nothing about the question with CD.
TEST(EgressOutcome, FailureIsNotUsedForTheQuestionWithCheckingDisabled) {
  Bench bench;
  const SentPacket sent = ask(bench);
  bench.deliver(sent, bench.failure(sent, dns::Rcode::kServFail));
  bench.done.clear();
  bench.wire.sent.clear();
  const SentPacket with_cd = ask(bench, {.flags = dns::kKeyFlagCd});
  EXPECT_THAT(bench.done, SizeIs(0));
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  EXPECT_NE(with_cd.flags & dns::kFlagCd, 0);
  EXPECT_EQ(sent.flags & dns::kFlagCd, 0);
}

// RFC 8767 §5: SERVFAIL and the like leave stale data as it is.
TEST(EgressOutcome, StaleDataAnswersInPlaceOfARefusalAndStays) {
  for (const dns::Rcode rcode : {dns::Rcode::kServFail, dns::Rcode::kRefused, dns::Rcode::kBadVers}) {
    Bench bench;
    let_expire(bench, 5);
    const SentPacket sent = ask(bench);
    const Wire message = rcode == dns::Rcode::kBadVers ? Wire(bench.reply_to(sent, 0)).opt(1232, 0x0100'0000U)
                                                       : bench.failure(sent, rcode);
    Wire counted = message;
    if (rcode == dns::Rcode::kBadVers) counted.bytes()[11] = std::byte{1};
    bench.deliver(sent, counted);
    ASSERT_THAT(bench.done, SizeIs(1));
    EXPECT_EQ(bench.done[0].rcode, dns::Rcode::kNoError);
    EXPECT_EQ(bench.done[0].ancount, 1);
    EXPECT_EQ(bench.done[0].freshness, cache::Freshness::kStale);
    EXPECT_EQ(bench.done[0].ede, dns::Ede::kStale);
    EXPECT_NE(bench.cached("www.example"), nullptr);
    EXPECT_EQ(bench.cached("www.example")->rcode(), dns::Rcode::kNoError);
  }
}

// RFC 8914 §4.20: stale NXDOMAIN has a code of its own.
TEST(EgressOutcome, StaleNxDomainSaysSo) {
  Bench bench;
  const SentPacket first = ask(bench);
  bench.deliver(first, nxdomain(bench, first, Wire().rr("example", 6, 2, test::soa(2)), 1));
  bench.done.clear();
  bench.advance(2s, 500ms);
  ask(bench);
  bench.advance(4s);
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kStaleNxDomain);
}

TEST(EgressOutcome, StaleDataAnswersWhenNoReplyComes) {
  Bench bench;
  let_expire(bench, 5);
  ask(bench);
  bench.advance(4s);
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_TRUE(bench.done[0].has_entry);
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kStale);
  EXPECT_EQ(bench.count(EngineCounter::kServedStale), 1U);
}

// RFC 8767 §5: the failure recheck timer.
TEST(EgressOutcome, StaleDataAnswersAtOnceForTheRecheckTimeAfterAFailure) {
  Bench bench(test::one_server(), {.stale_recheck = 10s});
  let_expire(bench, 5);
  const SentPacket sent = ask(bench);
  bench.deliver(sent, bench.failure(sent, dns::Rcode::kServFail));
  bench.done.clear();
  bench.wire.sent.clear();
  bench.advance(9'900ms);
  bench.ask("www.example", {.worker = 1});
  bench.ask("www.example", {.worker = 2, .flags = dns::kKeyFlagCd});
  bench.poll();
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kStale);
  EXPECT_THAT(bench.wire.sent, SizeIs(1)) << "the question with CD is another one";
  bench.advance(100ms);
  bench.wire.sent.clear();
  bench.ask("www.example", {.worker = 1});
  bench.poll();
  EXPECT_THAT(bench.wire.sent, SizeIs(1)) << "and then the upstream is asked again";
}

// RFC 8767 §5: the recheck timer spares a server that is down, and one that is back needs no sparing.
TEST(EgressOutcome, FirstAnswerOfASilentServerEndsTheRecheckTimeOfWhatFailedMeanwhile) {
  Bench bench(test::one_server(), {.stale_recheck = 30s});
  let_expire(bench, 5);
  ask(bench);
  bench.advance(5s);  // silence: one question, three packets
  bench.ask("other.example");
  bench.poll();
  const SentPacket other = bench.wire.sent.back();
  bench.deliver(other, bench.positive(other, 60));
  bench.wire.sent.clear();
  bench.ask("www.example");
  bench.poll();
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
}

TEST(EgressOutcome, NameThatIsSilentWhileItsServerAnswersOthersKeepsItsRecheckTime) {
  Bench bench(test::one_server(), {.stale_recheck = 30s});
  let_expire(bench, 5);
  ask(bench);
  bench.advance(10ms);
  for (int i = 0; i < 5; ++i) {
    bench.ask("other" + std::to_string(i) + ".example");
    bench.poll();
    const SentPacket other = bench.wire.sent.back();
    bench.deliver(other, bench.positive(other, 60));
    bench.advance(1s);
  }
  bench.wire.sent.clear();
  bench.done.clear();
  bench.ask("www.example");
  bench.poll();
  EXPECT_THAT(bench.wire.sent, SizeIs(0));
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kStale);
}

// RFC 8767 §5: the client response timer.
TEST(EgressOutcome, StaleDataAnswersAllWhoWaitWhenTheClientTimeoutIsOverAndTheReplyStillCounts) {
  Bench bench(test::one_server(), {.stale_client_timeout = 300ms});
  let_expire(bench, 5);
  const SentPacket sent = ask(bench);
  bench.ask("www.example", {.worker = 1});
  bench.advance(299ms);
  EXPECT_THAT(bench.done, SizeIs(0));
  bench.advance(1ms);
  ASSERT_THAT(bench.done, SizeIs(2));
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kStale);
  bench.advance(50ms);
  bench.deliver(sent, bench.positive(sent, 60));
  EXPECT_EQ(bench.cached("www.example")->freshness(bench.now), cache::Freshness::kFresh);
  EXPECT_EQ(bench.engine->fetches(), 0U);
}

TEST(EgressOutcome, StaleDataAnswersAtOnceWhenTheQueueIsLongerThanTheClientTimeout) {
  egress::Settings slow = test::one_server();
  slow.uplinks[0].budget.limit_pps = 10;
  slow.order = egress::QueueOrder::kDeadline;  // where the queue is one
  Bench bench(slow, {.stale_client_timeout = 300ms});
  let_expire(bench, 5);
  for (int i = 0; i < 40; ++i) bench.ask("new" + std::to_string(i) + ".example");
  bench.poll();
  bench.done.clear();
  bench.ask("www.example", {.worker = 1});
  bench.poll();
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kStale);
  const std::size_t open = bench.engine->fetches();
  bench.ask("www.example", {.worker = 0});
  EXPECT_EQ(bench.engine->fetches(), open) << "the refresh is in the queue, once";
}

TEST(EgressOutcome, SilentUpstreamIsAskedOnceInHalfASecondWhileStaleDataServesAndItsReturnIsSeen) {
  Bench bench;
  let_expire(bench, 5);
  for (int i = 0; i < 20; ++i) {  // no reply: the server is failing before the loop ends
    bench.ask("new" + std::to_string(i) + ".example");
    bench.advance(300ms);
  }
  bench.advance(6s);
  bench.done.clear();
  bench.wire.sent.clear();
  for (int i = 0; i < 40; ++i) {
    bench.ask("www.example");
    bench.advance(100ms);
  }
  ASSERT_THAT(bench.done, SizeIs(40));
  EXPECT_LE(bench.wire.sent.size(), 8U);
  ASSERT_FALSE(bench.wire.sent.empty());
  const SentPacket probe = bench.wire.sent.back();
  bench.deliver(probe, bench.positive(probe, 1));
  bench.advance(1s);
  bench.wire.sent.clear();
  bench.ask("www.example");
  bench.poll();
  EXPECT_THAT(bench.wire.sent, SizeIs(1)) << "the failures noted before its return no longer count";
}

TEST(EgressOutcome, DeadDataDoesNotAnswer) {
  Bench bench(test::one_server(), {.stale_keep = 3s});
  let_expire(bench, 1);
  bench.advance(3s, 500ms);
  ask(bench);
  bench.advance(4s);
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_FALSE(bench.done[0].has_entry);
}

// RFC 8767 §5: NOERROR and NXDOMAIN replace stale data.
TEST(EgressOutcome, NewAnswerReplacesTheStaleOne) {
  Bench bench;
  let_expire(bench, 5);
  const SentPacket sent = ask(bench);
  bench.deliver(sent, nxdomain(bench, sent, Wire().rr("example", 6, 60, test::soa(60)), 1));
  EXPECT_EQ(bench.done[0].rcode, dns::Rcode::kNxDomain);
  EXPECT_EQ(bench.cached("www.example")->rcode(), dns::Rcode::kNxDomain);
}

// RFC 8914 §4.23, RFC 9520 §3.2.
TEST(EgressOutcome, SilentUpstreamFailsTheNameOnceAndRemembersIt) {
  Bench bench;
  ask(bench);
  bench.ask("www.example", {.worker = 1});
  bench.advance(4'250ms);
  ASSERT_THAT(bench.done, SizeIs(2));
  for (const test::Done& done : bench.done) {
    EXPECT_FALSE(done.has_entry);
    EXPECT_EQ(done.failure, Failure::kTimeout);
    EXPECT_EQ(done.ede, dns::Ede::kNoReachableAuthority);
  }
  const cache::Entry* kept = bench.cached("www.example");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->rcode(), dns::Rcode::kServFail);
  EXPECT_EQ(kept->ttl_sec(), 1U);
  EXPECT_EQ(bench.engine->fetches(), 0U);
}

TEST(EgressOutcome, UnknownPathFailsAfterTheTimeAReplyWouldHave) {
  Bench bench;
  bench.set_path(0, 0, false);
  bench.ask("www.example");
  bench.advance(399ms);
  EXPECT_THAT(bench.done, SizeIs(0));
  bench.advance(2ms);
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].failure, Failure::kUnreachable);
  EXPECT_EQ(bench.done[0].ede, dns::Ede::kNetworkError);
  EXPECT_THAT(bench.wire.sent, SizeIs(0));
}

TEST(EgressOutcome, PathThatBecomesKnownInTimeIsUsed) {
  Bench bench;
  bench.set_path(0, 0, false);
  bench.ask("www.example");
  bench.advance(300ms);
  bench.set_path(0, 0, true);
  bench.poll();
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
}

}  // namespace
