// SPDX-License-Identifier: Apache-2.0
// For how long each kind of response may be kept under the operator's clamps.
#include "cache/lifetime.hpp"

#include <gtest/gtest.h>

#include "support/dns_wire.hpp"

namespace {

using cache::Lifetime;
using cache::Settings;
using cache::Storable;
using std::chrono_literals::operator""s;
using test::Wire;

constexpr unsigned kA = 1;
constexpr unsigned kCname = 5;
constexpr unsigned kSoa = 6;

Lifetime judge(const Wire& message, const Settings& settings = {}) {
  static dns::ResponseScratch scratch;
  const auto response = dns::ResponseView::parse(message.view(), scratch);
  EXPECT_TRUE(response.has_value());
  return cache::lifetime_of(response.value(), settings);
}

Wire positive(std::uint32_t ttl, std::uint32_t other_ttl) {
  return Wire()
      .header(1, test::kReplyFlags, 1, 2)
      .question("www.example")
      .rr_at(12, kA, ttl, test::ipv4(1))
      .rr_at(12, kA, other_ttl, test::ipv4(2));
}

Wire negative(unsigned rcode, std::uint32_t soa_ttl, std::uint32_t minimum) {
  return Wire()
      .header(1, test::kReplyFlags | rcode, 1, 0, 1)
      .question("www.example")
      .rr("example", kSoa, soa_ttl, test::soa(minimum));
}

Wire without_soa(unsigned rcode) { return Wire().header(1, test::kReplyFlags | rcode, 1).question("www.example"); }

Wire chain_to_nothing(std::uint32_t cname_ttl, std::uint32_t minimum) {
  return Wire()
      .header(1, test::kReplyFlags | 3, 1, 1, 1)
      .question("www.example")
      .rr_at(12, kCname, cname_ttl, Wire().name("gone.example"))
      .rr("example", kSoa, 3'600, test::soa(minimum));
}

// RFC 1035 §3.2.1, RFC 2181 §5.2
TEST(CacheLifetime, PositiveAnswerLivesAsLongAsItsShortestRecord) {
  const Lifetime life = judge(positive(300, 60));
  EXPECT_EQ(life.storable, Storable::kYes);
  EXPECT_EQ(life.ttl_sec, 60U);
  EXPECT_EQ(life.keep_sec, 86'400U);
  EXPECT_EQ(life.ttl_floor_sec, 0U);
  EXPECT_EQ(life.ttl_cap_sec, 86'400U);
}

// RFC 1035 §3.2.1: zero TTL is for the transaction in progress.
TEST(CacheLifetime, TtlZeroIsForThoseWhoWaitNow) {
  EXPECT_EQ(judge(positive(300, 0)).storable, Storable::kTtlZero);
  EXPECT_GT(judge(positive(300, 0)).ttl_cap_sec, 0U) << "the waiters get the records' own TTLs";
}

TEST(CacheLifetime, MinTtlRaisesSmallerTtlsAndZero) {
  Settings settings;
  settings.min_ttl = 30s;
  EXPECT_EQ(judge(positive(300, 10), settings).ttl_sec, 30U);
  EXPECT_EQ(judge(positive(300, 0), settings).storable, Storable::kYes);
  EXPECT_EQ(judge(positive(300, 0), settings).ttl_sec, 30U);
  EXPECT_EQ(judge(positive(300, 10), settings).ttl_floor_sec, 30U);
  EXPECT_EQ(judge(positive(300, 200), settings).ttl_sec, 200U);
}

// RFC 8767 §4: a TTL with the top bit set is a large one; RFC 2181 §8 allows the cap.
TEST(CacheLifetime, MaxTtlCapsLargeTtls) {
  EXPECT_EQ(judge(positive(0xffff'ffff, 0x7fff'ffff)).ttl_sec, 86'400U);
  Settings settings;
  settings.max_ttl = 1s;
  EXPECT_EQ(judge(positive(300, 60), settings).ttl_sec, 1U);
  EXPECT_EQ(judge(positive(300, 60), settings).ttl_cap_sec, 1U);
}

TEST(CacheLifetime, MaxTtlWinsOverALargerMinTtl) {
  Settings settings;
  settings.min_ttl = 100s;
  settings.max_ttl = 10s;
  EXPECT_EQ(judge(positive(300, 60), settings).ttl_sec, 10U);
  EXPECT_LE(judge(positive(300, 60), settings).ttl_floor_sec, 10U);
}

// RFC 2308 §5: the lesser of the SOA's TTL and its MINIMUM.
TEST(CacheLifetime, NegativeAnswerLivesAsTheSoaSays) {
  for (const unsigned rcode : {0U, 3U}) {
    EXPECT_EQ(judge(negative(rcode, 600, 60)).ttl_sec, 60U);
    EXPECT_EQ(judge(negative(rcode, 60, 600)).ttl_sec, 60U);
    EXPECT_EQ(judge(negative(rcode, 600, 60)).storable, Storable::kYes);
    EXPECT_EQ(judge(negative(rcode, 600, 60)).keep_sec, 86'400U);
  }
}

// RFC 2308 §5: the SOA's TTL in the answer counts down from the negative TTL.
TEST(CacheLifetime, SoaIsHandedOutForNoLongerThanTheNegativeAnswerIsKept) {
  EXPECT_EQ(judge(negative(3, 600, 60)).ttl_cap_sec, 60U);
}

TEST(CacheLifetime, NegativeTtlIsCappedAndMayBeSwitchedOff) {
  EXPECT_EQ(judge(negative(3, 86'400, 86'400)).ttl_sec, 3'600U);
  Settings settings;
  settings.negative_max_ttl = 0s;
  EXPECT_EQ(judge(negative(3, 600, 600), settings).storable, Storable::kTtlZero);
}

TEST(CacheLifetime, MinTtlNeverLiftsANegativeAnswerAboveItsCap) {
  Settings settings;
  settings.min_ttl = 7'200s;
  const Lifetime life = judge(negative(3, 60, 60), settings);
  EXPECT_EQ(life.ttl_sec, 3'600U);
  EXPECT_LE(life.ttl_floor_sec, life.ttl_cap_sec);
}

TEST(CacheLifetime, NegativeTtlZeroIsNotKept) { EXPECT_EQ(judge(negative(3, 0, 600)).storable, Storable::kTtlZero); }

// RFC 2308 §5: without SOA a negative answer SHOULD NOT be cached.
TEST(CacheLifetime, NegativeAnswerWithoutSoaIsNotKeptUnlessSet) {
  EXPECT_EQ(judge(without_soa(3)).storable, Storable::kNoSoa);
  EXPECT_EQ(judge(without_soa(0)).storable, Storable::kNoSoa);
  Settings settings;
  settings.negative_without_soa = 5s;
  EXPECT_EQ(judge(without_soa(3), settings).storable, Storable::kYes);
  EXPECT_EQ(judge(without_soa(3), settings).ttl_sec, 5U);
}

// RFC 2308 §2.1: the CNAMEs in front live by their own TTLs.
TEST(CacheLifetime, AliasInFrontOfANegativeAnswerShortensIt) {
  EXPECT_EQ(judge(chain_to_nothing(20, 60)).ttl_sec, 20U);
  EXPECT_EQ(judge(chain_to_nothing(200, 60)).ttl_sec, 60U);
  EXPECT_EQ(judge(chain_to_nothing(0, 60)).storable, Storable::kTtlZero);
}

// RFC 9520 §3.2: failures are remembered, for five minutes at most.
TEST(CacheLifetime, FailureIsKeptForItsOwnTimeAndNeverServedStale) {
  for (const unsigned rcode : {2U, 5U}) {
    const Lifetime life = judge(without_soa(rcode));
    EXPECT_EQ(life.storable, Storable::kYes);
    EXPECT_EQ(life.ttl_sec, 1U);
    EXPECT_EQ(life.keep_sec, 0U);
  }
  Settings settings;
  settings.servfail_ttl = 1'000s;
  EXPECT_EQ(judge(without_soa(2), settings).ttl_sec, 300U);
  settings.servfail_ttl = 0s;
  EXPECT_EQ(judge(without_soa(2), settings).storable, Storable::kFailureOff);
}

TEST(CacheLifetime, MinTtlDoesNotStretchAFailure) {
  Settings settings;
  settings.min_ttl = 60s;
  EXPECT_EQ(judge(without_soa(2), settings).ttl_sec, 1U);
}

// RFC 2181 §9: what is truncated is not the whole answer.
TEST(CacheLifetime, TruncatedAnswerIsNotKept) {
  const Wire message = Wire().header(1, test::kReplyFlags | dns::kFlagTc, 1).question("www.example");
  EXPECT_EQ(judge(message).storable, Storable::kTruncated);
}

}  // namespace
