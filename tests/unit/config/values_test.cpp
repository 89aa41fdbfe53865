// SPDX-License-Identifier: Apache-2.0
// Single values: what is taken, what is refused, and the sentence that says so.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace config::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""us;

TEST(ConfigSize, TakesUnitsAndRefusesWhatLacksThem) {
  EXPECT_EQ(load_here(minimal("cache: {size: 65536KiB}\n"))->cache.size_bytes, 64U << 20);
  EXPECT_EQ(load_here(minimal("cache: {size: 1GiB}\n"))->cache.size_bytes, 1U << 30);
  EXPECT_EQ(load_here(minimal("cache: {size: 1048576B}\n"))->cache.size_bytes, 1U << 20);
  EXPECT_THAT(error_of(minimal("cache: {size: 256MB}\n")),
              StartsWith("t.yaml:3:15: cache.size: \"256MB\" has an unknown unit; allowed: 1MiB to 256GiB"));
  EXPECT_THAT(error_of(minimal("cache: {size: big}\n")), HasSubstr("\"big\" is not a size"));
  EXPECT_THAT(error_of(minimal("cache: {size: -1GiB}\n")), HasSubstr("\"-1GiB\" is not a size"));
  EXPECT_THAT(error_of(minimal("cache: {size: 1023KiB}\n")), HasSubstr("\"1023KiB\" is too small"));
  EXPECT_THAT(error_of(minimal("cache: {size: 2TiB}\n")), HasSubstr("\"2TiB\" is too large"));
  EXPECT_THAT(error_of(minimal("cache: {size: 99999999999999TiB}\n")), HasSubstr("is too large"));
  EXPECT_THAT(error_of(minimal("cache: {size: 99999999999999999999999TiB}\n")), HasSubstr("is not a size"));
}

TEST(ConfigDuration, TakesOneNumberWithOneUnit) {
  EXPECT_EQ(load_here(minimal("cache: {max_ttl: 90m}\n"))->cache.max_ttl, 5'400s);
  EXPECT_EQ(load_here(minimal("cache: {max_ttl: 2d}\n"))->cache.max_ttl, 172'800s);
  EXPECT_EQ(load_here(minimal("clients: {timeout: 250ms}\n"))->coalesce.client_timeout, 250ms);
  EXPECT_EQ(load_here(minimal("lcores: {idle: {sleep: 70us}}\n"))->lcores.idle.sleep, 70us);
}

TEST(ConfigDuration, RefusesTheRest) {
  EXPECT_THAT(error_of(minimal("cache: {max_ttl: 60}\n")),
              StartsWith("t.yaml:3:18: cache.max_ttl: \"60\" has no unit;"));
  EXPECT_THAT(error_of(minimal("cache: {max_ttl: 1500ms}\n")), HasSubstr("\"1500ms\" is no multiple of 1s"));
  EXPECT_THAT(error_of(minimal("cache: {max_ttl: 0s}\n")), HasSubstr("\"0s\" is too small"));
  EXPECT_THAT(error_of(minimal("cache: {max_ttl: 8d}\n")), HasSubstr("\"8d\" is too large"));
  EXPECT_THAT(error_of(minimal("cache: {max_ttl: 1.5h}\n")), HasSubstr("\"1.5h\" is not a duration"));
  EXPECT_THAT(error_of(minimal("cache: {max_ttl: 18446744073709551615d}\n")), HasSubstr("is too large"));
  EXPECT_THAT(error_of(minimal("cache: {servfail_ttl: 301s}\n")), HasSubstr("allowed: 0s to 5m, in steps of 1s"));
}

TEST(ConfigNumber, IsWholeAndInRange) {
  EXPECT_THAT(error_of(minimal("egress: {max_sends: 4}\n")),
              StartsWith("t.yaml:3:21: egress.max_sends: \"4\" is too large; allowed: 1 to 3"));
  EXPECT_THAT(error_of(minimal("egress: {max_sends: 0}\n")), HasSubstr("\"0\" is too small"));
  EXPECT_THAT(error_of(minimal("egress: {max_sends: 1.0}\n")), HasSubstr("\"1.0\" is not a whole number"));
  EXPECT_THAT(error_of(minimal("egress: {max_sends: 0x2}\n")), HasSubstr("\"0x2\" is not a whole number"));
  EXPECT_THAT(error_of(minimal("egress: {max_sends: \" 2\"}\n")), HasSubstr("\" 2\" is not a whole number"));
  EXPECT_THAT(error_of(minimal("egress: {max_sends: -1}\n")), HasSubstr("\"-1\" is not a whole number"));
}

TEST(ConfigPercent, NeedsItsSign) {
  EXPECT_EQ(load_here(minimal("cache: {prefetch: 25%}\n"))->cache.prefetch_percent, 25);
  EXPECT_THAT(error_of(minimal("cache: {prefetch: 10}\n")),
              StartsWith("t.yaml:3:19: cache.prefetch: \"10\" is not a percentage; allowed: 0% to 90%"));
  EXPECT_THAT(error_of(minimal("cache: {prefetch: 91%}\n")), HasSubstr("\"91%\" is too large"));
}

TEST(ConfigFraction, LiesBetweenZeroAndOne) {
  EXPECT_THAT(error_of(minimal("egress: {fetch_quota: {low: 1.5}}\n")),
              HasSubstr("egress.fetch_quota.low: \"1.5\" is not between 0 and 1; allowed: 0 to 1, like 0.25"));
  EXPECT_THAT(error_of(minimal("egress: {fetch_quota: {low: nan}}\n")), HasSubstr("t.yaml:3:"));
  EXPECT_THAT(error_of(minimal("egress: {fetch_quota: {low: 1e-1}}\n")), HasSubstr("is not a number"));
}

TEST(ConfigChoice, IsOneOfItsWords) {
  EXPECT_EQ(load_here(minimal("cache: {coalesce: off}\n"))->coalesce.scope, coalesce::Scope::kOff);
  EXPECT_EQ(load_here(minimal("cache: {coalesce: core}\n"))->coalesce.scope, coalesce::Scope::kCore);
  EXPECT_EQ(load_here(minimal("cache: {coalesce: global}\n"))->coalesce.scope, coalesce::Scope::kGlobal);
  EXPECT_EQ(load_here(minimal("egress: {}\n"))->egress.order, egress::QueueOrder::kFair);
  EXPECT_EQ(load_here(minimal("egress: {order: deadline}\n"))->egress.order, egress::QueueOrder::kDeadline);
  EXPECT_EQ(load_here(minimal("egress: {order: fifo}\n"))->egress.order, egress::QueueOrder::kFifo);
  EXPECT_EQ(load_here(minimal("egress: {order: fifo_live}\n"))->egress.order, egress::QueueOrder::kFifoLive);
  EXPECT_EQ(load_here(minimal("log: {level: debug}\n"))->log_level, diag::LogLevel::kDebug);
  EXPECT_EQ(load_here(minimal("log: {level: info}\n"))->log_level, diag::LogLevel::kInfo);
  EXPECT_EQ(load_here(minimal("log: {level: warn}\n"))->log_level, diag::LogLevel::kWarn);
  EXPECT_EQ(load_here(minimal("log: {level: error}\n"))->log_level, diag::LogLevel::kError);
  EXPECT_EQ(error_of(minimal("cache: {coalesce: globl}\n")),
            "t.yaml:3:19: cache.coalesce: \"globl\" is not a choice, did you mean \"global\"?; "
            "allowed: off, core or global");
}

TEST(ConfigAddress, RefusesWhatIsNone) {
  EXPECT_THAT(
      error_of(std::string(kPort) + "uplinks: [{name: a, servers: [10.77.0.256]}]\n"),
      StartsWith("t.yaml:2:31: uplinks[0].servers[0]: \"10.77.0.256\" is not an address; allowed: an IPv4 or IPv6"));
  EXPECT_THAT(error_of(std::string(kPort) + "uplinks: [{name: a, servers: [\"::ffff:10.77.0.2\"]}]\n"),
              HasSubstr("is not an address"));
  EXPECT_THAT(error_of(std::string(kPort) + "uplinks: [{name: a, servers: [\"fe80::1%eth0\"]}]\n"),
              HasSubstr("is not an address"));
  EXPECT_THAT(error_of(std::string(kPort) + "uplinks: [{name: a, servers: [resolver.example]}]\n"),
              HasSubstr("is not an address"));
}

std::string with_own_address(std::string_view address) {
  return "port: {profile: af_packet, device: eth1, addresses: [" + std::string(address) + "]}\n" +
         std::string(kUplinks);
}

TEST(ConfigAddress, OursNeedAPrefixLengthThatFits) {
  EXPECT_THAT(
      error_of(with_own_address("10.77.0.53")),
      StartsWith("t.yaml:1:54: port.addresses[0]: \"10.77.0.53\" has no prefix length; allowed: an address with"));
  EXPECT_THAT(error_of(with_own_address("10.77.0.53/33")), HasSubstr("is not an address with a prefix length"));
  EXPECT_THAT(error_of(with_own_address("10.77.0.53/x")), HasSubstr("is not an address with a prefix length"));
  EXPECT_EQ(error_of(with_own_address("10.77.0.53/31")), "no error");
}

TEST(ConfigPrefix, HasNoBitsBeyondItsLength) {
  EXPECT_THAT(
      error_of(minimal("clients: {allow: [10.0.0.1/8]}\n")),
      StartsWith("t.yaml:3:19: clients.allow[0]: \"10.0.0.1/8\" has bits beyond its prefix length; the network is "
                 "10.0.0.0/8; allowed: a network"));
  EXPECT_THAT(error_of(minimal("clients: {allow: [10.0.0.0]}\n")), HasSubstr("has no prefix length"));
  EXPECT_EQ(error_of(minimal("clients: {allow: [0.0.0.0/0, \"::/0\"]}\n")), "no error");
  EXPECT_EQ(error_of(minimal("clients: {allow: []}\n")), "no error");
}

TEST(ConfigZone, IsFoldedAndAbsolute) {
  const auto settings =
      load_here(minimal("forward: [{zone: Corp.EXAMPLE, uplink: vpc}, {zone: \".\", uplink: vpc}]\n"));
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_EQ(settings->forward[0].zone, "corp.example.");
  EXPECT_EQ(settings->forward[0].wire.size(), 14U);
  EXPECT_EQ(settings->forward[0].wire[0], std::byte{4});
  EXPECT_EQ(settings->forward[0].wire[1], std::byte{'c'});
  EXPECT_EQ(settings->forward[1].zone, ".");
  EXPECT_EQ(settings->forward[1].wire, std::vector<std::byte>{std::byte{0}});
}

TEST(ConfigZone, RefusesWhatIsNoName) {
  for (const char* zone : {"\"\"", "a..b", ".a", "a b", "\"a,b\"", "\"*.a\""}) {
    EXPECT_THAT(error_of(minimal("forward: [{zone: " + std::string(zone) + ", uplink: vpc}]\n")),
                HasSubstr("is not a domain name; allowed: a domain name, like corp.example, or \".\""))
        << zone;
  }
  EXPECT_THAT(error_of(minimal("forward: [{zone: " + std::string(64, 'a') + ", uplink: vpc}]\n")),
              HasSubstr("is not a domain name"));
}

TEST(ConfigText, HasItsCharactersAndItsLength) {
  EXPECT_THAT(
      error_of(minimal("control: {socket: run/x.sock}\n")),
      StartsWith("t.yaml:3:19: control.socket: \"run/x.sock\" is not valid; allowed: an absolute path of at most 107"));
  EXPECT_THAT(error_of(minimal("control: {socket: /" + std::string(107, 'x') + "}\n")), HasSubstr("is too long"));
  EXPECT_THAT(error_of(std::string(kPort) + "uplinks: [{name: v p, servers: [10.77.0.2]}]\n"),
              StartsWith("t.yaml:2:18: uplinks[0].name: \"v p\" is not valid; allowed: 1 to 31 letters"));
  EXPECT_THAT(error_of(std::string(kPort) + "uplinks: [{name: \"\", servers: [10.77.0.2]}]\n"), HasSubstr("is empty"));
  EXPECT_THAT(error_of("port: {profile: tap, device: \"a,b=c\", addresses: [10.0.0.1/24]}\n" + std::string(kUplinks)),
              HasSubstr("t.yaml:1:30: port.device: \"a,b=c\" is not valid"));
  EXPECT_THAT(error_of("port: {profile: tap, device: t0, tap: abcdefghijklmnop, addresses: [10.0.0.1/24]}\n" +
                       std::string(kUplinks)),
              HasSubstr("port.tap: \"abcdefghijklmnop\" is too long; allowed: an interface name"));
}

}  // namespace
}  // namespace config::test
