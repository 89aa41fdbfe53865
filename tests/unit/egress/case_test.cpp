// SPDX-License-Identifier: Apache-2.0
// 0x20: random letter case upstream, and servers that do not repeat it.
#include <set>

#include <gmock/gmock.h>

#include "dns/name.hpp"
#include "fakes.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using egress::EngineCounter;
using test::Bench;
using test::SentPacket;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kName = "a-rather-long-name.with-many-letters.example";

egress::Settings randomising(egress::Settings settings = test::one_server()) {
  settings.uplinks[0].case_randomization = egress::CaseRandomization::kOn;
  return settings;
}

std::string lower(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

SentPacket in_lower_case(SentPacket sent) {
  sent.qname = lower(sent.qname);
  return sent;
}

TEST(EgressCase, IsLowerUnlessChosen) {
  Bench bench;
  bench.ask(kName);
  bench.poll();
  EXPECT_EQ(bench.wire.sent[0].qname, lower(bench.wire.sent[0].qname));
  SentPacket shouted = bench.wire.sent[0];
  for (char& c : shouted.qname) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  bench.deliver(shouted, bench.positive(shouted, 60));
  EXPECT_THAT(bench.done, SizeIs(1)) << "RFC 4343";
}

TEST(EgressCase, IsDrawnForEachTransactionAndKeptForItsRetransmission) {
  Bench bench(randomising());
  std::set<std::string> spellings;
  for (int i = 0; i < 8; ++i) {
    bench.ask(kName, {.qtype = static_cast<dns::QType>(1'000 + i)});
    bench.poll();
    spellings.insert(bench.wire.sent.back().qname);
  }
  EXPECT_THAT(spellings, SizeIs(8));
  Bench other(randomising());
  other.ask(kName);
  other.advance(500ms);
  ASSERT_THAT(other.wire.sent, SizeIs(2));
  EXPECT_EQ(other.wire.sent[0].qname, other.wire.sent[1].qname);
}

TEST(EgressCase, RepeatedExactlyIsBelieved) {
  Bench bench(randomising());
  bench.ask(kName);
  bench.poll();
  const SentPacket sent = bench.wire.sent[0];
  ASSERT_NE(sent.qname, lower(sent.qname));
  bench.deliver(sent, bench.positive(sent, 60));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressCase, AnotherCaseIsIgnoredAndAskedOnceInLowerCaseOnAnotherTransaction) {
  Bench bench(randomising());
  bench.ask(kName);
  bench.poll();
  const SentPacket sent = bench.wire.sent[0];
  bench.deliver(sent, bench.positive(in_lower_case(sent), 60));
  EXPECT_THAT(bench.done, IsEmpty());
  EXPECT_EQ(bench.count(EngineCounter::kReplyWrongCase), 1U);
  ASSERT_THAT(bench.wire.sent, SizeIs(2));
  EXPECT_EQ(bench.wire.sent[1].qname, lower(sent.qname));
  EXPECT_NE(bench.wire.sent[1].port(), sent.port());
  bench.deliver(sent, bench.positive(sent, 60));
  EXPECT_THAT(bench.done, IsEmpty()) << "the first transaction is closed";
  bench.deliver(bench.wire.sent[1], bench.positive(bench.wire.sent[1], 60));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressCase, WithoutASendLeftTheRightSpellingIsStillAwaited) {
  egress::Settings settings = randomising();
  settings.max_sends = 1;
  Bench bench(settings);
  bench.ask(kName);
  bench.poll();
  const SentPacket sent = bench.wire.sent[0];
  bench.deliver(sent, bench.positive(in_lower_case(sent), 60));
  EXPECT_THAT(bench.done, IsEmpty());
  bench.deliver(sent, bench.positive(sent, 60));
  EXPECT_THAT(bench.done, SizeIs(1));
}

TEST(EgressCase, ServerThatChangesItThreeTimesInARowIsLeftAlone) {
  Bench bench(randomising());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(bench.count(EngineCounter::kCaseStopped), 0U);
    bench.ask(kName, {.qtype = static_cast<dns::QType>(1'000 + i)});
    bench.poll();
    bench.deliver(bench.wire.sent.back(), bench.positive(in_lower_case(bench.wire.sent.back()), 60));
    bench.deliver(bench.wire.sent.back(), bench.positive(bench.wire.sent.back(), 60));
  }
  EXPECT_EQ(bench.count(EngineCounter::kCaseStopped), 1U);
  bench.ask("another-long-name.example");
  bench.poll();
  EXPECT_EQ(bench.wire.sent.back().qname, lower(bench.wire.sent.back().qname));
}

TEST(EgressCase, ARepetitionInBetweenStartsTheCountAnew) {
  Bench bench(randomising());
  for (int i = 0; i < 6; ++i) {
    bench.ask(kName, {.qtype = static_cast<dns::QType>(1'000 + i)});
    bench.poll();
    if (i % 3 != 2) bench.deliver(bench.wire.sent.back(), bench.positive(in_lower_case(bench.wire.sent.back()), 60));
    bench.deliver(bench.wire.sent.back(), bench.positive(bench.wire.sent.back(), 60));
  }
  EXPECT_EQ(bench.count(EngineCounter::kCaseStopped), 0U);
}

}  // namespace
