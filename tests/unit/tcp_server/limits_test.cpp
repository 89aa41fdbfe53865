// SPDX-License-Identifier: Apache-2.0
// What a connection may cost: numbers, times, memory. RFC 7766 §6.2, 9210 §4.
#include "tcp_world.hpp"

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::StreamClient;
using Counter = tcp_server::Counter;

class TcpLimits : public test::TcpWorld {
 protected:
  /// The connections ever accepted are open or ended for a reason.
  void TearDown() override {
    std::uint64_t ended = 0;
    for (std::size_t i = 0; i < stats::kCounters<Counter>; ++i) {
      if (tcp_server::is_end(static_cast<Counter>(i))) ended += count(static_cast<Counter>(i));
    }
    EXPECT_EQ(count(Counter::kAccepted), ended + server->connections());
  }
};

// RFC 7766 §6.2.3: an idle connection is closed after some seconds; only a whole query counts as use.
TEST_F(TcpLimits, AnIdleConnectionIsClosedAndAQueryBeginsItsTimeAnew) {
  start({.idle_timeout = seconds(10)});
  learn("www.example.");
  StreamClient quiet = connect();
  StreamClient busy = connect();
  pass(seconds(9));
  busy.ask({});
  pump();
  EXPECT_TRUE(busy.reply());
  pass(seconds(2));
  EXPECT_TRUE(quiet.ended());
  EXPECT_FALSE(busy.ended());
  pass(seconds(9));
  EXPECT_TRUE(busy.ended());
  EXPECT_EQ(count(Counter::kEndIdle), 2U);
}

// RFC 7766 §6.2.3: not idle while a query of it is being worked on.
TEST_F(TcpLimits, AConnectionThatWaitsForAnAnswerIsNotIdle) {
  start({.idle_timeout = milliseconds(100)});
  StreamClient client = connect();
  client.ask({});
  pump();
  pass(milliseconds(300));
  ASSERT_FALSE(client.ended());
  answer(upstream().at(0));
  EXPECT_TRUE(client.reply());
  pass(milliseconds(99));
  EXPECT_FALSE(client.ended());
  pass(milliseconds(1));
  EXPECT_TRUE(client.ended());
}

// RFC 7766 §6.2.3, 9210 §6.2: octets alone keep nothing open.
TEST_F(TcpLimits, AQueryThatTricklesInIsClosedWhenItsTimeIsOver) {
  start({.query_timeout = seconds(3)});
  StreamClient client = connect();
  const test::Frame query = StreamClient::framed(test::query_message({}));
  for (std::size_t i = 0; i < 6; ++i) {
    client.write({query[i]});
    pump(2);
    pass(milliseconds(499));
    EXPECT_FALSE(client.ended()) << i;
  }
  pass(milliseconds(10));
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(count(Counter::kEndSlowQuery), 1U);
}

// RFC 7766 §6.2.2: a limit for each client, so that one cannot take what is there for all.
TEST_F(TcpLimits, AClientGetsNoMoreThanItsShare) {
  start({.max_connections_per_client = 2});
  StreamClient first = connect();
  StreamClient second = connect();
  StreamClient third = connect();
  EXPECT_TRUE(third.ended());
  EXPECT_FALSE(first.ended());
  EXPECT_EQ(count(Counter::kRefusedClient), 1U);
  first.close();
  pump();
  StreamClient fourth = connect();
  EXPECT_FALSE(fourth.ended());
  EXPECT_EQ(server->connections(), 2U);
}

// RFC 7766 §6.2.3: under pressure the longest idle connection goes first.
TEST_F(TcpLimits, ANewConnectionTakesTheLongestIdleOnesPlace) {
  start({.max_connections = 2});
  learn("www.example.");
  StreamClient older = connect();
  StreamClient newer = connect();
  older.ask({});
  pump();
  ASSERT_TRUE(older.reply());
  StreamClient third = connect();
  EXPECT_TRUE(newer.ended()) << "it has been idle for longer";
  EXPECT_FALSE(older.ended());
  EXPECT_FALSE(third.ended());
  EXPECT_EQ(count(Counter::kEndMakeRoom), 1U);
}

TEST_F(TcpLimits, ANewConnectionIsRefusedWhenAllOthersWaitForAnswers) {
  start({.max_connections = 1});
  StreamClient first = connect();
  first.ask({});
  pump();
  StreamClient second = connect();
  EXPECT_TRUE(second.ended());
  EXPECT_EQ(count(Counter::kRefusedLimit), 1U);
  answer(upstream().at(0));
  EXPECT_TRUE(first.reply());
}

// RFC 7766 §6.2.1: what cannot be worked on yet is not read; nothing is lost.
TEST_F(TcpLimits, MoreQueriesThanMayWaitAreReadWhenOthersAreAnswered) {
  start({.max_in_flight = 2});
  StreamClient client = connect();
  for (std::uint16_t id = 0; id < 5; ++id) {
    std::string name(1, static_cast<char>('a' + id));
    name += ".example.";
    client.ask({.qname = name, .id = id});
  }
  pump();
  auto asked = upstream();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(count(Counter::kPaused), 1U);
  std::size_t replies = 0;
  while (!asked.empty()) {
    for (const Upstream& one : asked) answer(one);
    while (client.reply()) ++replies;
    asked = upstream();
    EXPECT_LE(asked.size(), 2U);
  }
  EXPECT_EQ(replies, 5U);
}

TEST_F(TcpLimits, AfterItsLastQueryAConnectionIsAnsweredAndClosed) {
  start({.max_queries_per_connection = 2});
  learn("known.example.");
  StreamClient client = connect();
  client.ask({.qname = "new.example.", .id = 1});
  client.ask({.qname = "known.example.", .id = 2});
  client.ask({.qname = "known.example.", .id = 3});
  pump();
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(test::id_of(*reply), 2U);
  EXPECT_FALSE(client.ended());
  answer(upstream().at(0));
  EXPECT_TRUE(client.reply());
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(count(Counter::kEndQueryLimit), 1U);
}

/// Queries of a client that never reads, as many as the sockets take.
class TcpSlowReader : public TcpLimits {
 protected:
  void fill(StreamClient& client) {
    const int small = 262'144;  // of many segments: the window then opens without the kernel's timers
    ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    const test::Frame query = StreamClient::framed(test::query_message({.qname = "big.example."}));
    for (int i = 0; i < 20'000; ++i) {
      if (::send(client.fd(), query.data(), query.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) break;
      if (i % 64 == 0) pump(1);
    }
    pump();
  }
};

// RFC 7766 §6.2.1, 9210 §6.2: a client that asks and does not read costs a bounded amount for a bounded time.
TEST_F(TcpSlowReader, IsNotReadFromAndClosedWhenItsTimeIsOver) {
  start({.idle_timeout = seconds(10)});
  learn("big.example.", 60);
  StreamClient client = connect();
  fill(client);
  const std::uint64_t answered = count(Counter::kReplies);
  fill(client);
  EXPECT_EQ(count(Counter::kReplies), answered) << "it is read although it does not read";
  pass(seconds(11));
  EXPECT_EQ(server->connections(), 0U);
  EXPECT_EQ(count(Counter::kEndSlowReader), 1U);
}

TEST_F(TcpSlowReader, ThatReadsAgainGetsEveryAnswer) {
  start();
  learn("big.example.", 60);
  StreamClient client = connect();
  fill(client);
  const std::uint64_t asked_while_full = count(Counter::kMessages);
  std::uint64_t got = 0;
  for (int i = 0; i < 2'000 && server->connections() == 1 && (i < 50 || got < count(Counter::kMessages) - 1); ++i) {
    while (client.reply()) ++got;
    pump(1);
  }
  EXPECT_GT(count(Counter::kMessages), asked_while_full) << "reading went on";
  EXPECT_EQ(got + 1, count(Counter::kMessages));  // one is learn()'s
}

TEST_F(TcpLimits, MemoryForHalfReceivedQueriesIsBoundedOverAllConnections) {
  start({.max_buffered_bytes = 100'000});
  const test::Frame begun(40'000, std::byte{0x70});  // a length of 28784, and a second one
  std::vector<StreamClient> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(connect());
    clients.back().write(test::Frame(begun.begin(), begun.begin() + 20'000));
    pump();
  }
  EXPECT_GE(count(Counter::kEndNoMemory), 1U);
  EXPECT_LE(server->connections(), 5U);
}

}  // namespace
