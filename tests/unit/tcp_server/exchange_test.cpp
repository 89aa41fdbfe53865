// SPDX-License-Identifier: Apache-2.0
// Queries and answers over TCP: framing, pipelining, order, the cache that all transports share.
#include <set>

#include <gmock/gmock.h>

#include "tcp_world.hpp"

namespace {

using test::StreamClient;
using ::testing::ElementsAre;
using Counter = tcp_server::Counter;

class TcpExchange : public test::TcpWorld {};

// RFC 7766 §5: a query over TCP is answered over TCP. §6.2.1.1: on the same connection.
TEST_F(TcpExchange, AMissIsAskedUpstreamAndAnsweredOnItsConnection) {
  start();
  StreamClient asker = connect();
  StreamClient other = connect();
  asker.ask({.id = 7});
  pump();
  EXPECT_FALSE(asker.reply());
  const auto asked = upstream();
  ASSERT_EQ(asked.size(), 1U);
  answer(asked[0]);
  const auto reply = asker.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(test::id_of(*reply), 7U);
  EXPECT_EQ(test::answers_of(*reply), 1U);
  EXPECT_FALSE(other.reply());
  EXPECT_EQ(appliance->count(answer::Counter::kAsked), 1U);
  EXPECT_TRUE(appliance->conserved());
}

TEST_F(TcpExchange, WhatOneTransportLearnedTheOtherAnswersFromTheCache) {
  start();
  learn("www.example.");
  net::Flow flow;
  flow.source = test::InProcess::v4(10, 77, 0, 100);
  flow.destination = test::InProcess::v4(10, 77, 0, 53);
  flow.source_port = base::UdpPort(4'000);
  flow.destination_port = base::UdpPort(53);
  appliance->port().arrive(test::udp_frame(flow, test::query_message({.id = 9})));
  pump();
  EXPECT_EQ(appliance->port().sent().size(), 1U);
  EXPECT_TRUE(upstream().empty());
  StreamClient client = connect();
  client.ask({.id = 10});
  pump();
  EXPECT_TRUE(client.reply());
  EXPECT_TRUE(upstream().empty());
}

// RFC 7766 §6.2.1.1: queries are pipelined, and answers leave as they are ready, not in the order of the queries.
TEST_F(TcpExchange, PipelinedQueriesAreAnsweredInTheOrderInWhichAnswersComeIn) {
  start();
  StreamClient client = connect();
  client.ask({.qname = "slow.example.", .id = 1});
  client.ask({.qname = "fast.example.", .id = 2});
  pump();
  const auto asked = upstream();
  ASSERT_EQ(asked.size(), 2U);
  answer(asked[1]);
  answer(asked[0]);
  std::vector<unsigned> order;
  while (const auto reply = client.reply()) order.push_back(test::id_of(*reply));
  EXPECT_THAT(order, ElementsAre(2, 1));
}

// RFC 7766 §6.2.1.1: a hundred at once on one connection.
TEST_F(TcpExchange, AHundredPipelinedQueriesAreEachAnsweredOnce) {
  start();
  learn("known.example.");
  StreamClient client = connect();
  test::Frame all;
  for (std::uint16_t id = 0; id < 100; ++id) {
    const test::Frame one = StreamClient::framed(test::query_message({.qname = "known.example.", .id = id}));
    all.insert(all.end(), one.begin(), one.end());
  }
  client.write(all);
  pump();
  std::set<unsigned> ids;
  while (const auto reply = client.reply()) EXPECT_TRUE(ids.insert(test::id_of(*reply)).second);
  EXPECT_EQ(ids.size(), 100U);
}

// RFC 1035 §4.2.2, 7766 §8: a message may come in any number of segments.
TEST_F(TcpExchange, AQueryThatComesOctetByOctetIsAnswered) {
  start();
  learn("www.example.");
  StreamClient client = connect();
  for (const std::byte octet : StreamClient::framed(test::query_message({.id = 3}))) {
    EXPECT_FALSE(client.reply());
    client.write({octet});
    pump(1);
  }
  pump();
  EXPECT_TRUE(client.reply());
}

// RFC 1035 §4.2.1 and §4.2.2: what is too large for a datagram is whole over TCP.
TEST_F(TcpExchange, AnAnswerThatUdpWouldCutIsWhole) {
  start();
  learn("big.example.", 60);
  StreamClient client = connect();
  client.ask({.qname = "big.example."});
  pump();
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(test::answers_of(*reply), 60U);
  EXPECT_EQ(std::to_integer<unsigned>((*reply)[2]) & 0x02U, 0U) << "TC";
}

TEST_F(TcpExchange, AQuestionOfBothTransportsGoesUpstreamOnce) {
  start();
  StreamClient first = connect();
  StreamClient second = connect();
  first.ask({.id = 1});
  second.ask({.id = 2});
  pump();
  const auto asked = upstream();
  ASSERT_EQ(asked.size(), 1U);
  answer(asked[0]);
  EXPECT_TRUE(first.reply());
  EXPECT_TRUE(second.reply());
}

TEST_F(TcpExchange, ARepeatedQueryIsAnsweredOnceAndTheConnectionGoesOn) {
  start({.max_in_flight = 2});
  StreamClient client = connect();
  for (int i = 0; i < 5; ++i) client.ask({.qname = "same.example.", .id = 1});
  client.ask({.qname = "other.example.", .id = 2});
  pump();
  const auto asked = upstream();
  ASSERT_EQ(asked.size(), 2U);
  answer(asked[0]);
  answer(asked[1]);
  EXPECT_TRUE(client.reply());
  EXPECT_TRUE(client.reply());
  EXPECT_FALSE(client.reply());
}

// RFC 7766 §6.2.1: an answer never goes to another connection than its query's.
TEST_F(TcpExchange, AnswersForAClosedConnectionAreDroppedAndCounted) {
  start();
  StreamClient leaving = connect();
  leaving.ask({.id = 1});
  pump();
  const auto asked = upstream();
  leaving.reset();
  pump();
  EXPECT_EQ(server->connections(), 0U);
  StreamClient next = connect();  // takes the same place
  answer(asked.at(0));
  EXPECT_FALSE(next.reply());
  EXPECT_EQ(count(Counter::kNoConnection), 1U);
  EXPECT_EQ(count(Counter::kEndReset), 1U);
}

// A client may close its side when it has asked all it wants.
TEST_F(TcpExchange, AClientThatFinishedWritingStillGetsWhatItIsOwed) {
  start();
  StreamClient client = connect();
  client.ask({.id = 1});
  client.finish_writing();
  pump();
  EXPECT_FALSE(client.ended());
  answer(upstream().at(0));
  EXPECT_TRUE(client.reply());
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(count(Counter::kEndClient), 1U);
}

TEST_F(TcpExchange, AClientWhosePatienceIsOverIsAnsweredServfail) {
  start();
  StreamClient client = connect();
  client.ask({.id = 1});
  pump();
  for (int i = 0; i < 60; ++i) pass(std::chrono::milliseconds(100));
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(test::rcode_of(*reply), 2U);
  EXPECT_EQ(appliance->tcp_responder().inflight().waiting_clients(), 0U);
}

TEST_F(TcpExchange, AStrangerIsRefusedAsOverUdp) {
  test::InProcessSpec spec;
  ASSERT_TRUE(spec.guard.allow.push_back({test::InProcess::v4(10, 77, 0, 0), 96 + 16}));
  start({}, spec);
  StreamClient client = connect();
  client.ask({.id = 1});
  pump();
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(test::rcode_of(*reply), 5U);
  EXPECT_EQ(appliance->count(answer::Counter::kRefusedAcl), 1U);
}

// RFC 7766 §5: as much a must over IPv6.
TEST_F(TcpExchange, Ipv6ClientsAreServedAndTheirFlowIsTheirs) {
  start({}, {}, "::1");
  StreamClient client(server->port(), "::1");
  ASSERT_TRUE(client.connected());
  client.ask({.id = 1});
  pump();
  answer(upstream().at(0));
  EXPECT_TRUE(client.reply());
}

// RFC 1035 §4.2.2: the length says how long a message is; none is shorter than its header.
TEST_F(TcpExchange, ALengthThatNoMessageHasEndsTheConnectionAfterWhatWasRight) {
  start();
  learn("www.example.");
  for (const std::size_t length : {0U, 11U}) {
    StreamClient client = connect();
    client.ask({.id = 1});
    client.write(StreamClient::framed(test::Frame(length)));
    pump();
    EXPECT_TRUE(client.reply());
    EXPECT_TRUE(client.ended());
  }
  EXPECT_EQ(count(Counter::kEndBadLength), 2U);
}

// A stop answers those who wait, and ends what is open.
TEST_F(TcpExchange, AStopAnswersThoseWhoWaitBeforeItEndsTheirConnections) {
  start();
  StreamClient client = connect();
  client.ask({.id = 1});
  pump();
  appliance->engine().abandon_all();
  pump();
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(test::rcode_of(*reply), 2U);
  server->close();
  uv_run(&loop, UV_RUN_NOWAIT);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(count(Counter::kEndStop), 1U);
  server->close();
}

}  // namespace
