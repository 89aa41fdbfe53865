// SPDX-License-Identifier: Apache-2.0
// What the simulated resolver says is read by the real parser; what models believe of lifetimes is what lib/cache says.
#include "answer.hpp"

#include <memory>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "cache/lifetime.hpp"
#include "dns/response.hpp"
#include "support/dns_wire.hpp"

namespace rig {
namespace {

dns::QuestionKey key_of(std::uint16_t qtype) {
  const test::Wire wire = test::Wire().name("host.zone.example");
  base::ByteReader in(wire.view());
  dns::QuestionKey key;
  key.assign(dns::NameView::read_plain(in), static_cast<dns::QType>(qtype), dns::QClass::kIn, dns::UplinkId(0), 0);
  return key;
}

struct Reply {
  std::vector<std::byte> bytes = std::vector<std::byte>(Records::kMaxMessage);
  Records records;
  dns::ResponseScratch scratch;

  dns::ResponseView parse(const dns::QuestionKey& key, const Answer& answer) {
    std::vector<std::byte> question(key.view().qname().begin(), key.view().qname().end());
    question.resize(question.size() + 4);
    base::store_be16(question.data() + question.size() - 4, static_cast<std::uint16_t>(key.view().qtype()));
    base::store_be16(question.data() + question.size() - 2, 1);
    records.make(key.view(), answer);
    size = records.write_reply(bytes, question, 7);
    const auto view = dns::ResponseView::parse(base::Bytes(bytes).first(size), scratch);
    if (!view) throw std::runtime_error("the reply does not parse");
    return *view;
  }
  std::size_t size = 0;
};

class AnswerOfType : public testing::TestWithParam<std::uint16_t> {};

TEST_P(AnswerOfType, ParsesAsAPositiveAnswerWithTheTtlAndNearlyTheSizeThatTheTraceTells) {
  auto reply = std::make_unique<Reply>();
  const dns::QuestionKey key = key_of(GetParam());
  for (const int size : {40, 60, 90, 120, 400, 1'200}) {
    const dns::ResponseView view = reply->parse(
        key, {.ttl_sec = 77, .bytes = static_cast<std::uint16_t>(size), .kind = dns::AnswerKind::kPositive});
    EXPECT_EQ(view.kind(), dns::AnswerKind::kPositive);
    EXPECT_EQ(view.min_ttl_sec(), 77U);
    if (size >= 120) {
      EXPECT_NEAR(static_cast<double>(reply->size), size - 11, 28);  // whole records; the OPT's room
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, AnswerOfType,
                         testing::Values(1, 2, 5, 6, 12, 15, 16, 17, 24, 26, 28, 30, 33, 35, 65, 257));

// RFC 2308 §5
TEST(AnswerOfNothing, IsNxdomainForAsLongAsItsSoaSays) {
  auto reply = std::make_unique<Reply>();
  const dns::ResponseView view =
      reply->parse(key_of(1), {.ttl_sec = 30, .bytes = 110, .kind = dns::AnswerKind::kNxDomain});
  EXPECT_EQ(view.kind(), dns::AnswerKind::kNxDomain);
  EXPECT_TRUE(view.has_soa());
  EXPECT_EQ(view.negative_ttl_sec(), 30U);
}

TEST(AnswerLifetime, IsThatOfTheRealCacheForEveryKindAndClamp) {
  auto reply = std::make_unique<Reply>();
  for (const std::uint32_t min_ttl : {0U, 60U}) {
    for (const std::uint32_t max_ttl : {30U, 120U, 86'400U}) {
      cache::Settings settings;
      settings.min_ttl = std::chrono::seconds(std::min(min_ttl, max_ttl));
      settings.max_ttl = std::chrono::seconds(max_ttl);
      for (const dns::AnswerKind kind :
           {dns::AnswerKind::kPositive, dns::AnswerKind::kNxDomain, dns::AnswerKind::kFailure}) {
        for (const std::uint32_t ttl : {0U, 1U, 59U, 100U, 7'200U, 1'000'000U}) {
          const Answer answer{.ttl_sec = ttl, .bytes = 100, .kind = kind};
          const cache::Lifetime real = cache::lifetime_of(reply->parse(key_of(1), answer), settings);
          const cache::Lifetime ours = lifetime_of(answer, settings);
          EXPECT_EQ(ours.ttl_sec, real.ttl_sec);
          EXPECT_EQ(ours.keep_sec, real.keep_sec);
          EXPECT_EQ(ours.storable == cache::Storable::kYes, real.storable == cache::Storable::kYes);
        }
      }
    }
  }
}

}  // namespace
}  // namespace rig
