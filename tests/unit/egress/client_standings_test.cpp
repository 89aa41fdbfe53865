// SPDX-License-Identifier: Apache-2.0
// Who has standing: clients whose questions brought answers.
#include "egress_history/client_standings.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"

namespace {

using std::chrono_literals::operator""s;
using egress::ClientStandings;
using egress::Standing;
using egress::ZoneAnswer;
using test::Bench;

constexpr std::uint64_t kWho = 0x1234'5678'9abc'def0U;

class EgressAskers : public ::testing::Test {
 protected:
  EgressAskers() : arena_(storage_), standings_(arena_, 64) {}
  void note(std::uint64_t client_hash, ZoneAnswer answer, int times = 1) {
    for (int i = 0; i < times; ++i) standings_.note(client_hash, answer, now_);
  }
  [[nodiscard]] bool is_proven(std::uint64_t client_hash = kWho) const {
    return standings_.standing(client_hash, now_) == Standing::kKnown;
  }

  alignas(base::kCacheLineBytes) std::array<std::byte, 4'096> storage_{};
  base::Arena arena_;
  ClientStandings standings_;
  base::Instant now_{1'000'000'000'000};
};

TEST_F(EgressAskers, NobodyIsProvenBeforeTheFirstAnswer) {
  EXPECT_FALSE(is_proven());
  note(kWho, ZoneAnswer::kBad);
  EXPECT_FALSE(is_proven());
  note(kWho, ZoneAnswer::kGood);
  EXPECT_TRUE(is_proven());
}

TEST_F(EgressAskers, ManyNamesThatDoNotExistMakeAStrangerUntilTheyAreForgotten) {
  note(kWho, ZoneAnswer::kGood, 10);
  note(kWho, ZoneAnswer::kBad, 40);
  EXPECT_TRUE(is_proven());
  note(kWho, ZoneAnswer::kBad, 40);
  EXPECT_FALSE(is_proven());
  now_ = now_ + 60s;
  EXPECT_TRUE(is_proven());
}

TEST_F(EgressAskers, StandingIsLostTenMinutesAfterTheLastAnswer) {
  note(kWho, ZoneAnswer::kGood);
  now_ = now_ + 599s;
  EXPECT_TRUE(is_proven());
  now_ = now_ + 1s;
  EXPECT_FALSE(is_proven());
}

TEST_F(EgressAskers, StrangersCannotPushAnybodyOut) {
  note(kWho, ZoneAnswer::kGood);
  for (std::uint64_t stranger = 1; stranger < 100'000; ++stranger) note(stranger << 20U | 1U, ZoneAnswer::kBad);
  EXPECT_TRUE(is_proven());
}

TEST_F(EgressAskers, TheOneWithoutAnAnswerForLongestGivesWay) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t i = 1; i <= 1'000; ++i, now_ = now_ + 1s) {
    all.push_back(i * 0x9e37'79b9'7f4a'7c15U);
    note(kWho, ZoneAnswer::kGood);
    note(all.back(), ZoneAnswer::kGood);
    ASSERT_TRUE(is_proven(all.back()));
    ASSERT_TRUE(is_proven());
  }
  EXPECT_FALSE(is_proven(all.front()));
}

}  // namespace
