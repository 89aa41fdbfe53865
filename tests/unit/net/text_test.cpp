// SPDX-License-Identifier: Apache-2.0
#include "net/text.hpp"

#include <gtest/gtest.h>

namespace {

using std::string_view_literals::operator""sv;

std::string round_trip(const char* text) { return std::string(net::to_text(*net::parse_address(text)).view()); }
std::string prefix_trip(const char* text) { return std::string(net::to_text(*net::parse_prefix(text)).view()); }

// RFC 5952 §4: lower case, no leading zeros, the longest run of zeros shortened.
TEST(AddressText, Ipv6IsFormattedInItsCanonicalForm) {
  EXPECT_EQ(round_trip("2001:DB8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
  EXPECT_EQ(round_trip("::"), "::");
  EXPECT_EQ(round_trip("fd77::53"), "fd77::53");
}

TEST(AddressText, MappedAddressesReadAsIpv4) { EXPECT_EQ(round_trip("::ffff:192.0.2.7"), "192.0.2.7"); }

TEST(AddressText, TheLongestTextFits) {
  EXPECT_EQ(prefix_trip("1111:2222:3333:4444:5555:6666:7777:8888/128"), "1111:2222:3333:4444:5555:6666:7777:8888/128");
}

TEST(AddressText, IsTerminatedForC) {
  const net::AddressText text = net::to_text(*net::parse_address("10.0.0.1"));
  EXPECT_STREQ(text.c_str(), "10.0.0.1");
}

TEST(AddressText, WhatIsNoAddressIsRefused) {
  for (const auto text : {""sv, " "sv, "10.0.0"sv, "10.0.0.256"sv, "10.0.0.1 "sv, " 10.0.0.1"sv, "010.0.0.1"sv,
                          "10.0.0.1/8"sv, "::g"sv, "1:2:3:4:5:6:7:8:9"sv, "fe80::1%eth0"sv, "10.0.0.1\0"sv, "example"sv,
                          "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa"sv}) {
    EXPECT_FALSE(net::parse_address(text).has_value()) << text;
  }
}

TEST(PrefixText, LengthsCountFromTheFamilysFirstBit) {
  EXPECT_EQ(net::parse_prefix("10.0.0.0/8")->length, 104);
  EXPECT_EQ(net::parse_prefix("fd00::/8")->length, 8);
  EXPECT_EQ(net::parse_prefix("10.0.0.1")->length, 128);
  EXPECT_EQ(net::parse_prefix("fd00::1")->length, 128);
  EXPECT_EQ(prefix_trip("10.0.0.0/8"), "10.0.0.0/8");
  EXPECT_EQ(prefix_trip("0.0.0.0/0"), "0.0.0.0/0");
  EXPECT_EQ(prefix_trip("::/0"), "::/0");
  EXPECT_EQ(prefix_trip("::ffff:0:0/96"), "0.0.0.0/0");
}

TEST(PrefixText, WhatIsNoPrefixIsRefused) {
  for (const auto text :
       {"10.0.0.0/"sv, "10.0.0.0/33"sv, "fd00::/129"sv, "10.0.0.0/-1"sv, "10.0.0.0/+8"sv, "10.0.0.0/8 "sv,
        "10.0.0.0/8/8"sv, "/8"sv, "10/8"sv, "10.0.0.0/256"sv, "10.0.0.0/0x8"sv, ""sv}) {
    EXPECT_FALSE(net::parse_prefix(text).has_value()) << text;
  }
}

TEST(PrefixText, HostBitsAreKeptAndCanBeCleared) {
  const net::Prefix interface_address = *net::parse_prefix("10.77.0.53/24");
  EXPECT_EQ(net::to_text(interface_address.address).view(), "10.77.0.53");
  EXPECT_TRUE(net::has_host_bits(interface_address));
  EXPECT_EQ(net::network_of(interface_address), *net::parse_prefix("10.77.0.0/24"));
  EXPECT_FALSE(net::has_host_bits(*net::parse_prefix("10.77.0.0/24")));
  EXPECT_EQ(net::network_of(*net::parse_prefix("fd77::53/63")), *net::parse_prefix("fd77::/63"));
  EXPECT_FALSE(net::has_host_bits(*net::parse_prefix("192.0.2.255")));
}

TEST(MacText, SixPairsOfDigitsAreAMac) {
  EXPECT_EQ(net::to_text(*net::parse_mac("02:aB:00:ff:10:09")).view(), "02:ab:00:ff:10:09");
  for (const auto text : {""sv, "02:ab:00:ff:10"sv, "02:ab:00:ff:10:0g"sv, "02-ab-00-ff-10-09"sv,
                          "02:ab:00:ff:10:09:11"sv, "2:ab:00:ff:10:009"sv, "02:ab:00:ff:10:+9"sv}) {
    EXPECT_FALSE(net::parse_mac(text).has_value()) << text;
  }
}

}  // namespace
