// SPDX-License-Identifier: Apache-2.0
// Two workers, the asker of TCP connections and the egress core on threads of their own, as in the daemon; run under ThreadSanitizer.
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "frames.hpp"
#include "in_process.hpp"

namespace {

constexpr std::size_t kWorkers = 2;
constexpr std::size_t kAskers = kWorkers + 1;
constexpr std::size_t kQueriesPerWorker = 4'000;
constexpr std::size_t kNames = 300;

using FrameRing = base::SpscRing<test::Frame*>;

net::Flow flow_of(std::size_t worker, std::size_t query) {
  net::Flow flow;
  flow.source = test::InProcess::v4(10, 77, 1 + static_cast<unsigned>(worker), static_cast<unsigned>(query % 250));
  flow.destination = test::InProcess::v4(10, 77, 0, 53);
  flow.source_port = base::UdpPort(static_cast<std::uint16_t>(1'024 + query));
  flow.destination_port = base::UdpPort(53);
  return flow;
}

/// What one polling thread does: it brings its own queries and the upstream's replies to its queue.
struct WorkerThread {
  test::InProcess& appliance;
  std::size_t index;
  FrameRing& replies;
  std::atomic<std::size_t>& finished;
  std::size_t answered = 0;
  std::size_t failed = 0;

  void run() {
    test::HeapPort& port = appliance.port(index);
    std::size_t asked = 0;
    while (finished.load() < kAskers) {  // a reply for the other worker's question may come in here
      if (asked < kQueriesPerWorker && asked < answered + 200) {
        const std::string name = "n" + std::to_string((asked * 7) % kNames) + ".example.";
        port.arrive(test::udp_frame(flow_of(index, asked),
                                    test::query_message({.qname = name, .id = static_cast<std::uint16_t>(asked)})));
        ++asked;
      }
      while (test::Frame* const* reply = replies.front()) {
        port.arrive(std::move(**reply));
        delete *reply;
        replies.pop();
      }
      appliance.worker(index).poll(appliance.clock.now());
      for (const test::Frame& frame : port.sent()) {
        ++answered;
        if ((std::to_integer<unsigned>(frame[42 + 3]) & 0x0fU) != 0) ++failed;
        if (answered == kQueriesPerWorker) ++finished;
      }
    }
  }
};

/// What the slow path's thread does for TCP connections; it looks now and then, and between two looks it is no reader.
struct StreamThread {
  test::InProcess& appliance;
  std::atomic<std::size_t>& finished;
  std::size_t answered = 0;
  std::size_t failed = 0;

  void run() {
    std::size_t asked = 0;
    while (answered < kQueriesPerWorker) {
      for (; asked < kQueriesPerWorker && asked < answered + 50; ++asked) {
        const std::string name = "n" + std::to_string((asked * 5) % kNames) + ".example.";
        appliance.tcp_query({static_cast<std::uint32_t>(asked), 1}, flow_of(kWorkers, asked),
                            test::query_message({.qname = name, .id = static_cast<std::uint16_t>(asked)}));
      }
      std::this_thread::yield();
      appliance.tcp_turn();
      for (const test::TcpReply& reply : appliance.tcp_replies()) {
        ++answered;
        if ((std::to_integer<unsigned>(reply.message[3]) & 0x0fU) != 0) ++failed;
      }
    }
    ++finished;
  }
};

/// Replies on their way from the upstream's thread to a worker's.
struct OwnedRing {
  std::vector<test::Frame*> slots = std::vector<test::Frame*>(4'096);
  base::SpscRing<test::Frame*> ring{slots};
};

TEST(ApplianceThreads, EveryQueryIsAnsweredOnceByWorkersAndEgressOnTheirOwnThreads) {
  egress::Settings egress;
  egress::UplinkSettings uplink;
  ASSERT_TRUE(uplink.servers.push_back(test::InProcess::v4(10, 77, 0, 2)));
  uplink.budget.limit_pps = 0;  // the budget has tests of its own; here everything shall move
  ASSERT_TRUE(egress.uplinks.push_back(uplink));
  test::InProcess appliance({.workers = kWorkers, .egress = egress, .tcp = true});
  appliance.drives_tcp = false;
  std::deque<OwnedRing> replies(kWorkers);

  std::atomic<bool> done{false};
  std::size_t upstream_packets = 0;
  std::thread egress_thread([&] {
    std::size_t turn = 0;
    while (!done.load()) {
      appliance.egress_role().poll(appliance.clock.now());
      for (const test::Frame& frame : appliance.egress_port().sent()) {
        const auto view = net::FrameView::parse(frame, net::RxChecksum::kUnknown);
        const base::Bytes query = base::Bytes(frame).subspan(view->payload_offset, view->payload_bytes);
        auto* reply = new test::Frame(
            test::udp_frame(view->flow.reversed(), test::reply_message(query, 2, turn % 3 == 0 ? 0 : 60)));
        ++upstream_packets;
        if (!replies[turn++ % kWorkers].ring.push(reply)) delete reply;
      }
    }
  });
  std::atomic<std::size_t> finished{0};
  WorkerThread first{appliance, 0, replies[0].ring, finished};
  WorkerThread second{appliance, 1, replies[1].ring, finished};
  StreamThread stream{appliance, finished};
  std::thread first_thread([&] { first.run(); });
  std::thread stream_thread([&] { stream.run(); });
  second.run();
  first_thread.join();
  stream_thread.join();
  done.store(true);
  egress_thread.join();
  appliance.settle();

  EXPECT_EQ(first.answered + second.answered, kWorkers * kQueriesPerWorker);
  EXPECT_EQ(stream.answered, kQueriesPerWorker);
  EXPECT_EQ(first.failed + second.failed + stream.failed, 0U);
  EXPECT_GE(upstream_packets, kNames);
  EXPECT_TRUE(appliance.conserved());
  EXPECT_EQ(appliance.packets_held(), 0U);
}

}  // namespace
