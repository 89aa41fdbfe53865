// SPDX-License-Identifier: Apache-2.0
// Frames on a port: right checksums both ways, neighbours asked and answered, every packet given back.
#include "loadgen/port_backend.hpp"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "neighbour.hpp"
#include "net/text.hpp"
#include "support/heap_port.hpp"

namespace {

using loadgen::Incoming;
using loadgen::NeighbourKind;
using loadgen::PortBackend;
using net::FrameView;
using net::RxChecksum;
using test::Frame;

const net::MacAddress kOwnMac = *net::parse_mac("02:00:00:00:00:01");
const net::MacAddress kServerMac = *net::parse_mac("02:00:00:00:00:53");

class StepClock final : public base::Clock {
 public:
  [[nodiscard]] base::Instant now() const noexcept override {
    at_ns_ += 50'000'000;
    return base::Instant(at_ns_);
  }

 private:
  mutable std::uint64_t at_ns_ = 1'000'000'000;
};

struct Family {
  const char* server;
  const char* client;
  const char* authority;
};

class OnAPort : public testing::TestWithParam<Family> {
 protected:
  OnAPort() {
    PortBackend::Spec spec{.port = &port_,
                           .mac = kOwnMac,
                           .server = server_,
                           .next_hop = server_,
                           .endpoints = {{client_}, {client_}},
                           .asker = client_,
                           .authority = authority_};
    backend_ = std::move(*PortBackend::create(spec));
    backend_->set_next_hop(kServerMac);
  }
  ~OnAPort() override {
    backend_.reset();
    EXPECT_EQ(lent_.count(), 0U) << "packets that were not given back";
  }

  Frame question(std::uint32_t endpoint) {
    loadgen::Outgoing out;
    out.endpoint = endpoint;
    out.bytes = 33;
    out.data.fill(std::byte{7});
    EXPECT_EQ(backend_->send({&out, 1}), 1U);
    return port_.sent().at(0);
  }
  static Frame reply_to(const Frame& question) {
    Frame reply = question;
    const FrameView view = FrameView::parse(reply, RxChecksum::kUnknown).value();
    EXPECT_NE(net::make_reply(reply, view, view.payload_bytes, net::TxChecksum::kSoftware), 0U);
    return reply;
  }
  std::vector<Incoming> received() {
    std::array<Incoming, loadgen::kBatch> in;
    return {in.begin(), in.begin() + static_cast<std::ptrdiff_t>(backend_->receive(in))};
  }
  [[nodiscard]] std::uint64_t stat(std::string_view name) const {
    for (const auto& [key, value] : backend_->stats()) {
      if (key == name) return value;
    }
    return ~std::uint64_t{0};
  }

  test::Lent lent_;
  test::HeapPort port_{lent_};
  net::IpAddress server_ = *net::parse_address(GetParam().server);
  net::IpAddress client_ = *net::parse_address(GetParam().client);
  net::IpAddress authority_ = *net::parse_address(GetParam().authority);
  std::unique_ptr<PortBackend> backend_;
};

TEST_P(OnAPort, AQuestionIsARightFrameFromItsEndpoint) {
  const Frame one = question(0);
  const Frame other = question(1);
  const auto view = FrameView::parse(one, RxChecksum::kUnknown);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->flow.source, client_);
  EXPECT_EQ(view->flow.destination, server_);
  EXPECT_EQ(view->flow.destination_mac, kServerMac);
  EXPECT_EQ(view->flow.destination_port.value(), 53);
  EXPECT_EQ(view->payload_bytes, 33);
  EXPECT_NE(FrameView::parse(other, RxChecksum::kUnknown)->flow.source_port, view->flow.source_port);
}

// RFC 1035 §4.1: the question comes back, and an answer behind it.
TEST_P(OnAPort, TheServersOwnQuestionToTheAuthorityIsAnswered) {
  const std::array<unsigned char, 19> query{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1};
  const net::Flow flow{kServerMac, kOwnMac, 0, server_, authority_, base::UdpPort(4'000), base::UdpPort(53)};
  Frame frame(200);
  std::memcpy(frame.data() + net::udp_header_bytes(flow), query.data(), query.size());
  frame.resize(net::write_udp_frame(frame, flow, query.size(), net::TxChecksum::kSoftware));
  port_.arrive(frame);
  EXPECT_TRUE(received().empty()) << "it is no answer to a client";

  const auto sent = port_.sent();
  ASSERT_EQ(sent.size(), 1U);
  const auto view = FrameView::parse(sent[0], RxChecksum::kUnknown);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->flow.source, authority_);
  EXPECT_EQ(view->flow.destination, server_);
  EXPECT_EQ(view->flow.destination_port.value(), 4'000);
  const base::Bytes answer = base::Bytes(sent[0]).subspan(view->payload_offset, view->payload_bytes);
  ASSERT_EQ(answer.size(), query.size() + 16);
  EXPECT_EQ(base::load_be16(answer.data()), 0x1234);
  EXPECT_EQ(std::to_integer<unsigned>(answer[2]) & 0x80U, 0x80U);
  EXPECT_EQ(base::load_be16(answer.data() + 6), 1) << "one record";
  EXPECT_EQ(stat("authority_answers"), 1U);
}

TEST_P(OnAPort, AnAnswerComesBackToTheEndpointThatAsked) {
  port_.arrive(reply_to(question(1)));
  port_.arrive(reply_to(question(0)));
  const auto in = received();
  ASSERT_EQ(in.size(), 2U);
  EXPECT_EQ(in[0].endpoint, 1U);
  EXPECT_EQ(in[1].endpoint, 0U);
  EXPECT_EQ(in[0].message.size(), 33U);
}

TEST_P(OnAPort, AWrongChecksumIsCountedAndTheAnswerIsNone) {
  Frame reply = reply_to(question(0));
  reply.back() ^= std::byte{1};
  port_.arrive(reply);
  EXPECT_TRUE(received().empty());
  EXPECT_EQ(backend_->bad_checksums(), 1U);
}

TEST_P(OnAPort, AnAnswerFromAnotherAddressOrPortIsAStrangers) {
  Frame asked = question(0);
  FrameView view = FrameView::parse(asked, RxChecksum::kUnknown).value();
  view.flow.destination_port = base::UdpPort(54);
  Frame from_54(asked.size());
  std::copy(asked.begin() + view.payload_offset, asked.end(), from_54.begin() + view.payload_offset);
  ASSERT_NE(net::write_udp_frame(from_54, view.flow.reversed(), view.payload_bytes, net::TxChecksum::kSoftware), 0U);
  port_.arrive(from_54);
  EXPECT_TRUE(received().empty());
  EXPECT_EQ(stat("strangers"), 1U);
}

TEST_P(OnAPort, AnAnswerToASpoofedSourceIsHandedOnAsSuch) {
  Frame asked = question(0);
  FrameView view = FrameView::parse(asked, RxChecksum::kUnknown).value();
  view.flow.source = *net::parse_address(view.flow.source.is_v4() ? "10.99.1.2" : "fd99::1");
  Frame answer(asked.size());
  std::copy(asked.begin() + view.payload_offset, asked.end(), answer.begin() + view.payload_offset);
  ASSERT_NE(net::write_udp_frame(answer, view.flow.reversed(), view.payload_bytes, net::TxChecksum::kSoftware), 0U);
  port_.arrive(answer);
  const auto in = received();
  ASSERT_EQ(in.size(), 1U);
  EXPECT_EQ(in[0].endpoint, loadgen::kSpoofed);
  EXPECT_EQ(stat("strangers"), 0U);
}

TEST_P(OnAPort, WhoeverAsksForAClientsMacIsTold) {
  Frame ask(loadgen::kNeighbourFrameBytes);
  ask.resize(loadgen::write_ask(ask, server_, kServerMac, client_));
  port_.arrive(ask);
  EXPECT_TRUE(received().empty());
  const auto sent = port_.sent();
  ASSERT_EQ(sent.size(), 1U);
  const auto told = loadgen::parse_neighbour(sent[0]);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->kind, NeighbourKind::kTell);
  EXPECT_EQ(told->target, client_);
  EXPECT_EQ(told->target_mac, kOwnMac);
}

TEST_P(OnAPort, NobodyIsToldOfAnAddressThatIsNotOurs) {
  Frame ask(loadgen::kNeighbourFrameBytes);
  ask.resize(loadgen::write_ask(ask, client_, kServerMac, server_));
  port_.arrive(ask);
  EXPECT_TRUE(received().empty());
  EXPECT_TRUE(port_.sent().empty());
}

TEST_P(OnAPort, TheNextHopIsAskedForUntilItTells) {
  const StepClock clock;
  EXPECT_TRUE(backend_->find_next_hop(clock, std::chrono::seconds(1))) << "is known already";
  backend_ = std::move(*PortBackend::create({.port = &port_,
                                             .mac = kOwnMac,
                                             .server = server_,
                                             .next_hop = server_,
                                             .endpoints = {{client_}},
                                             .asker = client_}));
  const auto silent = backend_->find_next_hop(clock, std::chrono::seconds(1));
  ASSERT_FALSE(silent);
  EXPECT_THAT(silent.error().sentence(), testing::HasSubstr(GetParam().server));
  const auto asked = port_.sent();
  ASSERT_GE(asked.size(), 4U);
  const auto ask = loadgen::parse_neighbour(asked[0]);
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->kind, NeighbourKind::kAsk);
  EXPECT_EQ(ask->target, server_);
  Frame tell(loadgen::kNeighbourFrameBytes);
  tell.resize(loadgen::write_tell(tell, server_, kServerMac, client_, kOwnMac));
  port_.arrive(tell);
  EXPECT_TRUE(backend_->find_next_hop(clock, std::chrono::seconds(1)));
  static_cast<void>(port_.sent());
  EXPECT_EQ(FrameView::parse(question(0), RxChecksum::kUnknown)->flow.destination_mac, kServerMac);
}

TEST_P(OnAPort, AFullPortTakesWhatItCanAndLosesNothing) {
  port_.set_tx_room(3);
  std::vector<loadgen::Outgoing> batch(10);
  for (auto& out : batch) out.bytes = 20;
  EXPECT_EQ(backend_->send(batch), 3U);
  EXPECT_EQ(lent_.count(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Families, OnAPort,
                         testing::Values(Family{"10.77.0.53", "10.77.0.200", "10.77.0.2"},
                                         Family{"fd77::53", "fd77::200", "fd77::2"}),
                         [](const auto& family) { return family.index == 0 ? "V4" : "V6"; });

TEST(ClientsOnAPort, NeedAddresses) {
  test::Lent lent;
  test::HeapPort port(lent);
  const auto backend = PortBackend::create({.port = &port,
                                            .mac = kOwnMac,
                                            .server = *net::parse_address("10.77.0.53"),
                                            .next_hop = {},
                                            .endpoints = {{}},
                                            .asker = {}});
  ASSERT_FALSE(backend);
  EXPECT_THAT(backend.error().sentence(), testing::HasSubstr("--sources"));
}

}  // namespace
