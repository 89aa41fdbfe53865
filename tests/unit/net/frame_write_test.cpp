// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include "net/frame.hpp"
#include "support/raw_frame.hpp"

namespace {

using net::Flow;
using net::FrameView;
using net::TxChecksum;
using test::ExactBuffer;
using test::get16;
using test::RawBytes;
using test::RawUdp;

Flow flow_of(const RawUdp& raw) {
  const ExactBuffer frame(raw.frame());
  return FrameView::parse(frame.span(), net::RxChecksum::kUnknown)->flow;
}

/// A new frame with `raw`'s flow and payload.
RawBytes written(const RawUdp& raw, TxChecksum mode) {
  const Flow flow = flow_of(raw);
  ExactBuffer room(net::udp_header_bytes(flow) + raw.payload.size());
  std::memcpy(room.span().data() + net::udp_header_bytes(flow), raw.payload.data(), raw.payload.size());
  return room.raw(net::write_udp_frame(room.span(), flow, raw.payload.size(), mode));
}

/// `raw`'s frame turned into a reply with `payload`.
RawBytes replied(const RawUdp& raw, const RawBytes& payload, TxChecksum mode) {
  const RawBytes query = raw.frame();
  ExactBuffer room(query.size() + payload.size());
  std::memcpy(room.span().data(), query.data(), query.size());
  const auto view = FrameView::parse(room.span().first(query.size()), net::RxChecksum::kUnknown);
  std::ranges::copy(std::as_bytes(std::span(payload)), room.span().begin() + view->payload_offset);
  return room.raw(net::make_reply(room.span(), *view, payload.size(), mode));
}

/// What a reply to `raw` has to look like, byte by byte.
RawBytes expected_reply(RawUdp raw, const RawBytes& payload) {
  std::swap(raw.source_ip, raw.destination_ip);
  std::swap(raw.source_port, raw.destination_port);
  raw.payload = payload;
  raw.ttl = 64;
  raw.tos = 0;
  raw.fragment = 0x4000;
  raw.udp_checksum = true;
  raw.ip_options.assign(raw.ip_options.size(), 1);
  RawBytes frame = raw.frame();
  std::swap_ranges(frame.begin(), frame.begin() + 6, frame.begin() + 6);
  if (raw.is_v4()) {
    test::set16(frame, raw.l3() + 4, 0);  // ID
    test::set16(frame, raw.l3() + 10, 0);
    const auto ip = frame.begin() + static_cast<std::ptrdiff_t>(raw.l3());
    test::set16(frame, raw.l3() + 10,
                test::plain_checksum({ip, ip + static_cast<std::ptrdiff_t>(raw.l4() - raw.l3())}));
  } else {
    test::set16(frame, raw.l3(), 0x6000);
    test::set16(frame, raw.l3() + 2, 0);
  }
  return frame;
}

TEST(FrameReply, OverIpv4IsTheWayBackByteByByte) {
  const RawBytes payload{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  EXPECT_EQ(replied(RawUdp{}, payload, TxChecksum::kSoftware), expected_reply(RawUdp{}, payload));
}

TEST(FrameReply, OverIpv6IsTheWayBackByteByByte) {
  const RawBytes payload{1, 2, 3};
  EXPECT_EQ(replied(test::raw_v6(), payload, TxChecksum::kSoftware), expected_reply(test::raw_v6(), payload));
}

TEST(FrameReply, KeepsTheVlanTag) {
  RawUdp raw;
  raw.vlan_tci = 0x2001;
  EXPECT_EQ(replied(raw, {9}, TxChecksum::kSoftware), expected_reply(raw, {9}));
}

// A priority tag (VLAN 0, priority 0) is a tag and stays in place.
TEST(FrameReply, KeepsATagThatSaysNothing) {
  RawUdp raw;
  raw.vlan_tci = 1;
  RawBytes query = raw.frame();
  test::set16(query, 14, 0);
  ExactBuffer room(query);
  const auto view = FrameView::parse(room.span(), net::RxChecksum::kUnknown);
  ASSERT_TRUE(view.has_value());
  const std::size_t bytes = net::make_reply(room.span(), *view, raw.payload.size(), TxChecksum::kSoftware);
  EXPECT_EQ(bytes, query.size());
  EXPECT_EQ(get16(room.raw(bytes), 12), 0x8100U);
  EXPECT_EQ(get16(room.raw(bytes), 16), 0x0800U);
}

TEST(FrameReply, TurnsIpOptionsIntoNops) {
  RawUdp raw;
  raw.ip_options = {7, 7, 4, 10, 0, 0, 1, 0};  // record route
  EXPECT_EQ(replied(raw, {9, 9}, TxChecksum::kSoftware), expected_reply(raw, {9, 9}));
}

// RFC 3168 §5: congestion marks belong to one packet and are not echoed.
TEST(FrameReply, DoesNotEchoTheTrafficClass) {
  for (RawUdp raw : {RawUdp{}, test::raw_v6()}) {
    raw.tos = 0xb9;
    raw.fragment = 0x4000;
    EXPECT_EQ(replied(raw, {1}, TxChecksum::kSoftware), expected_reply(raw, {1}));
  }
}

TEST(FrameReply, ToAQueryWithoutUdpChecksumHasOne) {
  RawUdp raw;
  raw.udp_checksum = false;
  EXPECT_EQ(replied(raw, {1}, TxChecksum::kSoftware), expected_reply(raw, {1}));
}

TEST(FrameReply, MayBeEmptyAndMayBeLarge) {
  EXPECT_EQ(replied(RawUdp{}, {}, TxChecksum::kSoftware), expected_reply(RawUdp{}, {}));
  const RawBytes large(1'232, 0xa5);
  EXPECT_EQ(replied(test::raw_v6(), large, TxChecksum::kSoftware), expected_reply(test::raw_v6(), large));
}

TEST(FrameReply, WithoutRoomWritesNothing) {
  const RawBytes query = RawUdp{}.frame();
  ExactBuffer room(query);
  const auto view = FrameView::parse(room.span(), net::RxChecksum::kUnknown);
  EXPECT_EQ(net::make_reply(room.span(), *view, 8, TxChecksum::kSoftware), 0U);
  EXPECT_EQ(room.raw(query.size()), query);
}

TEST(FrameReply, LargerThanALengthFieldWritesNothing) {
  ExactBuffer room(70'000);
  const RawBytes query = RawUdp{}.frame();
  std::memcpy(room.span().data(), query.data(), query.size());
  const auto view = FrameView::parse(room.span().first(query.size()), net::RxChecksum::kUnknown);
  EXPECT_EQ(net::make_reply(room.span(), *view, 65'535, TxChecksum::kSoftware), 0U);
}

TEST(FrameWrite, ParsesBackToItsFlowAndPayload) {
  for (RawUdp raw : {RawUdp{}, test::raw_v6()}) {
    for (const unsigned tci : {0U, 0x7ffU}) {
      raw.vlan_tci = tci;
      const ExactBuffer frame(written(raw, TxChecksum::kSoftware));
      const auto view = FrameView::parse(frame.span(), net::RxChecksum::kUnknown);
      ASSERT_TRUE(view.has_value());
      EXPECT_EQ(view->flow.source, flow_of(raw).source);
      EXPECT_EQ(view->flow.source_port, base::UdpPort(40'000));
      EXPECT_EQ(view->flow.destination_port, base::UdpPort(53));
      EXPECT_EQ(view->flow.source_mac, flow_of(raw).source_mac);
      EXPECT_EQ(view->flow.vlan_tci, tci);
      EXPECT_EQ(view->payload_bytes, raw.payload.size());
    }
  }
}

// RFC 9715 §3.1: our datagrams are never fragmented on the way.
TEST(FrameWrite, Ipv4CarriesDontFragmentAndAFreshTtl) {
  const RawBytes frame = written(RawUdp{}, TxChecksum::kSoftware);
  EXPECT_EQ(get16(frame, 14 + 6), 0x4000U);
  EXPECT_EQ(frame[14 + 8], 64);
  EXPECT_EQ(written(test::raw_v6(), TxChecksum::kSoftware)[14 + 7], 64);
}

// RFC 768: a sum that comes out as zero is sent as all ones.
TEST(FrameWrite, AComputedChecksumOfZeroIsSentAsAllOnes) {
  RawUdp raw;
  raw.payload = {0, 0};
  raw.udp_checksum = false;
  test::set16(raw.payload, 0, raw.udp_sum(raw.udp()));
  ASSERT_EQ(raw.udp_sum(raw.udp()), 0U);
  EXPECT_EQ(get16(written(raw, TxChecksum::kSoftware), raw.l4() + 6), 0xffffU);
}

TEST(FrameWrite, ForAnOffloadingPortHoldsThePseudoHeaderSumAndNoIpChecksum) {
  for (const RawUdp& raw : {RawUdp{}, test::raw_v6()}) {
    RawBytes pseudo = raw.source_ip;
    test::put(pseudo, raw.destination_ip);
    test::put16(pseudo, 17);
    test::put16(pseudo, static_cast<unsigned>(8 + raw.payload.size()));
    const RawBytes frame = written(raw, TxChecksum::kOffload);
    EXPECT_EQ(get16(frame, raw.l4() + 6), 0xffff ^ test::plain_checksum(pseudo));
    if (raw.is_v4()) {
      EXPECT_EQ(get16(frame, 14 + 10), 0U);
    }
  }
}

TEST(FrameReply, ForAnOffloadingPortDiffersInItsChecksumFieldsOnly) {
  for (const RawUdp& raw : {RawUdp{}, test::raw_v6()}) {
    RawBytes software = replied(raw, {1, 2, 3}, TxChecksum::kSoftware);
    RawBytes offload = replied(raw, {1, 2, 3}, TxChecksum::kOffload);
    EXPECT_NE(software, offload);
    if (raw.is_v4()) {
      EXPECT_EQ(get16(offload, 14 + 10), 0U);
    }
    for (RawBytes* frame : {&software, &offload}) {
      if (raw.is_v4()) test::set16(*frame, 14 + 10, 0);
      test::set16(*frame, raw.l4() + 6, 0);
    }
    EXPECT_EQ(software, offload);
  }
}

TEST(FrameWrite, WithoutRoomOrAcrossFamiliesWritesNothing) {
  const Flow flow = flow_of(RawUdp{});
  ExactBuffer room(net::udp_header_bytes(flow) + 10);
  EXPECT_EQ(net::write_udp_frame(room.span(), flow, 11, TxChecksum::kSoftware), 0U);
  EXPECT_EQ(net::write_udp_frame(room.span().first(10), flow, 0, TxChecksum::kSoftware), 0U);
  Flow mixed = flow;
  mixed.source = flow_of(test::raw_v6()).source;
  EXPECT_EQ(net::write_udp_frame(room.span(), mixed, 0, TxChecksum::kSoftware), 0U);
}

TEST(FrameWrite, HeaderSizesCountTheTagAndTheVersion) {
  Flow flow = flow_of(RawUdp{});
  EXPECT_EQ(net::udp_header_bytes(flow), 42U);
  flow.vlan_tci = 1;
  EXPECT_EQ(net::udp_header_bytes(flow), 46U);
  EXPECT_EQ(net::udp_header_bytes(flow_of(test::raw_v6())), 62U);
}

}  // namespace
