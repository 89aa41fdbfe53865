// SPDX-License-Identifier: Apache-2.0
// Budgets that are lowered while the provider drops packets of this instance.
#include "closed_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "diag/log.hpp"

namespace {

using control::allowance_exceeded;
using control::ClosedLoop;
using reports::PortStats;

/// A port with ENA's allowance counters, which the test sets.
PortStats ena(std::uint64_t linklocal, std::uint64_t conntrack = 0) {
  PortStats port;
  port.xstats = {{"rx_good_packets", 12'345},
                 {"pps_allowance_exceeded", 99},
                 {"linklocal_allowance_exceeded", linklocal},
                 {"conntrack_allowance_exceeded", conntrack},
                 {"conntrack_allowance_available", 136'812}};
  return port;
}

config::Settings with_uplinks(std::size_t count) {
  config::Settings settings;
  for (std::size_t i = 0; i < count; ++i) {
    egress::UplinkSettings uplink;
    uplink.budget.limit_pps = 1'024;
    EXPECT_TRUE(settings.egress.uplinks.push_back(uplink));
  }
  return settings;
}

TEST(ClosedLoop, CountersOfBothAllowancesCountOverAllPorts) {
  PortStats several;
  several.xstats = {{"port0_linklocal_allowance_exceeded", 3}, {"port1_linklocal_allowance_exceeded", 4}};
  EXPECT_EQ(allowance_exceeded(several), 7U);
  EXPECT_EQ(allowance_exceeded(ena(5, 6)), 11U);
  EXPECT_EQ(allowance_exceeded(PortStats{}), std::nullopt);
}

TEST(ClosedLoop, ARiseLowersByATenthAndEachSecondWithoutOneRaisesByAHundredth) {
  const config::Settings settings = with_uplinks(1);
  ClosedLoop loop;
  EXPECT_TRUE(loop.look(ena(7), settings).empty()) << "packets dropped before the start do not count";
  EXPECT_TRUE(loop.look(ena(7), settings).empty());
  const auto changes = loop.look(ena(9), settings);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].rose_by, 2U);
  EXPECT_EQ(loop.factors().permille(0), 900U);
  static_cast<void>(loop.look(ena(9, 1), settings));
  EXPECT_EQ(loop.factors().permille(0), 810U) << "the other counter counts as well";
  for (std::uint32_t second = 1; second <= 19; ++second) {
    static_cast<void>(loop.look(ena(9, 1), settings));
    EXPECT_EQ(loop.factors().permille(0), std::min(1'000U, 810U + 10U * second));
  }
  EXPECT_TRUE(loop.look(ena(9, 1), settings).empty()) << "fully recovered";
  EXPECT_EQ(loop.stats().lowered[0].read(), 2U);
  EXPECT_EQ(loop.stats().exceeded.read(), 3U);
}

TEST(ClosedLoop, HalfIsTheFloor) {
  const config::Settings settings = with_uplinks(1);
  ClosedLoop loop;
  for (std::uint64_t i = 0; i < 30; ++i) static_cast<void>(loop.look(ena(i), settings));
  EXPECT_EQ(loop.factors().permille(0), 500U);
}

TEST(ClosedLoop, UplinksWithoutABudgetOrWithClosedLoopOffDoNotChange) {
  config::Settings settings = with_uplinks(3);
  settings.egress.uplinks[1].closed_loop = egress::ClosedLoop::kOff;
  settings.egress.uplinks[2].budget.limit_pps = 0;
  ClosedLoop loop;
  static_cast<void>(loop.look(ena(0), settings));
  static_cast<void>(loop.look(ena(1), settings));
  EXPECT_EQ(loop.factors().permille(0), 900U);
  EXPECT_EQ(loop.factors().permille(1), 1'000U);
  EXPECT_EQ(loop.factors().permille(2), 1'000U);
  settings.egress.uplinks[0].closed_loop = egress::ClosedLoop::kOff;
  static_cast<void>(loop.look(ena(2), settings));
  EXPECT_EQ(loop.factors().permille(0), 1'000U) << "a reload turns it off at once";
}

TEST(ClosedLoop, LogReportsALoweredAndARecoveredBudget) {
  config::Settings settings = with_uplinks(1);
  settings.uplink_names = {"vpc"};
  diag::start_log(diag::LogLevel::kInfo);
  ClosedLoop loop;
  const auto said = [&](const PortStats& port) {
    ::testing::internal::CaptureStderr();
    log_changes(loop.look(port, settings), settings);
    diag::log().flush();
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(said(ena(0)), "");
  EXPECT_THAT(said(ena(3)),
              ::testing::HasSubstr("uplink vpc: the provider dropped 3 packets for exceeding an allowance; budget "
                                   "lowered to 921 of 1024 packets per second"));
  for (int second = 1; second < 10; ++second) EXPECT_EQ(said(ena(3)), "") << second;
  EXPECT_THAT(said(ena(3)), ::testing::HasSubstr("uplink vpc: budget fully recovered, 1024 packets per second"));
}

TEST(ClosedLoop, DriverThatWasResetStartsFromItsNewValue) {
  const config::Settings settings = with_uplinks(1);
  ClosedLoop loop;
  static_cast<void>(loop.look(ena(100), settings));
  EXPECT_TRUE(loop.look(ena(3), settings).empty());
  EXPECT_EQ(loop.look(ena(4), settings).size(), 1U);
}

TEST(ClosedLoop, PortWithoutSuchCountersHasNoLoop) {
  ClosedLoop loop;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(loop.look(PortStats{}, with_uplinks(1)).empty());
}

}  // namespace
