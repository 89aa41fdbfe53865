// SPDX-License-Identifier: Apache-2.0
// Routes and neighbours in, paths out.
#include "path_table.hpp"

#include <gtest/gtest.h>

#include "net/text.hpp"

namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using base::Instant;
using net::IpAddress;
using net::MacAddress;
using slowpath::Neighbour;
using slowpath::PathTable;
using slowpath::Route;
using State = Neighbour::State;

IpAddress ip(std::string_view text) { return *net::parse_address(text); }
MacAddress mac(unsigned last) {
  MacAddress made;
  made.octets = {std::byte{2}, {}, {}, {}, {}, static_cast<std::byte>(last)};
  return made;
}

const IpAddress kFirst = ip("10.77.0.2");
const IpAddress kSecond = ip("10.77.0.3");
const IpAddress kFar = ip("192.0.2.1");
const IpAddress kFarther = ip("192.0.2.2");
const IpAddress kGateway = ip("10.77.0.1");
const IpAddress kOurs = ip("10.77.0.53");
const MacAddress kOwnMac = mac(0x53);

class PathTableTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kFirstIndex = 0, kFarIndex = 2, kFartherIndex = 3;

  void on_link(std::size_t index) { table.on_route(index, Route{kOurs, table.server(index).address}, now); }
  void by_gateway(std::size_t index) { table.on_route(index, Route{kOurs, kGateway}, now); }
  void usable(const IpAddress& address, const MacAddress& at) {
    table.on_neighbour({address, State::kUsable, at}, now);
  }
  void becomes(const IpAddress& address, State state) { table.on_neighbour({address, state, {}}, now); }

  /// What the ring would get: every change, delivered.
  std::vector<egress::PathUpdate> changes() {
    std::vector<egress::PathUpdate> all;
    for (auto change = table.change(); change; change = table.change()) {
      all.push_back(change->update);
      table.delivered(*change);
    }
    return all;
  }
  std::vector<IpAddress> asked() {
    std::vector<IpAddress> all;
    for (auto hop = table.take_due(now); hop; hop = table.take_due(now)) all.push_back(*hop);
    return all;
  }
  /// The first server's path is known and delivered.
  void know_first() {
    on_link(kFirstIndex);
    usable(kFirst, mac(2));
    static_cast<void>(asked());
    static_cast<void>(changes());
  }

  Instant now{1'000'000'000};
  PathTable table{std::vector<slowpath::Server>{{.uplink = 4, .server = 0, .address = kFirst},
                                                {.uplink = 4, .server = 1, .address = kSecond},
                                                {.uplink = 5, .server = 0, .address = kFar},
                                                {.uplink = 5, .server = 1, .address = kFarther}},
                  kOwnMac};
};

TEST_F(PathTableTest, StartsWithNothingToTellAndNobodyToAsk) {
  EXPECT_TRUE(changes().empty());
  EXPECT_TRUE(asked().empty());
}

TEST_F(PathTableTest, APathNeedsARouteAndANeighbour) {
  usable(kFirst, mac(2));
  EXPECT_TRUE(changes().empty());
  on_link(kFirstIndex);
  EXPECT_TRUE(changes().empty()) << "a neighbour reported before its route counts only when it is reported again";
  usable(kFirst, mac(2));
  const auto told = changes();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].uplink, 4);
  EXPECT_EQ(told[0].server, 0);
  EXPECT_TRUE(told[0].path.resolved);
  EXPECT_EQ(told[0].path.next_hop, mac(2));
  EXPECT_EQ(told[0].path.source_mac, kOwnMac);
  EXPECT_EQ(told[0].path.source, kOurs);
}

TEST_F(PathTableTest, SayingTheSameAgainChangesNothing) {
  know_first();
  usable(kFirst, mac(2));
  on_link(kFirstIndex);
  EXPECT_TRUE(changes().empty());
}

TEST_F(PathTableTest, AnotherMacIsANewPath) {
  know_first();
  usable(kFirst, mac(99));
  const auto told = changes();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].path.next_hop, mac(99));
}

TEST_F(PathTableTest, AnotherSourceAddressIsANewPath) {
  know_first();
  table.on_route(kFirstIndex, Route{ip("10.77.0.54"), kFirst}, now);
  const auto told = changes();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].path.source, ip("10.77.0.54"));
  EXPECT_TRUE(told[0].path.resolved) << "the neighbour is still known";
}

TEST_F(PathTableTest, ALostRouteIsALostPathAtOnce) {
  know_first();
  table.on_route(kFirstIndex, std::nullopt, now);
  const auto told = changes();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_FALSE(told[0].path.resolved);
  now = now + 60s;
  EXPECT_TRUE(asked().empty());
}

TEST_F(PathTableTest, ServersBehindOneGatewayShareOneQuestionAndOneAnswer) {
  by_gateway(kFarIndex);
  by_gateway(kFartherIndex);
  EXPECT_EQ(asked(), std::vector<IpAddress>{kGateway});
  usable(kGateway, mac(1));
  const auto told = changes();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].path.next_hop, mac(1));
  EXPECT_EQ(told[1].path.next_hop, mac(1));
}

TEST_F(PathTableTest, AStrangersMacChangesNothing) {
  know_first();
  usable(ip("10.77.0.100"), mac(100));
  becomes(ip("10.77.0.100"), State::kFailed);
  EXPECT_TRUE(changes().empty());
}

TEST_F(PathTableTest, AnUnknownNextHopIsAskedForAtOnceThenEverMoreRarelyUpToOneSecond) {
  on_link(kFirstIndex);
  EXPECT_EQ(asked().size(), 1U);
  now = now + 249ms;
  EXPECT_TRUE(asked().empty());
  now = now + 1ms;
  EXPECT_EQ(asked().size(), 1U);
  now = now + 499ms;
  EXPECT_TRUE(asked().empty());
  now = now + 1ms;
  EXPECT_EQ(asked().size(), 1U);
  for (int i = 0; i < 5; ++i) {
    now = now + 999ms;
    EXPECT_TRUE(asked().empty());
    now = now + 1ms;
    EXPECT_EQ(asked().size(), 1U);
  }
}

TEST_F(PathTableTest, AKnownNextHopIsCheckedEveryThirtySeconds) {
  know_first();
  now = now + 29'999ms;
  EXPECT_TRUE(asked().empty());
  now = now + 1ms;
  EXPECT_EQ(asked(), std::vector<IpAddress>{kFirst});
  now = now + 29'999ms;
  EXPECT_TRUE(asked().empty());
}

TEST_F(PathTableTest, TheKernelsOwnChecksDoNotPutOffOurs) {
  know_first();
  now = now + 20s;
  usable(kFirst, mac(2));
  now = now + 10s;
  EXPECT_EQ(asked().size(), 1U);
}

TEST_F(PathTableTest, WhileTheKernelAsksTheOldMacStaysInUse) {
  know_first();
  becomes(kFirst, State::kPending);
  EXPECT_TRUE(changes().empty());
  EXPECT_TRUE(table.resolved(kFirstIndex));
}

TEST_F(PathTableTest, AForgottenNeighbourIsAskedForAtOnceAndItsMacStaysInUse) {
  know_first();
  becomes(kFirst, State::kGone);
  EXPECT_TRUE(changes().empty());
  EXPECT_EQ(asked(), std::vector<IpAddress>{kFirst});
}

TEST_F(PathTableTest, OneFailureIsForgiven) {
  know_first();
  becomes(kFirst, State::kFailed);
  EXPECT_TRUE(changes().empty());
  EXPECT_EQ(asked().size(), 1U);
  now = now + PathTable::kLossDelay;
  usable(kFirst, mac(2));
  becomes(kFirst, State::kFailed);
  EXPECT_TRUE(changes().empty()) << "an answer in between starts the count again";
}

TEST_F(PathTableTest, AFailureAfterTheLossDelayLosesThePath) {
  know_first();
  becomes(kFirst, State::kFailed);
  now = now + PathTable::kLossDelay - 1ms;
  becomes(kFirst, State::kFailed);
  EXPECT_TRUE(changes().empty());
  now = now + 1ms;
  becomes(kFirst, State::kFailed);
  const auto told = changes();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_FALSE(told[0].path.resolved);
}

TEST_F(PathTableTest, AnEntryThatVanishesLosesThePathOnlyWhenAskingAgainFails) {
  know_first();
  becomes(kFirst, State::kGone);
  now = now + PathTable::kLossDelay;
  becomes(kFirst, State::kGone);
  EXPECT_TRUE(changes().empty());
  becomes(kFirst, State::kFailed);
  EXPECT_EQ(changes().size(), 1U);
}

TEST_F(PathTableTest, ALostNextHopIsAskedForUntilItAnswers) {
  know_first();
  becomes(kFirst, State::kFailed);
  now = now + PathTable::kLossDelay;
  becomes(kFirst, State::kFailed);
  static_cast<void>(changes());
  for (int i = 0; i < 10; ++i) {
    now = now + PathTable::kAskSlowest;
    EXPECT_EQ(asked().size(), 1U);
  }
  usable(kFirst, mac(2));
  const auto told = changes();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].path.resolved);
}

TEST_F(PathTableTest, AChangeStaysUntilItIsDelivered) {
  on_link(kFirstIndex);
  usable(kFirst, mac(2));
  ASSERT_TRUE(table.change());
  usable(kFirst, mac(3));
  const auto told = changes();
  ASSERT_EQ(told.size(), 1U) << "only the latest state is delivered";
  EXPECT_EQ(told[0].path.next_hop, mac(3));
}

TEST_F(PathTableTest, ARouteThatMovesToAnotherNextHopForgetsTheOldOne) {
  by_gateway(kFarIndex);
  usable(kGateway, mac(1));
  static_cast<void>(asked());
  static_cast<void>(changes());
  table.on_route(kFarIndex, Route{kOurs, ip("10.77.0.9")}, now);
  EXPECT_EQ(asked(), std::vector<IpAddress>{ip("10.77.0.9")});
  const auto told = changes();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_FALSE(told[0].path.resolved);
  usable(kGateway, mac(1));
  EXPECT_TRUE(changes().empty());
}

}  // namespace
