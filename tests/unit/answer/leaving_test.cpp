// SPDX-License-Identifier: Apache-2.0
// Packets leave exactly once, whatever the port and the rings do.
#include <gtest/gtest.h>

#include "client.hpp"

namespace {

using test::InProcess;

std::vector<test::Frame> warm(InProcess& appliance, std::string_view name) {
  test::ask(appliance, {.qname = name});
  const auto upstream = appliance.sent();
  appliance.port().arrive(test::reply_to(upstream.at(0), 1, 60));
  appliance.settle();
  return appliance.sent();
}

TEST(Leaving, AHitGoesBackInItsOwnBufferWithItsOwnIdAndLetters) {
  InProcess appliance;
  warm(appliance, "www.example.");
  test::ask(appliance, {.qname = "wWw.ExAmple.", .id = 0xbeef});
  const auto replies = appliance.sent();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(test::header_of(replies[0]).id.value(), 0xbeef);
  const auto name = test::wire_name("wWw.ExAmple.");
  EXPECT_TRUE(std::equal(name.begin(), name.end(), test::message_of(replies[0]).begin() + dns::kHeaderBytes));
  EXPECT_EQ(appliance.count(answer::Counter::kHit), 1U);
  EXPECT_EQ(appliance.packets_held(), 0U);
}

TEST(Leaving, WhatAFullTxRingRefusesIsCountedAndGivenBack) {
  InProcess appliance;
  warm(appliance, "www.example.");
  appliance.port().set_tx_room(1);
  for (std::uint16_t i = 0; i < 5; ++i) {
    appliance.port().arrive(test::udp_frame(test::client_flow(), test::query_message({.id = i})));
  }
  appliance.settle();
  EXPECT_EQ(appliance.sent().size(), 1U);
  EXPECT_EQ(appliance.count(answer::Counter::kTxFull), 4U);
  EXPECT_EQ(appliance.packets_held(), 0U);
  EXPECT_TRUE(appliance.conserved());
}

TEST(Leaving, ADryPoolLosesAWaitersReplyByName) {
  InProcess appliance;
  test::ask(appliance, {.qname = "dry.example."});
  const auto upstream = appliance.sent();
  appliance.port().set_pool_dry(true);
  appliance.port().arrive(test::reply_to(upstream.at(0), 1, 60));
  appliance.settle();
  EXPECT_TRUE(appliance.sent().empty());
  EXPECT_EQ(appliance.count(answer::Counter::kNoBuffer), 1U);
  EXPECT_EQ(appliance.packets_held(), 0U);
}

TEST(Leaving, WhatIsNotForUsIsTheKernels) {
  InProcess appliance;
  net::Flow other_port = test::client_flow();
  other_port.destination_port = base::UdpPort(123);
  net::Flow other_host = test::client_flow();
  other_host.destination = InProcess::v4(10, 77, 0, 54);
  net::Flow not_an_upstream = test::client_flow(53).reversed().reversed();
  not_an_upstream.destination_port = base::UdpPort(40'000);
  for (const net::Flow& flow : {other_port, other_host, not_an_upstream}) {
    appliance.port().arrive(test::udp_frame(flow, test::query_message({})));
  }
  appliance.settle();
  EXPECT_EQ(appliance.punted().size(), 3U);
  EXPECT_EQ(appliance.count(answer::Counter::kQueries), 0U);
  EXPECT_TRUE(appliance.conserved());
}

TEST(Leaving, UpstreamPacketsLeaveThroughAWorkerWhereEgressHasNoQueue) {
  InProcess appliance({.relayed_egress = true});
  test::ask(appliance, {.qname = "relay.example."});
  const auto upstream = appliance.sent();
  ASSERT_EQ(upstream.size(), 1U);
  EXPECT_EQ(appliance.count(answer::Counter::kRelayed), 1U);
  appliance.port().arrive(test::reply_to(upstream[0], 1, 60));
  appliance.settle();
  EXPECT_EQ(appliance.sent().size(), 1U);
  EXPECT_EQ(appliance.packets_held(), 0U);
}

TEST(Leaving, ARelayThatTheWorkersPortRefusesIsSentAgain) {
  InProcess appliance({.relayed_egress = true});
  appliance.port().set_tx_room(0);
  appliance.port().arrive(test::udp_frame(test::client_flow(), test::query_message({.qname = "relay.example."})));
  for (int i = 0; i < 10; ++i) appliance.poll();  // it goes on trying, so nothing settles
  EXPECT_TRUE(appliance.sent().empty());
  appliance.port().set_tx_room(100);
  appliance.settle();
  EXPECT_EQ(appliance.sent().size(), 1U) << "refused packets cost nothing";
}

}  // namespace
