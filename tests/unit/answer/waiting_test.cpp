// SPDX-License-Identifier: Apache-2.0
// Clients that wait: each gets its own answer, or an error in time.
#include <gtest/gtest.h>

#include "client.hpp"

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::InProcess;

TEST(Waiting, ClientsOfAllWorkersShareOnePacketUpstream) {
  InProcess appliance({.workers = 4});
  for (std::uint16_t i = 0; i < 40; ++i) {
    appliance.port(i % 4).arrive(test::udp_frame(test::client_flow(static_cast<std::uint16_t>(2'000 + i)),
                                                 test::query_message({.qname = "one.example.", .id = i})));
  }
  appliance.settle();
  const auto upstream = appliance.sent();
  ASSERT_EQ(upstream.size(), 1U);
  appliance.port(3).arrive(test::reply_to(upstream[0], 1, 60));
  appliance.settle();
  EXPECT_EQ(appliance.sent().size(), 40U);
  EXPECT_EQ(appliance.count(answer::Counter::kAnsweredWaiters), 40U);
  EXPECT_EQ(appliance.packets_held(), 0U);
}

// RFC 4343: case is the client's; the question upstream is the same one.
TEST(Waiting, EachClientGetsItsOwnLettersBack) {
  InProcess appliance;
  const std::vector<std::string_view> spellings{"one.example.", "ONE.example.", "oNe.ExAmPlE."};
  std::uint16_t id = 0;
  for (const std::string_view name : spellings) {
    appliance.port().arrive(test::udp_frame(test::client_flow(static_cast<std::uint16_t>(3'000 + id)),
                                            test::query_message({.qname = name, .id = id})));
    ++id;
  }
  appliance.settle();
  const auto upstream = appliance.sent();
  ASSERT_EQ(upstream.size(), 1U);
  appliance.port().arrive(test::reply_to(upstream[0], 1, 60));
  appliance.settle();
  const auto replies = appliance.sent();
  ASSERT_EQ(replies.size(), spellings.size());
  for (const test::Frame& reply : replies) {
    const auto name = test::wire_name(spellings.at(test::header_of(reply).id.value()));
    EXPECT_TRUE(std::equal(name.begin(), name.end(), test::message_of(reply).begin() + dns::kHeaderBytes));
  }
}

// RFC 2181 §9: TC sends a client to TCP, where it is already.
TEST(Waiting, TruncationIsAFailureForAClientOverTcpAndATruncationForOneOverUdp) {
  test::InProcessSpec spec;
  spec.tcp = true;
  InProcess appliance(spec);
  const net::Flow flow = test::client_flow();
  appliance.tcp_query({7, 1}, flow, test::query_message({.qname = "big.example.", .id = 1}));
  test::ask(appliance, {.qname = "big.example.", .id = 2}, test::client_flow(4'100));
  const auto upstream = appliance.sent();
  ASSERT_EQ(upstream.size(), 1U);
  test::Frame cut = test::reply_to(upstream[0], 0, 60);
  const auto view = net::FrameView::parse(cut, net::RxChecksum::kUnknown);
  std::vector<std::byte> message(test::message_of(cut).begin(), test::message_of(cut).end());
  message[2] |= std::byte{0x02};
  appliance.port().arrive(test::udp_frame(view->flow, message));
  appliance.settle();
  const auto by_tcp = appliance.tcp_replies();
  ASSERT_EQ(by_tcp.size(), 1U);
  EXPECT_EQ(std::to_integer<int>(by_tcp[0].message[3]) & 0x0f, 2) << "SERVFAIL";
  EXPECT_EQ(std::to_integer<int>(by_tcp[0].message[2]) & 0x02, 0) << "no TC";
  const auto by_udp = appliance.sent();
  ASSERT_EQ(by_udp.size(), 1U);
  EXPECT_NE(test::header_of(by_udp[0]).flags & dns::kFlagTc, 0);
}

// RFC 1035 §3.2.1: TTL 0 is for the transaction in progress; all clients that wait are part of it, later ones are not.
TEST(Waiting, TtlZeroServesThoseWhoWaitAndNobodyElse) {
  InProcess appliance;
  test::ask(appliance, {.qname = "zero.example.", .id = 1}, test::client_flow(4'000));
  test::ask(appliance, {.qname = "zero.example.", .id = 2}, test::client_flow(4'001));
  const auto upstream = appliance.sent();
  ASSERT_EQ(upstream.size(), 1U);
  appliance.port().arrive(test::reply_to(upstream[0], 1, 0));
  appliance.settle();
  EXPECT_EQ(appliance.sent().size(), 2U);
  test::ask(appliance, {.qname = "zero.example.", .id = 3}, test::client_flow(4'002));
  EXPECT_EQ(appliance.sent().size(), 1U) << "asked upstream again";
  EXPECT_EQ(appliance.count(answer::Counter::kHit), 0U);
}

TEST(Waiting, PatienceEndsWithServfailAtTheLatest) {
  InProcess appliance;
  test::ask(appliance, {.qname = "dead.example.", .id = 9, .edns_bytes = 1'232});
  std::vector<test::Frame> to_client;
  for (int i = 0; i < 60; ++i) {
    appliance.run_for(milliseconds(100), milliseconds(10));
    for (test::Frame& frame : appliance.port().sent()) to_client.push_back(std::move(frame));
  }
  ASSERT_EQ(to_client.size(), 1U);
  EXPECT_EQ(test::header_of(to_client[0]).rcode_bits(), static_cast<std::uint16_t>(dns::Rcode::kServFail));
  EXPECT_LE(appliance.egress_port().sent().size(), 3U) << "at most three packets a question";
  EXPECT_EQ(appliance.worker(0).inflight().waiting_clients(), 0U);
}

TEST(Waiting, AQuestionWithThousandsOfWaitersIsAnsweredOverSeveralPolls) {
  InProcess appliance;
  constexpr std::uint16_t kClients = 3'000;
  for (std::uint16_t i = 0; i < kClients; ++i) {
    appliance.port().arrive(test::udp_frame(test::client_flow(static_cast<std::uint16_t>(10'000 + i), 100 + i % 100),
                                            test::query_message({.qname = "many.example.", .id = i})));
  }
  appliance.settle();
  const auto upstream = appliance.sent();
  ASSERT_EQ(upstream.size(), 1U);
  appliance.port().arrive(test::reply_to(upstream[0], 1, 0));  // transient: freed only when the last is answered
  appliance.poll();
  appliance.poll();
  EXPECT_LT(appliance.sent().size(), kClients) << "a poll is bounded";
  appliance.settle();
  EXPECT_EQ(appliance.count(answer::Counter::kAnsweredWaiters), kClients);
}

// RFC 1034 §4.3.1 and the upstream's nature: what does not want recursion is never sent on.
TEST(Waiting, WithoutRecursionDesiredOnlyTheCacheAnswers) {
  InProcess appliance;
  test::ask(appliance, {.qname = "rd.example.", .flags = 0});
  const auto refused = appliance.sent();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(test::header_of(refused[0]).rcode_bits(), static_cast<std::uint16_t>(dns::Rcode::kRefused));
  EXPECT_EQ(appliance.count(answer::Counter::kRefusedRd), 1U);
}

TEST(Waiting, AHitNearItsExpiryAsksForOneRefreshAndIsAnsweredAtOnce) {
  InProcess appliance;
  test::ask(appliance, {.qname = "warm.example."});
  appliance.port().arrive(test::reply_to(appliance.sent().at(0), 1, 20));
  appliance.settle();
  static_cast<void>(appliance.sent());
  appliance.run_for(seconds(19), milliseconds(100));
  test::ask(appliance, {.qname = "warm.example.", .id = 5});
  test::ask(appliance, {.qname = "warm.example.", .id = 6});
  appliance.run_for(milliseconds(5));
  EXPECT_EQ(appliance.port().sent().size(), 2U) << "both clients were answered from the cache";
  EXPECT_EQ(appliance.egress_port().sent().size(), 1U) << "one refresh";
}

}  // namespace
