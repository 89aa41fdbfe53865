// SPDX-License-Identifier: Apache-2.0
// RFC 9715 §3: fragments of DNS are dropped without reassembly. Other fragments are the kernel's.
#include <gtest/gtest.h>

#include "net/frame.hpp"
#include "support/raw_frame.hpp"

namespace {

using net::FrameReject;
using test::RawBytes;
using test::RawUdp;

FrameReject rejected(const RawBytes& raw, net::RxChecksum known = net::RxChecksum::kUnknown) {
  const test::ExactBuffer frame(raw);
  const auto view = net::FrameView::parse(frame.span(), known);
  EXPECT_FALSE(view.has_value());
  return view.error();
}

RawUdp v4_fragment(unsigned field, unsigned source_port, unsigned destination_port) {
  RawUdp raw;
  raw.fragment = field;
  raw.source_port = source_port;
  raw.destination_port = destination_port;
  return raw;
}

RawBytes v6_fragment(unsigned offset_and_more, unsigned protocol, unsigned source_port, unsigned destination_port) {
  RawUdp raw = test::raw_v6();
  raw.protocol = 44;
  raw.source_port = source_port;
  raw.destination_port = destination_port;
  RawBytes behind{static_cast<std::uint8_t>(protocol), 0};
  test::put16(behind, offset_and_more);
  test::put(behind, {0xde, 0xad, 0xbe, 0xef});
  test::put(behind, raw.udp());
  return raw.frame_with(behind);
}

constexpr unsigned kMore = 0x2000;

TEST(Ipv4Fragment, AFirstFragmentWithPort53OnEitherSideIsDns) {
  EXPECT_EQ(rejected(v4_fragment(kMore, 40'000, 53).frame()), FrameReject::kDnsFragment);
  EXPECT_EQ(rejected(v4_fragment(kMore, 53, 40'000).frame()), FrameReject::kDnsFragment);
}

TEST(Ipv4Fragment, AFirstFragmentOfOtherPortsIsForTheKernel) {
  EXPECT_EQ(rejected(v4_fragment(kMore, 4'789, 4'789).frame()), FrameReject::kPunt);
}

TEST(Ipv4Fragment, ALaterFragmentOfUdpShowsNoPortAndIsDropped) {
  EXPECT_EQ(rejected(v4_fragment(1, 4'789, 4'789).frame()), FrameReject::kDnsFragment);
  EXPECT_EQ(rejected(v4_fragment(kMore | 0x1fff, 4'789, 4'789).frame()), FrameReject::kDnsFragment);
}

TEST(Ipv4Fragment, FragmentsOfOtherProtocolsAreForTheKernel) {
  RawUdp raw = v4_fragment(kMore, 40'000, 53);
  raw.protocol = 1;
  EXPECT_EQ(rejected(raw.frame()), FrameReject::kPunt);
  raw.fragment = 5;
  EXPECT_EQ(rejected(raw.frame()), FrameReject::kPunt);
}

TEST(Ipv4Fragment, AFirstFragmentTooShortForItsPortsIsDropped) {
  for (std::size_t size = 0; size < 4; ++size) {
    EXPECT_EQ(rejected(v4_fragment(kMore, 1, 1).frame_with(RawBytes(size, 0))), FrameReject::kDnsFragment);
  }
}

TEST(Ipv4Fragment, AWrongHeaderChecksumComesFirst) {
  RawBytes frame = v4_fragment(kMore, 40'000, 53).frame();
  frame[22] ^= 1;
  EXPECT_EQ(rejected(frame), FrameReject::kIpChecksum);
}

TEST(Ipv4Fragment, DontFragmentIsNoFragment) {
  const test::ExactBuffer frame(v4_fragment(0x4000, 40'000, 53).frame());
  EXPECT_TRUE(net::FrameView::parse(frame.span(), net::RxChecksum::kUnknown).has_value());
}

TEST(Ipv6Fragment, AFirstFragmentWithPort53OnEitherSideIsDns) {
  EXPECT_EQ(rejected(v6_fragment(1, 17, 40'000, 53)), FrameReject::kDnsFragment);
  EXPECT_EQ(rejected(v6_fragment(1, 17, 53, 40'000)), FrameReject::kDnsFragment);
}

TEST(Ipv6Fragment, AFirstFragmentOfOtherPortsIsForTheKernel) {
  EXPECT_EQ(rejected(v6_fragment(1, 17, 4'789, 4'789)), FrameReject::kPunt);
}

TEST(Ipv6Fragment, ALaterFragmentOfUdpIsDropped) {
  EXPECT_EQ(rejected(v6_fragment(8, 17, 4'789, 4'789)), FrameReject::kDnsFragment);
}

TEST(Ipv6Fragment, FragmentsOfOtherProtocolsAreForTheKernel) {
  EXPECT_EQ(rejected(v6_fragment(8, 58, 40'000, 53)), FrameReject::kPunt);
}

TEST(Ipv6Fragment, AFragmentHeaderPastTheEndIsShort) {
  RawUdp raw = test::raw_v6();
  raw.protocol = 44;
  for (std::size_t size = 0; size < 8; ++size) {
    EXPECT_EQ(rejected(raw.frame_with(RawBytes(size, 17))), FrameReject::kShort);
  }
  EXPECT_EQ(rejected(raw.frame_with(RawBytes{17, 0, 0, 1, 0, 0, 0, 0, 0, 53})), FrameReject::kDnsFragment);
}

}  // namespace
