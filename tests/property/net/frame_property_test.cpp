// SPDX-License-Identifier: Apache-2.0
// Frames of any flow and payload: what is written parses back, replies are right, truncations are refused.
#include <cstring>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "net/frame.hpp"
#include "support/raw_frame.hpp"

namespace {

using net::FrameView;
using net::RxChecksum;
using net::TxChecksum;
using test::ExactBuffer;
using test::RawBytes;
using test::RawUdp;

rc::Gen<RawBytes> any_bytes(std::size_t max) {
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, max + 1), [](std::size_t size) {
    return rc::gen::container<RawBytes>(size, rc::gen::arbitrary<std::uint8_t>());
  });
}

RawBytes any_address(bool v4) {
  RawBytes address = *rc::gen::container<RawBytes>(v4 ? 4 : 16, rc::gen::arbitrary<std::uint8_t>());
  address[0] = v4 ? 10 : 0x20;  // a sender that can be
  return address;
}

RawUdp any_frame() {
  const bool v4 = *rc::gen::arbitrary<bool>();
  RawUdp raw;
  raw.source_ip = any_address(v4);
  raw.destination_ip = any_address(v4);
  raw.source_port = *rc::gen::arbitrary<std::uint16_t>();
  raw.destination_port = *rc::gen::arbitrary<std::uint16_t>();
  raw.payload = *any_bytes(600);
  raw.vlan_tci = *rc::gen::element(0U, 1U, 0x0fffU, 0xffffU);
  raw.tos = *rc::gen::arbitrary<std::uint8_t>();
  raw.ttl = *rc::gen::arbitrary<std::uint8_t>();
  raw.fragment = *rc::gen::element(0U, 0x4000U);
  if (v4) raw.ip_options = RawBytes(4 * *rc::gen::inRange<std::size_t>(0, 11), 1);
  return raw;
}

/// Every field that a sender fills in is the same in `frame` as in `raw`, and both checksums are right.
void require_right(const RawBytes& frame, const RawUdp& raw) {
  const RawBytes ip(frame.begin() + static_cast<std::ptrdiff_t>(raw.l3()),
                    frame.begin() + static_cast<std::ptrdiff_t>(raw.l4()));
  const RawBytes udp(frame.begin() + static_cast<std::ptrdiff_t>(raw.l4()), frame.end());
  if (raw.is_v4()) {
    RC_ASSERT(test::plain_checksum(ip) == 0U);
    RC_ASSERT(test::get16(ip, 2) == ip.size() + udp.size());
  } else {
    RC_ASSERT(test::get16(ip, 4) == udp.size());
  }
  RC_ASSERT(test::get16(udp, 4) == udp.size());
  RC_ASSERT(test::get16(udp, 6) != 0U);
  RC_ASSERT(raw.udp_sum(udp) == 0U);
  RC_ASSERT(test::get16(udp, 0) == raw.source_port);
  RC_ASSERT(test::get16(udp, 2) == raw.destination_port);
  RC_ASSERT(RawBytes(udp.begin() + 8, udp.end()) == raw.payload);
  RC_ASSERT(std::equal(raw.source_ip.begin(), raw.source_ip.end(), ip.begin() + (raw.is_v4() ? 12 : 8)));
}

template <class Property>
void check(const char* name, Property property) {
  EXPECT_TRUE(rc::check(name, property));
}

TEST(FrameProperty, AParsedFrameShowsWhatWentIn) {
  check("parse", [] {
    const RawUdp raw = any_frame();
    const ExactBuffer frame(raw.frame());
    const auto view = FrameView::parse(frame.span(), RxChecksum::kUnknown);
    RC_ASSERT(view.has_value());
    RC_ASSERT(view->l3_offset == raw.l3());
    RC_ASSERT(view->l4_offset == raw.l4());
    RC_ASSERT(view->payload_bytes == raw.payload.size());
    RC_ASSERT(view->flow.source_port.value() == raw.source_port);
    RC_ASSERT(view->flow.vlan_tci == raw.vlan_tci);
    RC_ASSERT(view->flow.destination.is_v4() == raw.is_v4());
    const auto& octets = view->flow.destination.octets();
    for (std::size_t i = 0; i < raw.destination_ip.size(); ++i) {
      RC_ASSERT(std::to_integer<std::uint8_t>(octets[i + 16 - raw.destination_ip.size()]) == raw.destination_ip[i]);
    }
  });
}

TEST(FrameProperty, AReplyHasRightChecksumsAndIsAddressedBack) {
  check("make_reply", [] {
    RawUdp raw = any_frame();
    const RawBytes query = raw.frame();
    const RawBytes payload = *any_bytes(1'232);
    const std::size_t room_bytes = std::max(query.size(), query.size() - raw.payload.size() + payload.size());
    ExactBuffer room(room_bytes);
    std::memcpy(room.span().data(), query.data(), query.size());
    const auto view = FrameView::parse(room.span().first(query.size()), RxChecksum::kUnknown);
    RC_ASSERT(view.has_value());
    std::copy_n(std::as_bytes(std::span(payload)).data(), payload.size(), room.span().data() + view->payload_offset);
    const std::size_t bytes = net::make_reply(room.span(), *view, payload.size(), TxChecksum::kSoftware);
    RC_ASSERT(bytes == view->payload_offset + payload.size());
    std::swap(raw.source_ip, raw.destination_ip);
    std::swap(raw.source_port, raw.destination_port);
    raw.payload = payload;
    require_right(room.raw(bytes), raw);
  });
}

TEST(FrameProperty, AWrittenFrameIsRightAndParsesBackToItsFlow) {
  check("write_udp_frame", [] {
    RawUdp raw = any_frame();
    raw.ip_options.clear();
    const ExactBuffer model(raw.frame());
    const net::Flow flow = FrameView::parse(model.span(), RxChecksum::kUnknown)->flow;
    ExactBuffer room(net::udp_header_bytes(flow) + raw.payload.size());
    const auto payload = std::as_bytes(std::span(raw.payload));
    std::copy(payload.begin(), payload.end(),
              room.span().begin() + static_cast<std::ptrdiff_t>(net::udp_header_bytes(flow)));
    const std::size_t bytes = net::write_udp_frame(room.span(), flow, raw.payload.size(), TxChecksum::kSoftware);
    RC_ASSERT(bytes == room.span().size());
    require_right(room.raw(bytes), raw);
    const auto back = FrameView::parse(room.span(), RxChecksum::kUnknown);
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->flow.source == flow.source);
    RC_ASSERT(back->flow.destination == flow.destination);
    RC_ASSERT(back->flow.source_mac == flow.source_mac);
    RC_ASSERT(back->flow.vlan_tci == flow.vlan_tci);
  });
}

TEST(FrameProperty, EveryTruncationIsRefusedWithoutReadingPastIt) {
  check("truncate", [] {
    const RawBytes frame = any_frame().frame();
    const auto size = *rc::gen::inRange<std::size_t>(0, frame.size());
    const auto known =
        *rc::gen::element(RxChecksum::kUnknown, RxChecksum::kGood, RxChecksum::kIpBad, RxChecksum::kL4Bad);
    const ExactBuffer cut(std::span<const std::uint8_t>(frame).first(size));
    RC_ASSERT(!FrameView::parse(cut.span(), known).has_value());
  });
}

TEST(FrameProperty, AnyBytesGiveAViewWithinThemOrNone) {
  check("any bytes", [] {
    RawBytes raw = any_frame().frame();
    const auto damages = *rc::gen::inRange<std::size_t>(0, 6);
    for (std::size_t i = 0; i < damages; ++i) {
      raw[*rc::gen::inRange<std::size_t>(12, std::min<std::size_t>(raw.size(), 70))] =
          *rc::gen::arbitrary<std::uint8_t>();
    }
    const ExactBuffer frame(raw);
    const auto view = FrameView::parse(frame.span(), RxChecksum::kGood);
    if (view) RC_ASSERT(std::size_t{view->payload_offset} + view->payload_bytes <= raw.size());
  });
}

}  // namespace
