// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include <gtest/gtest.h>

#include "net/frame.hpp"
#include "support/raw_frame.hpp"

namespace {

using net::FrameReject;
using net::FrameView;
using net::RxChecksum;
using test::ExactBuffer;
using test::RawBytes;
using test::RawUdp;

base::Outcome<FrameView, FrameReject> parse(const RawBytes& raw, RxChecksum known = RxChecksum::kUnknown) {
  const ExactBuffer frame(raw);
  return FrameView::parse(frame.span(), known);
}

void expect_reject(const RawBytes& raw, FrameReject reason, RxChecksum known = RxChecksum::kUnknown) {
  const auto view = parse(raw, known);
  ASSERT_FALSE(view.has_value());
  EXPECT_EQ(view.error(), reason);
}

net::IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  const std::array<std::byte, 4> octets{std::byte{a}, std::byte{b}, std::byte{c}, std::byte{d}};
  return net::IpAddress::v4(octets.data());
}

TEST(FrameParse, UdpOverIpv4ShowsItsFlowAndPayload) {
  const auto view = parse(RawUdp{}.frame());
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->flow.source, v4(10, 0, 0, 9));
  EXPECT_EQ(view->flow.destination, v4(10, 0, 0, 53));
  EXPECT_EQ(view->flow.source_port, base::UdpPort(40'000));
  EXPECT_EQ(view->flow.destination_port, base::UdpPort(53));
  EXPECT_EQ(view->flow.destination_mac.octets[5], std::byte{53});
  EXPECT_EQ(view->flow.source_mac.octets[5], std::byte{9});
  EXPECT_EQ(view->flow.vlan_tci, 0);
  EXPECT_EQ(view->l3_offset, 14);
  EXPECT_EQ(view->l4_offset, 34);
  EXPECT_EQ(view->payload_offset, 42);
  EXPECT_EQ(view->payload_bytes, 7);
}

TEST(FrameParse, UdpOverIpv6ShowsItsFlowAndPayload) {
  const RawUdp raw = test::raw_v6();
  const auto view = parse(raw.frame());
  ASSERT_TRUE(view.has_value());
  EXPECT_FALSE(view->flow.source.is_v4());
  EXPECT_EQ(view->flow.source.octets()[15], std::byte{9});
  EXPECT_EQ(view->flow.destination.octets()[15], std::byte{0x53});
  EXPECT_EQ(view->l4_offset, 54);
  EXPECT_EQ(view->payload_offset, 62);
  EXPECT_EQ(view->payload_bytes, 7);
}

TEST(FrameParse, OneVlanTagIsKeptInTheFlow) {
  RawUdp raw;
  raw.vlan_tci = 0x6007;
  const auto view = parse(raw.frame());
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->flow.vlan_tci, 0x6007);
  EXPECT_EQ(view->l3_offset, 18);
  EXPECT_EQ(view->payload_offset, 46);
}

TEST(FrameParse, TwoVlanTagsGoToTheKernel) {
  RawUdp raw;
  raw.vlan_tci = 7;
  RawBytes frame = raw.frame();
  frame.insert(frame.begin() + 12, {0x81, 0x00, 0x00, 0x08});
  expect_reject(frame, FrameReject::kPunt);
  test::set16(frame, 12, 0x88a8);
  expect_reject(frame, FrameReject::kPunt);
}

TEST(FrameParse, OptionsOfAnIpv4HeaderAreSteppedOver) {
  RawUdp raw;
  raw.ip_options = RawBytes(40, 1);
  const auto view = parse(raw.frame());
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->l4_offset, 14 + 60);
  EXPECT_EQ(view->payload_bytes, 7);
}

// IEEE 802.3: a frame shorter than 60 bytes is padded, and the padding is no part of the datagram.
TEST(FrameParse, EthernetPaddingIsNoPayload) {
  RawBytes frame = RawUdp{}.frame();
  frame.resize(60, 0xee);
  const auto view = parse(frame);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->payload_bytes, 7);
}

TEST(FrameParse, AnEmptyDatagramIsUdpWithoutPayload) {
  RawUdp raw;
  raw.payload.clear();
  ASSERT_TRUE(parse(raw.frame()).has_value());
  EXPECT_EQ(parse(raw.frame())->payload_bytes, 0);
}

TEST(FrameParse, WhatIsNoIpGoesToTheKernel) {
  RawBytes frame = RawUdp{}.frame();
  test::set16(frame, 12, 0x0806);  // ARP
  expect_reject(frame, FrameReject::kPunt);
  test::set16(frame, 12, 0x88cc);  // LLDP
  expect_reject(frame, FrameReject::kPunt);
}

TEST(FrameParse, OtherProtocolsGoToTheKernelWhateverTheirChecksums) {
  for (const unsigned protocol : {1U, 2U, 6U, 132U}) {
    RawUdp raw;
    raw.protocol = protocol;
    RawBytes frame = raw.frame();
    frame[24] ^= 1;
    expect_reject(frame, FrameReject::kPunt);
    expect_reject(frame, FrameReject::kPunt, RxChecksum::kIpBad);
  }
}

// RFC 8200 §4: hop-by-hop options, routing, destination options, AH, and ICMPv6.
TEST(FrameParse, Ipv6ExtensionHeadersGoToTheKernel) {
  for (const unsigned protocol : {0U, 43U, 60U, 51U, 58U, 59U}) {
    RawUdp raw = test::raw_v6();
    raw.protocol = protocol;
    expect_reject(raw.frame(), FrameReject::kPunt);
  }
}

TEST(FrameParse, EveryTruncationIsShort) {
  for (const RawUdp& raw : {RawUdp{}, test::raw_v6()}) {
    const RawBytes frame = raw.frame();
    for (std::size_t size = 0; size < frame.size(); ++size) {
      expect_reject(RawBytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)), FrameReject::kShort);
    }
  }
}

TEST(FrameParse, AVlanTagThatEndsTheFrameIsShort) {
  RawBytes frame = RawUdp{}.ethernet();
  test::set16(frame, 12, 0x8100);
  expect_reject(frame, FrameReject::kShort);
}

TEST(FrameParse, LengthFieldsThatContradictTheirHeadersAreShort) {
  struct Case {
    std::size_t at;
    unsigned value;
    const char* why;
  };
  const RawBytes good = RawUdp{}.frame();
  for (const Case& c :
       {Case{14, 0x4400, "IHL 4"}, Case{14, 0x6500, "version 6 under an IPv4 ethertype"},
        Case{16, 19, "total length below the header"}, Case{16, 27, "no room for UDP"}, Case{16, 36, "past the end"},
        Case{38, 7, "UDP length below its header"}, Case{38, 16, "UDP length past the IP payload"}}) {
    RawBytes frame = good;
    test::set16(frame, c.at, c.value);
    SCOPED_TRACE(c.why);
    expect_reject(frame, FrameReject::kShort, RxChecksum::kGood);
  }
  RawBytes v6 = test::raw_v6().frame();
  v6[14] = 0x45;
  expect_reject(v6, FrameReject::kShort, RxChecksum::kGood);
}

// The frame ends with the IP payload, so that reading the missing header would leave the buffer.
TEST(FrameParse, ADatagramShorterThanItsHeaderIsShort) {
  for (const RawUdp& raw : {RawUdp{}, test::raw_v6()}) {
    for (std::size_t size = 0; size < 8; ++size) {
      expect_reject(raw.frame_with(RawBytes(size, 0)), FrameReject::kShort, RxChecksum::kGood);
    }
  }
}

// Read from four bytes too early, the ports would pass for length and checksum of a datagram.
TEST(FrameParse, AHeaderLengthBelowTwentyIsNotFollowed) {
  RawUdp raw;
  raw.source_port = 10;
  raw.destination_port = 0;
  RawBytes frame = raw.frame();
  frame[14] = 0x44;
  expect_reject(frame, FrameReject::kShort, RxChecksum::kGood);
}

TEST(FrameParse, BytesBehindTheUdpLengthAreNoPayload) {
  RawUdp raw;
  RawBytes udp = raw.udp();
  test::put(udp, {1, 2, 3, 4});
  const auto view = parse(raw.frame_with(udp));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->payload_bytes, 7);
}

TEST(FrameParse, AWrongHeaderChecksumIsSeenUnlessThePortVouchesForIt) {
  RawBytes frame = RawUdp{}.frame();
  frame[22] ^= 1;  // TTL
  expect_reject(frame, FrameReject::kIpChecksum);
  EXPECT_TRUE(parse(frame, RxChecksum::kGood).has_value());
  expect_reject(RawUdp{}.frame(), FrameReject::kIpChecksum, RxChecksum::kIpBad);
}

TEST(FrameParse, AWrongUdpChecksumIsSeenUnlessThePortVouchesForIt) {
  for (const RawUdp& raw : {RawUdp{}, test::raw_v6()}) {
    RawBytes frame = raw.frame();
    frame.back() ^= 1;
    expect_reject(frame, FrameReject::kUdpChecksum);
    EXPECT_TRUE(parse(frame, RxChecksum::kGood).has_value());
    expect_reject(raw.frame(), FrameReject::kUdpChecksum, RxChecksum::kL4Bad);
  }
}

TEST(FrameParse, TheUdpChecksumCoversTheAddresses) {
  RawBytes frame = test::raw_v6().frame();
  frame[14 + 8 + 15] ^= 1;
  expect_reject(frame, FrameReject::kUdpChecksum);
}

// One's complement detects every single flipped bit; none may be read past.
TEST(FrameParse, NoSingleFlippedBitBehindTheMacsGoesUnseen) {
  for (const RawUdp& raw : {RawUdp{}, test::raw_v6()}) {
    const RawBytes good = raw.frame();
    for (std::size_t bit = 12 * 8; bit < good.size() * 8; ++bit) {
      const std::size_t byte = bit / 8;
      const bool unprotected =
          !raw.is_v4() && (byte < 18 && byte >= 14 && bit % 8 < 4 + 4 * (byte > 14));  // class, label
      const bool hop_limit = !raw.is_v4() && byte == 21;
      if (unprotected || hop_limit) continue;
      RawBytes frame = good;
      frame[byte] = static_cast<std::uint8_t>(frame[byte] ^ (1U << (bit % 8)));
      EXPECT_FALSE(parse(frame).has_value()) << "bit " << bit;
    }
  }
}

// RFC 768: a checksum of zero says that the sender made none.
TEST(FrameParse, AnIpv4DatagramWithoutChecksumIsAcceptedEvenWhenThePortCallsItBad) {
  RawUdp raw;
  raw.udp_checksum = false;
  EXPECT_TRUE(parse(raw.frame()).has_value());
  EXPECT_TRUE(parse(raw.frame(), RxChecksum::kL4Bad).has_value());
}

// RFC 8200 §8.1: over IPv6 the checksum is not optional.
TEST(FrameParse, AnIpv6DatagramWithoutChecksumIsRefusedEvenWhenThePortCallsItGood) {
  RawUdp raw = test::raw_v6();
  raw.udp_checksum = false;
  expect_reject(raw.frame(), FrameReject::kUdpChecksum);
  expect_reject(raw.frame(), FrameReject::kUdpChecksum, RxChecksum::kGood);
}

// RFC 1122 §3.2.1.3: a datagram whose source no host can have is dropped.
TEST(FrameParse, SendersThatCannotBeAreMartians) {
  for (const RawBytes& source :
       {RawBytes{127, 0, 0, 1}, RawBytes{224, 0, 0, 251}, RawBytes{239, 1, 1, 1}, RawBytes{255, 255, 255, 255}}) {
    RawUdp raw;
    raw.source_ip = source;
    expect_reject(raw.frame(), FrameReject::kMartian);
  }
  RawUdp raw = test::raw_v6();
  raw.source_ip[0] = 0xff;
  expect_reject(raw.frame(), FrameReject::kMartian);
}

// An IPv4-mapped address inside an IPv6 header would pass for an IPv4 client.
TEST(FrameParse, MappedAddressesOverIpv6AreMartians) {
  const RawBytes mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 9};
  RawUdp raw = test::raw_v6();
  raw.source_ip = mapped;
  expect_reject(raw.frame(), FrameReject::kMartian);
  raw = test::raw_v6();
  raw.destination_ip = mapped;
  expect_reject(raw.frame(), FrameReject::kMartian);
}

TEST(FrameParse, NeighboursOfTheMartianRangesAreClients) {
  for (const RawBytes& source : {RawBytes{126, 255, 255, 255}, RawBytes{128, 0, 0, 1}, RawBytes{223, 0, 0, 1},
                                 RawBytes{240, 0, 0, 1}, RawBytes{0, 0, 0, 0}}) {
    RawUdp raw;
    raw.source_ip = source;
    EXPECT_TRUE(parse(raw.frame()).has_value()) << int{source[0]};
  }
  RawUdp nat64 = test::raw_v6();
  nat64.source_ip = {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 9};
  EXPECT_TRUE(parse(nat64.frame()).has_value());
}

}  // namespace
