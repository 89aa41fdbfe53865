// SPDX-License-Identifier: Apache-2.0
// The asker behind TCP connections as a reader of the cache, and as one asker among the workers.
#include "answer/tcp_responder.hpp"

#include <gtest/gtest.h>

#include "frames.hpp"
#include "in_process.hpp"

namespace {

constexpr base::Handle kStream{3, 1};

class TcpResponder : public ::testing::Test {
 protected:
  TcpResponder() {
    flow_.source = test::InProcess::v4(10, 77, 0, 100);
    flow_.destination = test::InProcess::v4(10, 77, 0, 53);
    flow_.source_port = base::UdpPort(40'000);
    flow_.destination_port = base::UdpPort(53);
  }
  void ask(std::uint16_t id = 1) { appliance_.tcp_query(kStream, flow_, test::query_message({.id = id})); }
  /// The upstream answers what it was asked; the workers and egress have their turns, the asker has none.
  void upstream_answers() {
    appliance_.drives_tcp = false;
    appliance_.settle();
    for (const test::Frame& frame : appliance_.egress_port().sent()) {
      const auto view = net::FrameView::parse(frame, net::RxChecksum::kUnknown);
      const base::Bytes query = base::Bytes(frame).subspan(view->payload_offset, view->payload_bytes);
      appliance_.port().arrive(test::udp_frame(view->flow.reversed(), test::reply_message(query, 1, 60)));
    }
    appliance_.settle();
  }
  void turn() {
    appliance_.drives_tcp = true;
    appliance_.poll();
  }
  /// Has every other reader let go, and the asker, too?
  [[nodiscard]] bool grace_passes(base::Qsbr::Token token) {
    appliance_.worker(0).poll(appliance_.clock.now());
    return appliance_.qsbr().passed(token);
  }

  test::InProcess appliance_{{.tcp = true}};
  net::Flow flow_;
};

TEST_F(TcpResponder, AnswersLaterWhatItDoesNotKnowNow) {
  ask();
  EXPECT_TRUE(appliance_.tcp_replies().empty());
  upstream_answers();
  turn();
  const auto replies = appliance_.tcp_replies();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].stream, kStream);
  ask(2);
  EXPECT_EQ(appliance_.tcp_replies().size(), 1U);
  EXPECT_TRUE(appliance_.conserved());
}

// Its thread sleeps in the kernel: no other thread may wait for it while it holds nothing.
TEST_F(TcpResponder, IsNoReaderWhileItHasNoQuestionOpen) {
  const base::Qsbr::Token token = appliance_.qsbr().begin_grace();
  EXPECT_TRUE(grace_passes(token));
  ask();
  upstream_answers();
  turn();
  const base::Qsbr::Token later = appliance_.qsbr().begin_grace();
  EXPECT_TRUE(grace_passes(later));
}

TEST_F(TcpResponder, KeepsTheAnswerOfACompletionUntilItsTurn) {
  ask();
  upstream_answers();
  const base::Qsbr::Token token = appliance_.qsbr().begin_grace();
  EXPECT_FALSE(grace_passes(token)) << "the answer could go before it is copied";
  turn();
  EXPECT_TRUE(grace_passes(token));
}

TEST_F(TcpResponder, ReportsAtEachTurnWhileAQuestionIsOpen) {
  ask();
  const base::Qsbr::Token token = appliance_.qsbr().begin_grace();
  EXPECT_FALSE(grace_passes(token));
  turn();
  EXPECT_TRUE(grace_passes(token));
  EXPECT_EQ(appliance_.tcp_responder().inflight().pending_queries(), 1U);
}

TEST_F(TcpResponder, ToldToLeaveItHoldsNobodyUp) {
  ask();
  const base::Qsbr::Token token = appliance_.qsbr().begin_grace();
  appliance_.tcp_responder().leave();
  EXPECT_TRUE(grace_passes(token));
}

}  // namespace
