// SPDX-License-Identifier: Apache-2.0
#include "policy/acl.hpp"

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "net/text.hpp"

namespace {

policy::Acl acl(std::initializer_list<const char*> prefixes) {
  std::vector<net::Prefix> parsed;
  for (const char* text : prefixes) parsed.push_back(*net::parse_prefix(text));
  return policy::Acl(parsed);
}
bool allows(const policy::Acl& acl, const char* address) { return acl.allows(*net::parse_address(address)); }

TEST(Acl, WithoutPrefixesAllowsNobody) {
  EXPECT_FALSE(allows(acl({}), "10.0.0.1"));
  EXPECT_FALSE(allows(acl({}), "::1"));
  EXPECT_FALSE(allows(acl({}), "0.0.0.0"));
}

TEST(Acl, AllowsWhatAPrefixHoldsToItsFirstAndLastAddress) {
  const policy::Acl private_ranges = acl({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"});
  for (const char* in : {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.7.7",
                         "fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
    EXPECT_TRUE(allows(private_ranges, in)) << in;
  }
  for (const char* out : {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
                          "fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::", "0.0.0.0", "255.255.255.255"}) {
    EXPECT_FALSE(allows(private_ranges, out)) << out;
  }
}

TEST(Acl, AnAddressBetweenAWideAndANestedPrefixIsAllowed) {
  const policy::Acl nested = acl({"10.5.0.0/16", "10.0.0.0/8", "10.5.5.5", "10.0.0.0/8"});
  EXPECT_TRUE(allows(nested, "10.200.0.1"));
  EXPECT_TRUE(allows(nested, "10.5.5.6"));
  EXPECT_TRUE(allows(nested, "10.0.0.0"));
  EXPECT_FALSE(allows(nested, "11.5.5.5"));
}

TEST(Acl, EverybodyOfOneFamilyIsNobodyOfTheOther) {
  EXPECT_TRUE(allows(acl({"::/0"}), "2001:db8::1"));
  EXPECT_FALSE(allows(acl({"::/0"}), "192.0.2.1"));
  EXPECT_TRUE(allows(acl({"0.0.0.0/0"}), "192.0.2.1"));
  EXPECT_FALSE(allows(acl({"0.0.0.0/0"}), "2001:db8::1"));
}

TEST(Acl, PrefixesLongerThanHalfAnAddressCompareTheirLowBits) {
  const policy::Acl tail = acl({"fd00::8000:0:0:0/65", "2001:db8::1"});
  EXPECT_TRUE(allows(tail, "fd00::8000:0:0:1"));
  EXPECT_FALSE(allows(tail, "fd00::7fff:0:0:1"));
  EXPECT_TRUE(allows(tail, "2001:db8::1"));
  EXPECT_FALSE(allows(tail, "2001:db8::2"));
}

TEST(Acl, HostBitsOfAPrefixDoNotCount) { EXPECT_TRUE(allows(acl({"10.1.2.3/8"}), "10.9.9.9")); }

TEST(Acl, TakesAsManyPrefixesAsSettingsHold) {
  policy::Settings settings;
  for (unsigned i = 0; i < policy::kMaxPrefixes; ++i) {
    const std::array<std::byte, 4> octets{std::byte{10}, static_cast<std::byte>(i), std::byte{0}, std::byte{0}};
    ASSERT_TRUE(settings.allow.push_back({net::IpAddress::v4(octets.data()), 96 + 24}));
  }
  const policy::Acl full(settings);
  EXPECT_TRUE(allows(full, "10.0.0.9"));
  EXPECT_TRUE(allows(full, "10.255.0.9"));
  EXPECT_FALSE(allows(full, "10.255.1.9"));
  EXPECT_FALSE(allows(full, "9.255.0.9"));
}

TEST(Acl, TheLongestPrefixDecidesBetweenAllowAndRefuse) {
  std::vector<net::Prefix> allow;
  std::vector<net::Prefix> refuse;
  for (const char* text : {"10.0.0.0/8", "10.5.5.0/24", "fd00::/8"}) allow.push_back(*net::parse_prefix(text));
  for (const char* text : {"10.5.0.0/16", "10.5.5.128/25", "fd00:bad::/32", "192.0.2.0/24"}) {
    refuse.push_back(*net::parse_prefix(text));
  }
  const policy::Acl both(allow, refuse);
  EXPECT_TRUE(allows(both, "10.4.255.255"));
  EXPECT_FALSE(allows(both, "10.5.0.0"));
  EXPECT_TRUE(allows(both, "10.5.5.127"));
  EXPECT_FALSE(allows(both, "10.5.5.128"));
  EXPECT_FALSE(allows(both, "10.5.6.0"));
  EXPECT_TRUE(allows(both, "10.6.0.0"));
  EXPECT_TRUE(allows(both, "10.255.255.255"));
  EXPECT_FALSE(allows(both, "11.0.0.0"));
  EXPECT_FALSE(allows(both, "fd00:bad::1"));
  EXPECT_TRUE(allows(both, "fd00:bae::"));
}

TEST(Acl, APrefixInBothListsIsRefused) {
  const std::array same{*net::parse_prefix("10.0.0.0/8")};
  EXPECT_FALSE(allows(policy::Acl(same, same), "10.0.0.1"));
}

TEST(Acl, EverybodyButSomeReachesTheLastAddress) {
  const std::array all{*net::parse_prefix("::/0"), *net::parse_prefix("0.0.0.0/0")};
  const std::array some{*net::parse_prefix("ffff::/16"), *net::parse_prefix("255.255.255.0/24")};
  const policy::Acl but(all, some);
  EXPECT_FALSE(allows(but, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
  EXPECT_TRUE(allows(but, "fffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
  EXPECT_FALSE(allows(but, "255.255.255.255"));
  EXPECT_TRUE(allows(but, "255.255.254.255"));
  EXPECT_TRUE(allows(but, "0.0.0.0"));
}

}  // namespace
