// SPDX-License-Identifier: Apache-2.0
// Millions of broken packets through the whole path: frames, queries, responses, cache, egress, replies. Run under
// AddressSanitizer, where every packet lies in a heap buffer of exact size. SLUICE_MUTATED_PACKETS sets how many.
#include <cstdlib>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "frames.hpp"
#include "in_process.hpp"

namespace {

using test::Frame;

std::size_t packets_to_send() {
  const char* wanted = std::getenv("SLUICE_MUTATED_PACKETS");
  return wanted == nullptr ? 1'000'000 : std::strtoul(wanted, nullptr, 10);
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

  net::Flow client_flow() {
    const bool is_v4 = below(3) != 0;
    net::Flow flow;
    flow.source = is_v4 ? test::InProcess::v4(10, 77, 0, 100 + below(50))
                        : test::InProcess::v6(0xfd77, static_cast<std::uint16_t>(0x100 + below(50)));
    flow.destination = is_v4 ? test::InProcess::v4(10, 77, 0, 53) : test::InProcess::v6(0xfd77, 0x53);
    flow.source_port = base::UdpPort(static_cast<std::uint16_t>(1'024 + below(60'000)));
    flow.destination_port = base::UdpPort(53);
    flow.vlan_tci = below(16) == 0 ? 7 : 0;
    return flow;
  }

  Frame query() {
    const std::string name = "n" + std::to_string(below(500)) + (below(2) == 0 ? ".Example." : ".sub.example.");
    const auto message =
        test::query_message({.qname = name,
                             .qtype = static_cast<dns::QType>(below(4) == 0 ? below(260) : 1),
                             .id = static_cast<std::uint16_t>(random_()),
                             .flags = static_cast<std::uint16_t>(below(8) == 0 ? random_() : dns::kFlagRd),
                             .edns_bytes = static_cast<std::uint16_t>(below(2) == 0 ? 0 : below(5'000))});
    return test::udp_frame(client_flow(), message);
  }

  /// A reply to a packet that the appliance sent upstream.
  Frame reply_to(const Frame& upstream) {
    const auto frame = net::FrameView::parse(upstream, net::RxChecksum::kUnknown);
    if (!frame) return query();
    const base::Bytes message = base::Bytes(upstream).subspan(frame->payload_offset, frame->payload_bytes);
    const auto reply = test::reply_message(message, static_cast<std::uint16_t>(below(20)), below(5),
                                           static_cast<dns::Rcode>(below(4) == 0 ? below(6) : 0));
    return test::udp_frame(frame->flow.reversed(), reply);
  }

  Frame noise() {
    Frame frame(below(200));
    for (std::byte& byte : frame) byte = static_cast<std::byte>(random_());
    return frame;
  }

  void mutate(Frame& frame) {
    switch (below(6)) {
      case 0:
        return;  // sound
      case 1:
        frame.resize(below(static_cast<std::uint32_t>(frame.size()) + 1));
        return;
      case 2:
        frame.resize(frame.size() + below(64));
        return;
      default:
        for (std::uint32_t i = 0; i <= below(6) && !frame.empty(); ++i) {
          frame[below(static_cast<std::uint32_t>(frame.size()))] = static_cast<std::byte>(random_());
        }
    }
  }

 private:
  std::mt19937_64 random_;
};

bool is_upstream(const Frame& frame) {
  const auto view = net::FrameView::parse(frame, net::RxChecksum::kUnknown);
  if (!view || view->flow.destination != test::InProcess::v4(10, 77, 0, 2)) return false;
  // A reply to a client that claims the upstream's address looks alike but for QR.
  return dns::QueryView::parse(base::Bytes(frame).subspan(view->payload_offset, view->payload_bytes)).has_value();
}

TEST(WholePath, BrokenPacketsAreCountedAndChangeNothingElse) {
  test::InProcess appliance({.workers = 2});
  Mutator mutator(20);
  const std::size_t wanted = packets_to_send();
  std::vector<Frame> upstream;
  for (std::size_t sent = 0; sent < wanted;) {
    for (std::size_t i = 0; i < packet::kBurst; ++i, ++sent) {
      Frame frame = upstream.empty() || mutator.below(3) != 0 ? mutator.query() : mutator.reply_to(upstream.back());
      if (mutator.below(50) == 0) frame = mutator.noise();
      // Checksums that the port calls good let the broken bytes reach the parsers behind them.
      const bool trusted = mutator.below(3) != 0;
      mutator.mutate(frame);
      appliance.port(i % 2).arrive(std::move(frame), trusted ? net::RxChecksum::kGood : net::RxChecksum::kUnknown);
    }
    appliance.poll();
    static_cast<void>(appliance.punted());
    for (Frame& frame : appliance.sent()) {
      const auto view = net::FrameView::parse(frame, net::RxChecksum::kUnknown);
      ASSERT_TRUE(view) << "a frame that we sent does not parse";
      if (is_upstream(frame)) upstream.assign(1, std::move(frame));
    }
    if (sent % (packet::kBurst * 8) == 0) appliance.clock.advance(std::chrono::milliseconds(1));
  }
  appliance.run_for(std::chrono::seconds(12), std::chrono::milliseconds(20));
  EXPECT_TRUE(appliance.conserved());
  EXPECT_EQ(appliance.packets_held(), 0U);
  EXPECT_EQ(appliance.engine().fetches(), 0U);
  // What is sound is still answered.
  static_cast<void>(appliance.sent());
  const auto message = test::query_message({.qname = "last.example.", .id = 7});
  appliance.port().arrive(test::udp_frame(mutator.client_flow(), message));
  appliance.settle();
  const auto asked = appliance.sent();
  ASSERT_EQ(asked.size(), 1U);
  appliance.port().arrive(test::udp_frame(net::FrameView::parse(asked[0], net::RxChecksum::kUnknown)->flow.reversed(),
                                          test::reply_message(base::Bytes(asked[0]).subspan(42), 1, 60)));
  appliance.settle();
  EXPECT_EQ(appliance.sent().size(), 1U);
}

}  // namespace
