// SPDX-License-Identifier: Apache-2.0
#include "net/address.hpp"

#include <gtest/gtest.h>

#include "net/text.hpp"

namespace {

bool contains(const char* prefix, const char* address) {
  return net::parse_prefix(prefix)->contains(*net::parse_address(address));
}

TEST(IpAddress, Ipv4IsKeptAsItsMappedForm) {
  EXPECT_EQ(*net::parse_address("10.1.2.3"), *net::parse_address("::ffff:10.1.2.3"));
  EXPECT_TRUE(net::parse_address("10.1.2.3")->is_v4());
  EXPECT_FALSE(net::parse_address("fd00::1")->is_v4());
  EXPECT_FALSE(net::IpAddress().is_v4());
}

TEST(Prefix, HoldsWhatSharesItsBits) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("172.16.0.0/12", "172.31.255.255"));
  EXPECT_FALSE(contains("172.16.0.0/12", "172.32.0.0"));
  EXPECT_TRUE(contains("fd00::/8", "fdff::1"));
  EXPECT_FALSE(contains("fd00::/8", "fe00::1"));
  EXPECT_TRUE(contains("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(contains("192.0.2.1", "192.0.2.0"));
}

TEST(Prefix, OfLengthZeroHoldsItsOwnFamilyOnly) {
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("::/0", "2001:db8::1"));
  EXPECT_FALSE(contains("::/0", "203.0.113.9"));
}

TEST(Flow, ReversedTwiceIsItself) {
  net::Flow flow;
  flow.source = *net::parse_address("10.0.0.1");
  flow.destination = *net::parse_address("10.0.0.2");
  flow.source_mac = *net::parse_mac("02:00:00:00:00:01");
  flow.source_port = base::UdpPort(53);
  flow.vlan_tci = 5;
  const net::Flow back = flow.reversed();
  EXPECT_EQ(back.destination, flow.source);
  EXPECT_EQ(back.destination_mac, flow.source_mac);
  EXPECT_EQ(back.destination_port, flow.source_port);
  EXPECT_EQ(back.vlan_tci, 5);
  EXPECT_EQ(back.reversed().source, flow.source);
}

}  // namespace
