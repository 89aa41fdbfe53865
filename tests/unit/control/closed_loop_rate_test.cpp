// SPDX-License-Identifier: Apache-2.0
// From a port's allowance counter to the packets sent: the whole control loop, second by second, with a fake port.
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "closed_loop.hpp"
#include "unit/answer/client.hpp"

namespace {

using std::chrono_literals::operator""ms;
using control::ClosedLoop;
using reports::PortStats;

constexpr std::uint32_t kLimitPps = 1'000;
constexpr int kAskedPerMs = 2;  // twice the budget: there is always a backlog

class ClosedLoopRate : public ::testing::Test {
 protected:
  ClosedLoopRate() {
    egress::UplinkSettings uplink;
    EXPECT_TRUE(uplink.servers.push_back(test::InProcess::v4(10, 77, 0, 2)));
    uplink.budget.limit_pps = kLimitPps;
    EXPECT_TRUE(settings_.egress.uplinks.push_back(uplink));
    test::InProcessSpec spec;
    spec.egress = settings_.egress;
    spec.factors = &loop_.factors();
    appliance_ = std::make_unique<test::InProcess>(spec);
  }

  /// Packets sent upstream in one second, after a look at a port whose counter is `dropped`.
  std::uint32_t second(std::uint64_t dropped) {
    PortStats port;
    port.xstats = {{"linklocal_allowance_exceeded", dropped}};
    static_cast<void>(loop_.look(port, settings_));
    std::uint32_t packets = 0;
    for (int i = 0; i < 1'000; ++i) {
      for (int k = 0; k < kAskedPerMs; ++k) ask("n" + std::to_string(name_++) + ".example.");
      appliance_->run_for(1ms);
      for (const test::Frame& frame : appliance_->egress_port().sent()) {
        ++packets;
        appliance_->port().arrive(test::reply_to(frame, 1, 60));
      }
      static_cast<void>(appliance_->port().sent());
    }
    return packets;
  }
  void ask(const std::string& name) {
    const test::QuerySpec query{.qname = name, .id = static_cast<std::uint16_t>(name_)};
    appliance_->port().arrive(test::udp_frame(test::client_flow(), test::query_message(query)));
  }

  config::Settings settings_;
  ClosedLoop loop_;
  std::unique_ptr<test::InProcess> appliance_;
  std::uint32_t name_ = 0;
};

// design: times 0.9 for each second in which the counter rose, at least a half, and a hundredth back each second.
TEST_F(ClosedLoopRate, FallsByATenthPerSecondToAHalfAndRecoversByAHundredth) {
  static_cast<void>(second(5));  // the first look takes the starting value
  EXPECT_THAT(second(5), ::testing::AllOf(::testing::Ge(970U), ::testing::Le(kLimitPps)));
  std::uint64_t dropped = 5;
  std::uint32_t permille = 1'000;
  for (int i = 0; i < 9; ++i) {
    const std::uint32_t packets = second(dropped += 3);
    permille = std::max(500U, permille * 9 / 10);
    const std::uint32_t budget = kLimitPps * permille / 1'000;
    EXPECT_LE(packets, budget) << "after " << i + 1 << " rises";
    EXPECT_GE(packets, budget * 8 / 10) << "after " << i + 1 << " rises";
  }
  EXPECT_EQ(permille, 500U);
  for (int i = 0; i < 50; ++i) {
    const std::uint32_t packets = second(dropped);
    permille += 10;
    const std::uint32_t budget = kLimitPps * permille / 1'000;
    EXPECT_LE(packets, budget) << i + 1 << " seconds without a rise";
    EXPECT_GE(packets, budget * 97 / 100) << i + 1 << " seconds without a rise";
  }
  EXPECT_EQ(permille, 1'000U);
}

}  // namespace
