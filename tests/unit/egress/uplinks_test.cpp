// SPDX-License-Identifier: Apache-2.0
// Several servers: one that fails, dies or is slow; and failures that come again.
#include <gmock/gmock.h>

#include "fakes.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using egress::EngineCounter;
using test::Bench;
using test::SentPacket;
using ::testing::IsEmpty;
using ::testing::SizeIs;

egress::Settings three_servers() {
  egress::Settings settings = test::two_servers();
  SLUICE_REQUIRE(settings.uplinks[0].servers.push_back(test::ip("10.77.0.4")));
  return settings;
}

SentPacket ask(Bench& bench, std::string_view qname = "www.example") {
  bench.ask(qname);
  bench.poll();
  return bench.wire.sent.back();
}

// RFC 9520 §3: a failure of one server is not yet one of the name.
TEST(EgressUplinks, FailureOfOneServerAsksTheNext) {
  for (const dns::Rcode rcode : {dns::Rcode::kServFail, dns::Rcode::kRefused}) {
    Bench bench(test::two_servers());
    const SentPacket first = ask(bench);
    bench.deliver(first, bench.failure(first, rcode));
    EXPECT_THAT(bench.done, IsEmpty());
    ASSERT_THAT(bench.wire.sent, SizeIs(2));
    const SentPacket second = bench.wire.sent[1];
    EXPECT_NE(second.flow.destination, first.flow.destination);
    EXPECT_NE(second.port(), first.port());
    bench.deliver(first, bench.failure(first, rcode));  // a copy
    EXPECT_THAT(bench.done, IsEmpty());
    bench.deliver(second, bench.positive(second, 60));
    ASSERT_THAT(bench.done, SizeIs(1));
    EXPECT_EQ(bench.done[0].rcode, dns::Rcode::kNoError);
    EXPECT_EQ(bench.count(EngineCounter::kNextServer), 1U);
    EXPECT_EQ(bench.count(EngineCounter::kFailureInserted), 0U);
  }
}

TEST(EgressUplinks, FailureIsKeptWhenAllHaveFailed) {
  Bench bench(three_servers());
  ask(bench);
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_THAT(bench.wire.sent, SizeIs(i + 1));
    EXPECT_THAT(bench.done, IsEmpty());
    bench.deliver(bench.wire.sent[i], bench.failure(bench.wire.sent[i], dns::Rcode::kServFail));
  }
  ASSERT_THAT(bench.done, SizeIs(1));
  EXPECT_EQ(bench.done[0].rcode, dns::Rcode::kServFail);
  EXPECT_EQ(bench.count(EngineCounter::kFailureInserted), 1U);
}

// RFC 9520 §3.1.
TEST(EgressUplinks, FailuresCostNoMorePacketsThanAnythingElse) {
  egress::Settings settings = three_servers();
  settings.max_sends = 2;
  Bench bench(settings);
  ask(bench);
  bench.deliver(bench.wire.sent[0], bench.failure(bench.wire.sent[0], dns::Rcode::kRefused));
  bench.deliver(bench.wire.sent[1], bench.failure(bench.wire.sent[1], dns::Rcode::kRefused));
  EXPECT_THAT(bench.wire.sent, SizeIs(2));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressUplinks, OnlyServersFailureIsTheFailure) {
  Bench bench;
  const SentPacket sent = ask(bench);
  bench.deliver(sent, bench.failure(sent, dns::Rcode::kServFail));
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressUplinks, ServerWithoutAPathIsNoNextOne) {
  Bench bench(test::two_servers());
  bench.set_path(0, 1, false);
  const SentPacket sent = ask(bench);
  bench.deliver(sent, bench.failure(sent, dns::Rcode::kServFail));
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressUplinks, NotImpIsAskedPlainFirstAndThenOfTheNextWithEdns) {
  Bench bench(test::two_servers());
  const SentPacket first = ask(bench);
  bench.deliver(first, bench.failure(first, dns::Rcode::kNotImp));
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  EXPECT_EQ(bench.wire.sent[1].flow.destination, first.flow.destination);
  EXPECT_FALSE(bench.wire.sent[1].edns.present);
  bench.deliver(bench.wire.sent[1], bench.failure(bench.wire.sent[1], dns::Rcode::kNotImp));
  ASSERT_THAT(bench.wire.sent, SizeIs(3));
  EXPECT_NE(bench.wire.sent[2].flow.destination, first.flow.destination);
  EXPECT_TRUE(bench.wire.sent[2].edns.present);
}

TEST(EgressUplinks, RefreshThatFailsStaysWithOneServer) {
  Bench bench(test::two_servers());
  bench.cache_answer("www.example", 60);
  bench.ask_refresh("www.example");
  bench.advance(20ms);
  ASSERT_THAT(bench.wire.sent, SizeIs(1));
  bench.deliver(bench.wire.sent[0], bench.failure(bench.wire.sent[0], dns::Rcode::kServFail));
  EXPECT_THAT(bench.wire.sent, SizeIs(1));
  EXPECT_EQ(bench.engine->fetches(), 0U);
}

/// How long the failure that `bench` has just kept lasts, in whole seconds.
int seconds_kept(Bench& bench) {
  for (int sec = 0;; ++sec) {
    bench.wire.sent.clear();
    bench.ask("failing.example");
    bench.poll();
    if (!bench.wire.sent.empty()) return sec;
    bench.now = bench.now + 1s;
  }
}

void fail_once(Bench& bench) {
  bench.deliver(bench.wire.sent.back(), bench.failure(bench.wire.sent.back(), dns::Rcode::kServFail));
}

// RFC 9520 §3.2: back-off for failures that come again.
TEST(EgressUplinks, FailureThatComesAgainIsKeptTwiceAsLongUpToFiveTimes) {
  Bench bench(test::one_server(), {.servfail_ttl = 2s});
  bench.ask("failing.example");
  bench.poll();
  std::vector<int> kept;
  for (int i = 0; i < 5; ++i) {
    fail_once(bench);
    kept.push_back(seconds_kept(bench));
  }
  EXPECT_THAT(kept, ::testing::ElementsAre(2, 4, 8, 10, 10));
  bench.deliver(bench.wire.sent.back(), bench.positive(bench.wire.sent.back(), 1));
  bench.now = bench.now + 2s;
  bench.cache->remove(bench.cached("failing.example")->hash(), bench.cached("failing.example")->key());
  bench.ask("failing.example");
  bench.poll();
  fail_once(bench);
  EXPECT_EQ(seconds_kept(bench), 2) << "an answer in between resets the back-off";
}

// RFC 9520 §3.2: at most five minutes.
TEST(EgressUplinks, FailureIsNeverKeptLongerThanFiveMinutes) {
  Bench bench(test::one_server(), {.servfail_ttl = 200s});
  bench.ask("failing.example");
  bench.poll();
  fail_once(bench);
  EXPECT_EQ(seconds_kept(bench), 200);
  fail_once(bench);
  EXPECT_EQ(seconds_kept(bench), 300);
}

TEST(EgressUplinks, OldFailureIsForgotten) {
  Bench bench(test::one_server(), {.servfail_ttl = 2s});
  bench.ask("failing.example");
  bench.poll();
  fail_once(bench);
  bench.now = bench.now + 63s;
  bench.ask("failing.example");
  bench.poll();
  fail_once(bench);
  EXPECT_EQ(seconds_kept(bench), 2);
}

TEST(EgressUplinks, KernelsPacketsAndFetchesAlternateWhereTokensAreShort) {
  egress::Settings settings = test::one_server();
  settings.uplinks[0].budget.limit_pps = 10;
  settings.uplinks[0].budget.burst_pkts = 1;
  Bench bench(settings);
  for (int i = 0; i < 40; ++i) bench.ask("n" + std::to_string(i) + ".example");
  int charged = 0;
  for (int i = 0; i < 3'000; ++i) {  // as the role does: the kernel's packets first
    bench.now = bench.now + 1ms;
    if (bench.engine->charge_foreign(0, bench.now)) ++charged;
    bench.poll();
  }
  const int sent = static_cast<int>(bench.wire.sent.size());
  EXPECT_NEAR(charged, 15, 2);
  EXPECT_NEAR(sent, 15, 2);
}

}  // namespace
