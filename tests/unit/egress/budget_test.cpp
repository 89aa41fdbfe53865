// SPDX-License-Identifier: Apache-2.0
// The exact sliding log and its pacer.
#include "egress_queue/budget.hpp"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>

namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using egress::Budget;
using egress::BudgetSettings;

struct Held {
  explicit Held(const BudgetSettings& settings) : log(Budget::log_slots(settings)), budget(settings, log) {}
  std::vector<std::uint64_t> log;
  Budget budget;
};

constexpr base::Instant kStart{50'000'000'000};

TEST(EgressBudget, NeverGivesMoreThanTheLimitInAWindow) {
  Held held({.limit_pps = 3, .burst_pkts = 3});
  for (int i = 0; i < 3; ++i) held.budget.confirm(held.budget.take(kStart), kStart);
  EXPECT_EQ(held.budget.take(kStart + 1'004ms), Budget::kNoTicket);
  EXPECT_EQ(held.budget.used(kStart + 1'004ms), 3U);
  EXPECT_NE(held.budget.take(kStart + 1'005ms), Budget::kNoTicket);
}

TEST(EgressBudget, CountsFromTheMomentThePortTookThePacket) {
  Held held({.limit_pps = 1});
  held.budget.confirm(held.budget.take(kStart), kStart + 4ms);
  EXPECT_EQ(held.budget.take(kStart + 1'008ms), Budget::kNoTicket);
  EXPECT_NE(held.budget.take(kStart + 1'010ms), Budget::kNoTicket);
}

TEST(EgressBudget, PacketWithoutVerdictHoldsItsPlaceForEver) {
  Held held({.limit_pps = 1});
  const Budget::Ticket ticket = held.budget.take(kStart);
  EXPECT_EQ(held.budget.take(kStart + 1h), Budget::kNoTicket);
  EXPECT_EQ(held.budget.used(kStart + 1h), 1U);
  EXPECT_GT(held.budget.next_chance(kStart + 1h), kStart + 1h);
  held.budget.confirm(ticket, kStart);
  EXPECT_NE(held.budget.take(kStart + 1h), Budget::kNoTicket);
}

TEST(EgressBudget, RefusedPacketGivesItsPlaceBack) {
  Held held({.limit_pps = 2, .burst_pkts = 2});
  const Budget::Ticket refused = held.budget.take(kStart);
  held.budget.confirm(held.budget.take(kStart), kStart);
  EXPECT_EQ(held.budget.take(kStart), Budget::kNoTicket);
  held.budget.give_back(refused);
  EXPECT_EQ(held.budget.used(kStart), 1U);
  EXPECT_EQ(held.budget.next_chance(kStart), kStart);
  EXPECT_NE(held.budget.take(kStart), Budget::kNoTicket);
  EXPECT_EQ(held.budget.take(kStart), Budget::kNoTicket);
}

TEST(EgressBudget, ReserveIsLeftToOthers) {
  Held held({.limit_pps = 1'024, .reserve_pps = 24});
  EXPECT_EQ(held.budget.limit_pps(), 1'000U);
}

TEST(EgressBudget, LimitZeroIsUnmetered) {
  Held held({.limit_pps = 0, .reserve_pps = 24});
  for (int i = 0; i < 10'000; ++i) {
    const Budget::Ticket ticket = held.budget.take(kStart);
    ASSERT_NE(ticket, Budget::kNoTicket);
    held.budget.confirm(ticket, kStart);
  }
  EXPECT_EQ(held.budget.limit_pps(), 0U);
  EXPECT_EQ(held.budget.used(kStart), 0U);
}

TEST(EgressBudget, ALargerLimitIsWhatIsLeftOfIt) {
  Held held({.limit_pps = 3, .burst_pkts = 8, .room_pps = 8});
  for (int i = 0; i < 3; ++i) held.budget.confirm(held.budget.take(kStart), kStart);
  ASSERT_TRUE(held.budget.set({.limit_pps = 5, .burst_pkts = 8}));
  EXPECT_EQ(held.budget.limit_pps(), 5U);
  for (int i = 0; i < 2; ++i) held.budget.confirm(held.budget.take(kStart + 500ms), kStart + 500ms);
  EXPECT_EQ(held.budget.take(kStart + 1'004ms), Budget::kNoTicket);
  EXPECT_NE(held.budget.take(kStart + 1'500ms), Budget::kNoTicket);
}

TEST(EgressBudget, ASmallerLimitWaitsUntilWhatWasSentFitsIntoIt) {
  Held held({.limit_pps = 4, .burst_pkts = 4});
  const auto send_at = [&](base::Instant at) { held.budget.confirm(held.budget.take(at), at); };
  for (int i = 0; i < 4; ++i) send_at(kStart + i * 300ms);
  ASSERT_TRUE(held.budget.set({.limit_pps = 2, .burst_pkts = 2}));
  EXPECT_EQ(held.budget.used(kStart + 900ms), 2U);
  EXPECT_EQ(held.budget.take(kStart + 1'310ms), Budget::kNoTicket) << "of the last second there are still two";
  EXPECT_EQ(held.budget.take(kStart + 1'604ms), Budget::kNoTicket);
  EXPECT_NE(held.budget.take(kStart + 1'605ms), Budget::kNoTicket);
}

TEST(EgressBudget, ANewLimitBeginsWithTheLastOutstandingVerdict) {
  Held held({.limit_pps = 4, .burst_pkts = 4});
  const Budget::Ticket first = held.budget.take(kStart);
  const Budget::Ticket second = held.budget.take(kStart);
  ASSERT_TRUE(held.budget.set({.limit_pps = 3, .burst_pkts = 3}));
  EXPECT_EQ(held.budget.take(kStart), Budget::kNoTicket);
  held.budget.give_back(first);
  EXPECT_EQ(held.budget.take(kStart), Budget::kNoTicket);
  held.budget.confirm(second, kStart);
  EXPECT_EQ(held.budget.limit_pps(), 3U);
  for (int i = 0; i < 2; ++i) held.budget.confirm(held.budget.take(kStart), kStart);
  EXPECT_EQ(held.budget.take(kStart), Budget::kNoTicket);
}

TEST(EgressBudget, ALimitWithoutMemoryOrWithAnotherKindOfUplinkIsRefused) {
  Held metered({.limit_pps = 4});
  EXPECT_FALSE(metered.budget.set({.limit_pps = 5}));
  EXPECT_FALSE(metered.budget.set({.limit_pps = 0}));
  EXPECT_EQ(metered.budget.limit_pps(), 4U);
  Held unmetered({.limit_pps = 0});
  EXPECT_FALSE(unmetered.budget.set({.limit_pps = 5}));
  EXPECT_TRUE(unmetered.budget.set({.limit_pps = 0}));
}

TEST(EgressBudget, BurstGoesAtOnceAndTheRestAtThePace) {
  Held held({});
  int at_once = 0;
  for (Budget::Ticket t = held.budget.take(kStart); t != Budget::kNoTicket; t = held.budget.take(kStart)) {
    held.budget.confirm(t, kStart);
    ++at_once;
  }
  EXPECT_EQ(at_once, 32);
  EXPECT_EQ(held.budget.next_chance(kStart) - kStart, base::Duration(1'006'000'000 / 1'024));
}

/// Acceptance times under a backlog that is polled every `poll`, for `seconds`.
std::vector<base::Instant> drain(Budget& budget, base::Duration poll, int seconds) {
  std::vector<base::Instant> sent;
  for (base::Instant now = kStart; now < kStart + std::chrono::seconds(seconds); now = now + poll) {
    for (Budget::Ticket t = budget.take(now); t != Budget::kNoTicket; t = budget.take(now)) {
      budget.confirm(t, now);
      sent.push_back(now);
    }
  }
  return sent;
}

TEST(EgressBudget, BacklogUsesNinetyNinePercentWithEvenGaps) {
  Held held({});
  const std::vector<base::Instant> sent = drain(held.budget, 50us, 20);
  EXPECT_GE(sent.size(), 20U * 1'024U * 99U / 100U);
  std::vector<base::Duration> gaps;
  for (std::size_t i = 1; i < sent.size(); ++i) gaps.push_back(sent[i] - sent[i - 1]);
  std::sort(gaps.begin(), gaps.end());
  EXPECT_LE(gaps[gaps.size() * 99 / 100], 1'200us);
  EXPECT_LE(gaps[gaps.size() * 999 / 1'000], 1'200us) << "the first burst must not come back every window";
}

TEST(EgressBudget, IsIdleOnlyWhileAQuarterOfTheWindowIsFree) {
  Held held({.limit_pps = 8, .burst_pkts = 8});
  base::Instant now = kStart;
  int taken = 0;
  while (held.budget.is_idle(now)) {
    held.budget.confirm(held.budget.take(now), now);
    ++taken;
    now = now + 130ms;
    ASSERT_LE(taken, 8);
  }
  EXPECT_EQ(taken, 6);
  EXPECT_NE(held.budget.take(now), Budget::kNoTicket) << "others may still send";
}

TEST(EgressBudget, ReserveLargerThanTheLimitLeavesOne) {
  Held held({.limit_pps = 10, .reserve_pps = 24});
  EXPECT_EQ(held.budget.limit_pps(), 1U);
}

}  // namespace
