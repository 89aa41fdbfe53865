// SPDX-License-Identifier: Apache-2.0
// Values that are right by themselves and wrong together, and features that this version lacks.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace config::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string uplinks(std::string_view list) { return std::string(kPort) + "uplinks:\n" + std::string(list); }

std::string port(std::string_view more) {
  return "port: {profile: af_packet, device: eth1, " + std::string(more) + "}\n" + std::string(kUplinks);
}

TEST(ConfigOwnAddresses, AreGivenOnce) {
  EXPECT_EQ(error_of(port("addresses: [10.77.0.53/24, 10.77.0.53/16]")),
            "t.yaml:1:69: port.addresses[1]: 10.77.0.53 is given twice, first in line 1; allowed: each address once");
}

TEST(ConfigOwnAddresses, CanBelongToAHost) {
  EXPECT_THAT(error_of(port("addresses: [10.77.0.0/24]")), HasSubstr("10.77.0.0 is the address of the network itself"));
  EXPECT_THAT(error_of(port("addresses: [10.77.0.255/24]")), HasSubstr("is the broadcast address"));
  EXPECT_THAT(error_of(port("addresses: [10.77.0.53/0]")), HasSubstr("has a prefix of length 0"));
  EXPECT_THAT(error_of(port("addresses: [127.0.0.1/8]")), HasSubstr("is a loopback address"));
  EXPECT_THAT(error_of(port("addresses: [224.0.0.1/24]")), HasSubstr("is a multicast or reserved address"));
  EXPECT_THAT(error_of(port("addresses: [10.77.0.53/24, \"ff02::1/64\"]")), HasSubstr("is a multicast address"));
  EXPECT_THAT(error_of(port("addresses: [10.77.0.53/24, \"fd77::/64\"]")),
              HasSubstr("fd77:: is the address of the network"));
  EXPECT_EQ(error_of(port("addresses: [10.77.0.53/32]")), "no error");
}

TEST(ConfigTap, IsNotThePort) {
  EXPECT_THAT(error_of(port("addresses: [10.77.0.53/24], tap: eth1")),
              HasSubstr("port.tap: \"eth1\" is the name of the port itself"));
}

TEST(ConfigGateways, StandInANetworkOfOurs) {
  const std::string both = "addresses: [10.77.0.53/24, \"fd77::53/64\"], gateways: ";
  EXPECT_EQ(error_of(port(both + "[10.77.0.1, \"fd77::1\"]")), "no error");
  EXPECT_EQ(error_of(port(both + "[\"fe80::1\"]")), "no error");
  EXPECT_EQ(error_of(port(both + "[10.78.0.1]")),
            "t.yaml:1:96: port.gateways[0]: 10.78.0.1 is outside the networks of port.addresses; allowed: the address "
            "of a router in a network of port.addresses");
  EXPECT_THAT(error_of(port(both + "[10.77.0.53]")), HasSubstr("10.77.0.53 is an address of this port"));
  EXPECT_THAT(error_of(port(both + "[10.77.0.1, 10.77.0.2]")),
              HasSubstr("10.77.0.2 is the second gateway of its family"));
  EXPECT_THAT(error_of(port(both + "[10.77.0.1], tap: none")), HasSubstr("has no effect without port.tap"));
  EXPECT_THAT(error_of(port(both + "[127.0.0.1]")), HasSubstr("is a loopback address"));
}

TEST(ConfigUplinks, MayNotAskOurselves) {
  EXPECT_EQ(
      error_of(uplinks("  - name: vpc\n    servers: [10.77.0.2, 10.77.0.53]\n")),
      "t.yaml:4:26: uplinks[0].servers[1]: 10.77.0.53 is an address of this port (port.addresses[0]): queries would "
      "loop; allowed: the address of another host");
}

TEST(ConfigUplinks, HaveServersThatCanBeReached) {
  EXPECT_THAT(error_of(port("addresses: [10.77.0.53/24]") + "# only IPv4\n"), "no error");
  EXPECT_EQ(error_of("port: {profile: af_packet, device: e1, addresses: [10.77.0.53/24]}\n"
                     "uplinks: [{name: vpc, servers: [\"fd77::2\"]}]\n"),
            "t.yaml:2:33: uplinks[0].servers[0]: fd77::2 cannot be reached: no address in port.addresses is IPv6; "
            "allowed: a server of a family that the port has");
  EXPECT_THAT(error_of(uplinks("  - {name: a, servers: [127.0.0.1]}\n")), HasSubstr("127.0.0.1 is a loopback address"));
  EXPECT_THAT(error_of(uplinks("  - {name: a, servers: [0.0.0.0]}\n")),
              HasSubstr("0.0.0.0 is not the address of a host"));
}

TEST(ConfigUplinks, ShareNeitherServerNorName) {
  EXPECT_THAT(
      error_of(uplinks("  - {name: a, servers: [10.77.0.2, 10.77.0.2]}\n")),
      StartsWith("t.yaml:3:36: uplinks[0].servers[1]: 10.77.0.2 is already a server, in line 3; allowed: each"));
  const std::string twice =
      error_of(uplinks("  - {name: a, servers: [10.77.0.2]}\n  - {name: a, servers: [10.77.0.2]}\n") +
               "forward: [{zone: \".\", uplink: a}]\n");
  EXPECT_THAT(twice, HasSubstr("t.yaml:4:12: uplinks[1].name: \"a\" is already an uplink, in line 3"));
  EXPECT_THAT(twice, HasSubstr("t.yaml:4:25: uplinks[1].servers[0]: 10.77.0.2 is already a server, in line 3"));
}

TEST(ConfigBudget, ReserveLeavesSomething) {
  EXPECT_EQ(error_of(uplinks("  - name: a\n    servers: [10.77.0.2]\n    budget: {limit: 24, reserve: 24}\n")),
            "t.yaml:5:34: uplinks[0].budget.reserve: 24 leaves nothing of the limit of 24; allowed: less than 24");
  EXPECT_THAT(error_of(uplinks("  - name: a\n    servers: [10.77.0.2]\n    budget: {limit: none, reserve: 1}\n")),
              HasSubstr("an unmetered uplink has nothing to reserve from"));
}

TEST(ConfigForward, NamesUplinksThatExist) {
  EXPECT_EQ(error_of(minimal("forward:\n  - {zone: \".\", uplink: vcp}\n")),
            "t.yaml:4:25: forward[0].uplink: there is no uplink \"vcp\", did you mean \"vpc\"?; allowed: vpc");
}

TEST(ConfigForward, HasEachZoneOnce) {
  EXPECT_EQ(error_of(minimal("forward:\n  - {zone: a.example, uplink: vpc}\n  - {zone: A.example., uplink: vpc}\n"
                             "  - {zone: \".\", uplink: vpc}\n")),
            "t.yaml:5:12: forward[1].zone: \"a.example.\" already has an uplink, in line 4; allowed: each zone once");
}

TEST(ConfigForward, LeavesNoNameWithoutUplink) {
  EXPECT_EQ(error_of(minimal("forward:\n  - {zone: a.example, uplink: vpc}\n")),
            "t.yaml:4:3: forward: there is no uplink for names outside these zones; "
            "allowed: a list with {zone: \".\", uplink: NAME} in it");
  EXPECT_THAT(error_of(uplinks("  - {name: a, servers: [10.77.0.2]}\n  - {name: b, servers: [10.77.0.3]}\n")),
              HasSubstr("forward: there are several uplinks, and no zone says which one to ask"));
}

TEST(ConfigCache, LimitsOfTtlsAgree) {
  EXPECT_EQ(error_of(minimal("cache: {min_ttl: 2h, max_ttl: 1h}\n")),
            "t.yaml:3:18: cache.min_ttl: min_ttl 2h is more than max_ttl 1h; allowed: min_ttl up to max_ttl");
  EXPECT_THAT(error_of(minimal("cache: {min_ttl: 2d}\n")), HasSubstr("min_ttl 2d is more than max_ttl 1d"));
  EXPECT_THAT(error_of(minimal("cache: {negative_ttl: {max: 10s, without_soa: 11s}}\n")),
              HasSubstr("cache.negative_ttl.without_soa: 11s is more than negative_ttl.max 10s; allowed: 0s to 10s"));
  EXPECT_EQ(error_of(minimal("cache: {max_entries: 1, max_ttl: 1s}\n")), "no error");
}

TEST(ConfigClients, NetworksDoNotOverlap) {
  EXPECT_EQ(error_of(minimal("clients: {allow: [10.1.0.0/16, 10.0.0.0/8]}\n")),
            "t.yaml:3:19: clients.allow[0]: is already covered by clients.allow[1], in line 3; "
            "allowed: networks that do not overlap");
  EXPECT_THAT(error_of(minimal("clients: {allow: [10.0.0.0/8, 10.0.0.0/8]}\n")),
              StartsWith("t.yaml:3:31: clients.allow[1]: is already covered by clients.allow[0]"));
}

TEST(ConfigRebind, ZonesThatMayBePrivateBelongToAnUplinkWithTheProtection) {
  const auto file = [](const std::string& more) {
    return std::string(kPort) + "uplinks: [{name: vpc, servers: [10.77.0.2]" + more + "}]\n";
  };
  const auto settings = load_here(file(", rebind_protection: on, private_zones: [Corp.example, b.example]"));
  ASSERT_TRUE(settings) << settings.error().sentence();
  const egress::UplinkSettings& uplink = settings->egress.uplinks[0];
  EXPECT_EQ(uplink.rebind, egress::RebindProtection::kOn);
  EXPECT_EQ(uplink.private_zones.size(), 14U + 11U);
  EXPECT_EQ(load_here(file(""))->egress.uplinks[0].rebind, egress::RebindProtection::kOff);
  EXPECT_THAT(error_of(file(", private_zones: [corp.example]")),
              HasSubstr("uplinks[0].private_zones: has no effect while rebind_protection is off"));
  std::string many = ", rebind_protection: on, private_zones: [";
  for (int i = 10; i < 60; ++i) many += "a-zone-with-a-long-name-" + std::to_string(i) + ".example, ";
  EXPECT_THAT(error_of(file(many + "x]")), HasSubstr("does not fit: the zones before it fill 1024 bytes"));
}

TEST(ConfigClients, PartsOfAllowedNetworksMayBeRefused) {
  const auto settings = load_here(minimal("clients: {allow: [10.0.0.0/8, 10.5.5.0/24], refuse: [10.5.0.0/16]}\n"));
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_EQ(settings->policy.allow.size(), 2U);
  ASSERT_EQ(settings->policy.refuse.size(), 1U);
  EXPECT_EQ(settings->policy.refuse[0].length, 96 + 16);
  EXPECT_EQ(error_of(minimal("clients: {allow: [10.0.0.0/8], refuse: [192.0.2.0/24]}\n")),
            "t.yaml:3:41: clients.refuse[0]: is not part of a network in clients.allow; "
            "allowed: a part of an allowed network");
  EXPECT_THAT(error_of(minimal("clients: {allow: [10.0.0.0/8], refuse: [10.0.0.0/8]}\n")),
              HasSubstr("clients.refuse[0]: is not part"));
}

TEST(ConfigClients, DropPolicyIsCompleteAndAddsUpToAHundred) {
  EXPECT_EQ(error_of(minimal("clients:\n  drop_policy: {newest: 0, random: 50, oldest: 49}\n")),
            "t.yaml:4:16: clients.drop_policy: the percentages add up to 99; "
            "allowed: newest, random and oldest that add up to exactly 100");
  EXPECT_EQ(error_of(minimal("clients:\n  drop_policy: {newest: 0, random: 50}\n")),
            "t.yaml:4:16: clients.drop_policy.oldest: is missing; allowed: 0 to 100");
  EXPECT_EQ(error_of(minimal("clients:\n  drop_policy: {newest: 10, random: 20, oldest: 70}\n")), "no error");
}

TEST(ConfigClients, LimitOfAQueryIsNotAboveItsMaximum) {
  EXPECT_THAT(error_of(minimal("clients: {per_query: {limit: 101}}\n")),
              HasSubstr("clients.per_query.limit: limit 101 is more than max 100; allowed: limit up to max"));
  EXPECT_THAT(error_of(minimal("clients: {per_query: {limit: 10, max: 5000}}\n")), HasSubstr("clients.per_query.max"));
  EXPECT_EQ(error_of(minimal("clients: {per_query: {limit: 10, max: 100}, answers_per_burst: 0}\n")), "no error");
}

TEST(ConfigEgress, AlwaysTcpNeedsTheKernelsInterface) {
  const std::string no_tap =
      "port: {profile: af_packet, device: eth1, addresses: [10.77.0.53/24], tap: none}\n" + std::string(kUplinks);
  EXPECT_THAT(error_of(no_tap + "egress: {upstream_tcp: always}\n"),
              HasSubstr("egress.upstream_tcp: there is no TCP without port.tap"));
  EXPECT_EQ(error_of(no_tap + "egress: {upstream_tcp: never}\n"), "no error");
  EXPECT_EQ(error_of(minimal("egress: {upstream_tcp: always}\n")), "no error");
}

TEST(ConfigEgress, QuotaGrowsBelowWhereItShrinks) {
  EXPECT_THAT(
      error_of(minimal("egress: {fetch_quota: {low: 0.3, high: 0.3}}\n")),
      HasSubstr("t.yaml:3:29: egress.fetch_quota.low: low 0.3 is not below high 0.3; allowed: low less than high"));
}

TEST(ConfigEal, RefusesWhatOtherKeysDecide) {
  EXPECT_EQ(error_of(minimal("eal: [\"-l\", \"0,1\"]\n")),
            "t.yaml:3:7: eal[0]: \"-l\" selects lcores; use the key lcores; allowed: other EAL arguments");
  EXPECT_THAT(error_of(minimal("eal: [\"--lcores=0@1\"]\n")), HasSubstr("eal[0]: \"--lcores=0@1\" selects lcores"));
  EXPECT_THAT(error_of(minimal("eal: [\"-m 512\"]\n")), HasSubstr("\"-m 512\" has a blank in it"));
  EXPECT_EQ(error_of(minimal("eal: [\"-m\", \"512\", \"--log-level=8\", \"--socket-limit=1\"]\n")), "no error");
}

TEST(ConfigLocal, SuffixesAreChecked) {
  EXPECT_THAT(error_of(minimal("local: {suffixes: [{suffix: x}]}\n")), HasSubstr("local.suffixes[0]: has no address"));
  EXPECT_THAT(error_of(minimal("local: {suffixes: [{suffix: x, a: \"fd77::1\"}]}\n")),
              HasSubstr("is not an IPv4 address"));
  EXPECT_THAT(error_of(minimal("local: {suffixes: [{suffix: x, aaaa: 10.0.0.9}]}\n")),
              HasSubstr("is not an IPv6 address"));
  EXPECT_THAT(error_of(minimal("local: {suffixes: [{suffix: x, a: 10.0.0.9}, {suffix: X, a: 10.0.0.8}]}\n")),
              HasSubstr("local.suffixes[1].suffix: is given twice"));
  EXPECT_EQ(error_of(minimal("local: {hosts: [], records: [], suffixes: []}\n")), "no error");
}

TEST(ConfigQuotas, OfAServerIsTaken) {
  const auto loaded = load_here(minimal(
      "egress: {fetches_per_server: 200, fetches_per_server_action: drop, fetch_quota: {freq: 50, low: 0.2}}\n"));
  const egress::FetchQuotaSettings& quota = loaded->egress.fetch_quota;
  EXPECT_EQ(quota.per_server, 200U);
  EXPECT_EQ(quota.action, policy::OverloadAction::kDrop);
  EXPECT_EQ(quota.freq, 50U);
  EXPECT_EQ(quota.low, 0.2);
  EXPECT_EQ(quota.high, 0.3);
  EXPECT_EQ(quota.discount, 0.7);
}

TEST(ConfigQuotas, OfAZoneIsTaken) {
  const auto loaded = load_here(minimal("egress: {fetches_per_zone: 300, fetches_per_zone_action: refused}\n"));
  EXPECT_EQ(loaded->egress.fetches_per_zone, 300U);
  EXPECT_EQ(loaded->egress.fetches_per_zone_action, policy::OverloadAction::kRefused);
}

TEST(ConfigStaleAndPrefetch, AreTaken) {
  EXPECT_EQ(error_of(minimal("cache: {stale: {keep: 2d, ttl: 10s}, prefetch: 20%}\n")), "no error");
}

}  // namespace
}  // namespace config::test
