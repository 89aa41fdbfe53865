// SPDX-License-Identifier: Apache-2.0
// Pointers that pass through a ring: the possible interleavings of look and report.
#include <array>

#include <gtest/gtest.h>

#include "base/qsbr.hpp"

namespace {

using base::Qsbr;
using base::SpscRing;

// docs/adr/0002: egress posts a pointer and retires it after the worker looked into its ring and before it reports.
struct Appliance {
  Qsbr qsbr;
  std::array<int, 8> slots{};
  SpscRing<int> ring{slots};

  Appliance() { qsbr.online(0); }
  [[nodiscard]] Qsbr::Token post_and_retire() {
    EXPECT_TRUE(ring.push(42));
    return qsbr.begin_grace();
  }
};

TEST(QsbrCompletions, TokenSampledBeforeTheLookProtectsPointersPostedAfterIt) {
  Appliance appliance;
  const Qsbr::Token seen = appliance.qsbr.token();
  ASSERT_EQ(appliance.ring.front(), nullptr);
  const Qsbr::Token grace = appliance.post_and_retire();
  appliance.qsbr.report(0, seen);
  EXPECT_FALSE(appliance.qsbr.passed(grace)) << "42 is still in the ring";
}

TEST(QsbrCompletions, TokenSampledAfterTheLookWouldFreeAPointerInTheRing) {
  Appliance appliance;
  ASSERT_EQ(appliance.ring.front(), nullptr);
  const Qsbr::Token grace = appliance.post_and_retire();
  appliance.qsbr.report(0, appliance.qsbr.token());  // the wrong order, to show that it matters
  EXPECT_TRUE(appliance.qsbr.passed(grace));
  EXPECT_NE(appliance.ring.front(), nullptr);
}

TEST(QsbrCompletions, PostedPointerIsFreedAfterTheNextEmptyRound) {
  Appliance appliance;
  const Qsbr::Token grace = appliance.post_and_retire();
  const Qsbr::Token seen = appliance.qsbr.token();
  ASSERT_NE(appliance.ring.front(), nullptr);  // not empty: no report in this round
  appliance.ring.pop();
  EXPECT_FALSE(appliance.qsbr.passed(grace));
  ASSERT_EQ(appliance.ring.front(), nullptr);
  appliance.qsbr.report(0, seen);
  EXPECT_TRUE(appliance.qsbr.passed(grace));
}

}  // namespace
