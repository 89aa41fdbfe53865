// SPDX-License-Identifier: Apache-2.0
// Which frames of the kernel cost a token.
#include "foreign_filter.hpp"

#include <gtest/gtest.h>

#include "net/text.hpp"
#include "support/raw_frame.hpp"

namespace {

using slowpath::ForeignFilter;
using test::ExactBuffer;
using test::RawBytes;
using test::RawUdp;

constexpr std::uint16_t kUplink = 3;

ForeignFilter filter() {
  return ForeignFilter(std::vector<slowpath::Server>{
      {.uplink = kUplink, .server = 0, .address = *net::parse_address("10.0.0.53"), .metered = true},
      {.uplink = kUplink, .server = 1, .address = *net::parse_address("fd77::53"), .metered = true},
      {.uplink = 7, .server = 0, .address = *net::parse_address("10.0.0.99"), .metered = false},
  });
}

RawUdp to_server_v6() { return test::raw_v6(); }

RawBytes icmpv6_to_server(std::uint8_t type) {
  RawUdp raw = to_server_v6();
  raw.protocol = 58;
  return raw.frame_with({type, 0, 0, 0, 0, 0, 0, 0});
}

RawBytes arp_to(const RawBytes& target_ip) {
  RawBytes frame{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0,  0, 9, 8, 6, 0, 1, 8, 0, 6,
                 4,    0,    1,    2,    0,    0,    0, 0, 9, 10, 0, 0, 9, 0, 0, 0, 0, 0, 0};
  test::put(frame, target_ip);
  return frame;
}

auto payer(const RawBytes& frame) { return filter().payer(ExactBuffer(frame).span()); }

TEST(ForeignFilter, Ipv4ToAMeteredServerIsPaidByItsUplink) { EXPECT_EQ(payer(RawUdp{}.frame()), kUplink); }

TEST(ForeignFilter, AnyProtocolIsPaidFor) {
  RawUdp raw;
  for (const unsigned protocol : {1U, 6U, 47U, 132U}) {
    raw.protocol = protocol;
    EXPECT_EQ(payer(raw.frame_with(RawBytes(20, 0))), kUplink) << protocol;
  }
}

TEST(ForeignFilter, AFragmentIsPaidForToo) {
  RawUdp raw;
  raw.fragment = 0x2001;
  EXPECT_EQ(payer(raw.frame()), kUplink);
}

TEST(ForeignFilter, Ipv6ToAMeteredServerIsPaidByItsUplink) { EXPECT_EQ(payer(to_server_v6().frame()), kUplink); }

TEST(ForeignFilter, ATaggedFrameIsPaidForToo) {
  RawUdp raw;
  raw.vlan_tci = 42;
  EXPECT_EQ(payer(raw.frame()), kUplink);
}

TEST(ForeignFilter, AnUnmeteredServerCostsNothing) {
  RawUdp raw;
  raw.destination_ip = {10, 0, 0, 99};
  EXPECT_EQ(payer(raw.frame()), std::nullopt);
}

TEST(ForeignFilter, AClientCostsNothing) {
  RawUdp raw;
  raw.destination_ip = {10, 0, 0, 100};
  EXPECT_EQ(payer(raw.frame()), std::nullopt);
  raw = to_server_v6();
  raw.destination_ip[15] = 0x54;
  EXPECT_EQ(payer(raw.frame()), std::nullopt);
}

TEST(ForeignFilter, AFrameFromTheServersAddressCostsNothing) {
  RawUdp raw;
  std::swap(raw.source_ip, raw.destination_ip);
  EXPECT_EQ(payer(raw.frame()), std::nullopt);
}

TEST(ForeignFilter, ArpForAMeteredServerIsNeverPaidFor) { EXPECT_EQ(payer(arp_to({10, 0, 0, 53})), std::nullopt); }

// RFC 4861 §7.3.3: a known neighbour is probed by solicitations to its unicast address.
TEST(ForeignFilter, NeighbourDiscoveryWithAMeteredServerIsNeverPaidFor) {
  for (std::uint8_t type = 133; type <= 137; ++type)
    EXPECT_EQ(payer(icmpv6_to_server(type)), std::nullopt) << int{type};
}

TEST(ForeignFilter, OtherIcmpv6IsPaidFor) {
  EXPECT_EQ(payer(icmpv6_to_server(128)), kUplink);
  EXPECT_EQ(payer(icmpv6_to_server(132)), kUplink);
  EXPECT_EQ(payer(icmpv6_to_server(138)), kUplink);
}

TEST(ForeignFilter, ACutFrameCostsNothingAndReadsNothingBehindItsEnd) {
  for (const RawBytes& whole : {RawUdp{}.frame(), to_server_v6().frame()}) {
    const std::size_t destination_ends = whole[12] == 0x08 ? 14 + 20 : 14 + 40;
    for (std::size_t bytes = 0; bytes < destination_ends; ++bytes) {
      const RawBytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes));
      EXPECT_EQ(payer(cut), std::nullopt) << bytes;
    }
  }
}

TEST(ForeignFilter, AnIpv6HeaderWithoutPayloadIsPaidFor) {
  RawUdp raw = to_server_v6();
  raw.protocol = 59;
  EXPECT_EQ(payer(raw.frame_with({})), kUplink);
}

}  // namespace
