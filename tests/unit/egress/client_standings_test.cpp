// SPDX-License-Identifier: Apache-2.0
// Client standings: clients whose fetches were answered.
#include "egress_history/client_standings.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"

namespace {

using std::chrono_literals::operator""s;
using egress::ClientStandings;
using egress::Standing;
using egress::ZoneAnswer;
using test::Bench;

constexpr std::uint64_t kClient = 0x1234'5678'9abc'def0U;

class EgressClientStandings : public ::testing::Test {
 protected:
  EgressClientStandings() : arena_(storage_), standings_(arena_, 64) {}
  void note(std::uint64_t client_hash, ZoneAnswer answer, int times = 1) {
    for (int i = 0; i < times; ++i) standings_.note(client_hash, answer, now_);
  }
  [[nodiscard]] bool is_known(std::uint64_t client_hash = kClient) const {
    return standings_.standing(client_hash, now_) == Standing::kKnown;
  }

  alignas(base::kCacheLineBytes) std::array<std::byte, 4'096> storage_{};
  base::Arena arena_;
  ClientStandings standings_;
  base::Instant now_{1'000'000'000'000};
};

TEST_F(EgressClientStandings, NoClientIsKnownBeforeItsFirstGoodAnswer) {
  EXPECT_FALSE(is_known());
  note(kClient, ZoneAnswer::kBad);
  EXPECT_FALSE(is_known());
  note(kClient, ZoneAnswer::kGood);
  EXPECT_TRUE(is_known());
}

TEST_F(EgressClientStandings, ManyNamesThatDoNotExistMakeAClientUnknownUntilTheyAreForgotten) {
  note(kClient, ZoneAnswer::kGood, 10);
  note(kClient, ZoneAnswer::kBad, 40);
  EXPECT_TRUE(is_known());
  note(kClient, ZoneAnswer::kBad, 40);
  EXPECT_FALSE(is_known());
  now_ = now_ + 60s;
  EXPECT_TRUE(is_known());
}

TEST_F(EgressClientStandings, StandingIsLostTenMinutesAfterTheLastAnswer) {
  note(kClient, ZoneAnswer::kGood);
  now_ = now_ + 599s;
  EXPECT_TRUE(is_known());
  now_ = now_ + 1s;
  EXPECT_FALSE(is_known());
}

TEST_F(EgressClientStandings, UnknownClientsCannotEvictKnownOnes) {
  note(kClient, ZoneAnswer::kGood);
  for (std::uint64_t unknown = 1; unknown < 100'000; ++unknown) note(unknown << 20U | 1U, ZoneAnswer::kBad);
  EXPECT_TRUE(is_known());
}

TEST_F(EgressClientStandings, TheClientWithoutAnAnswerForLongestIsEvicted) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t i = 1; i <= 1'000; ++i, now_ = now_ + 1s) {
    all.push_back(i * 0x9e37'79b9'7f4a'7c15U);
    note(kClient, ZoneAnswer::kGood);
    note(all.back(), ZoneAnswer::kGood);
    ASSERT_TRUE(is_known(all.back()));
    ASSERT_TRUE(is_known());
  }
  EXPECT_FALSE(is_known(all.front()));
}

}  // namespace
