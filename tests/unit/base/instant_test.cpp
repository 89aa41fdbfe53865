// SPDX-License-Identifier: Apache-2.0
#include "base/instant.hpp"

#include <gtest/gtest.h>

namespace {

using base::Duration;
using base::Instant;

TEST(Instant, DifferencesHaveASign) {
  const Instant early(1'000);
  const Instant late(3'000);
  EXPECT_EQ(late - early, Duration(2'000));
  EXPECT_EQ(early - late, Duration(-2'000));
  EXPECT_LT(early, late);
}

TEST(Instant, MovesForwardAndBackByADuration) {
  const Instant at(5'000'000'000);
  EXPECT_EQ(at + std::chrono::milliseconds(1), Instant(5'001'000'000));
  EXPECT_EQ(at - std::chrono::seconds(5), Instant(0));
  EXPECT_EQ(at + Duration(-1), Instant(4'999'999'999));
}

TEST(Instant, SecondsAreRoundedDown) {
  EXPECT_EQ(Instant(1'999'999'999).sec(), 1U);
  EXPECT_EQ(Instant(2'000'000'000).sec(), 2U);
}

TEST(Instant, NeverIsAfterEverything) { EXPECT_GT(Instant::never(), Instant(~std::uint64_t{0} - 1)); }

}  // namespace
