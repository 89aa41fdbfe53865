// SPDX-License-Identifier: Apache-2.0
// The section `answers` and what uplinks say about trust.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace config::test {
namespace {

using testing::HasSubstr;

std::string text_of(const answer::ShortText& text) {
  std::string out;
  for (const std::byte b : text) out.push_back(static_cast<char>(b));
  return out;
}

TEST(ConfigAnswers, DefaultsAreThoseOfTheWorker) {
  const auto settings = load_here(minimal());
  ASSERT_TRUE(settings) << settings.error().sentence();
  const answer::ProtocolSettings protocol{};
  EXPECT_EQ(settings->protocol.any, protocol.any);
  EXPECT_EQ(settings->protocol.any_ttl, protocol.any_ttl);
  EXPECT_EQ(settings->protocol.rotation, protocol.rotation);
  EXPECT_EQ(settings->protocol.other_classes, protocol.other_classes);
  EXPECT_EQ(settings->protocol.server_cookie, protocol.server_cookie);
  EXPECT_EQ(settings->protocol.trusted_ad, 0U);
  EXPECT_TRUE(settings->protocol.version.empty());
  EXPECT_TRUE(settings->protocol.identity.empty());
}

// RFC 9018 §5: without a secret in the file each start has one of its own.
TEST(ConfigAnswers, CookiesAreOnWithASecretThatIsDrawnAtStart) {
  const auto settings = load_here(minimal());
  EXPECT_EQ(settings->cookie_secret, CookieSecret::kDraw);
  EXPECT_FALSE(settings->protocol.cookies.has_value());
  const auto off = load_here(minimal("answers: {cookies: off}\n"));
  EXPECT_EQ(off->cookie_secret, CookieSecret::kGiven);
  EXPECT_FALSE(off->protocol.cookies.has_value());
}

TEST(ConfigAnswers, SecretsOfAFleetAreTaken) {
  const auto settings =
      load_here(minimal("answers: {cookie_secret: 445536bcd2513298075a5d379663c962, "
                        "cookie_staging_secret: dd3bdf9344b678b185a6f5cb60fca715}\n"));
  ASSERT_TRUE(settings) << settings.error().sentence();
  ASSERT_TRUE(settings->protocol.cookies.has_value());
  const policy::Cookies::ClientCookie client{std::byte{0x22}, std::byte{0x68}, std::byte{0x1a}, std::byte{0xb9},
                                             std::byte{0x7d}, std::byte{0x52}, std::byte{0xc2}, std::byte{0x98}};
  const auto cookie = settings->protocol.cookies->make(client, {}, 1'559'741'961);
  EXPECT_EQ(settings->protocol.cookies->judge(client, cookie, {}, 1'559'741'961), policy::CookieVerdict::kGood);
}

TEST(ConfigAnswers, TheServersNameIsTheHostsUnlessAnotherIsGiven) {
  profile::Machine machine = machine_with(4);
  machine.hostname = "dns-a.example";
  EXPECT_EQ(text_of(load_on(machine, minimal())->protocol.nsid), "dns-a.example");
  EXPECT_EQ(text_of(load_on(machine, minimal("answers: {nsid: rack-7, identity: hostname}\n"))->protocol.nsid),
            "rack-7");
  EXPECT_EQ(text_of(load_on(machine, minimal("answers: {identity: hostname}\n"))->protocol.identity), "dns-a.example");
  EXPECT_TRUE(load_on(machine, minimal("answers: {nsid: none}\n"))->protocol.nsid.empty());
}

TEST(ConfigAnswers, TrustIsAnUplinksOwn) {
  const auto settings = load_here(std::string(kPort) +
                                  "uplinks: [{name: a, servers: [10.77.0.2]}, "
                                  "{name: b, servers: [10.77.0.3], trust_ad: on}]\n"
                                  "forward: [{zone: ., uplink: a}]\n");
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_FALSE(settings->protocol.trusts_ad(dns::UplinkId(0)));
  EXPECT_TRUE(settings->protocol.trusts_ad(dns::UplinkId(1)));
}

TEST(ConfigAnswers, EverythingElseIsTaken) {
  const auto settings = load_here(minimal(
      "answers: {any: forward, any_ttl: 5m, rotate: off, other_classes: forward, version: Sluice, "
      "server_cookie: required, nxdomain_cut: on}\nclients: {allow: [10.77.0.0/24], tcp: {idle_timeout: 7s}}\n"));
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_EQ(settings->protocol.any, answer::AnyPolicy::kForward);
  EXPECT_EQ(settings->protocol.any_ttl, std::chrono::minutes(5));
  EXPECT_EQ(settings->protocol.rotation, dns::Rotation::kOff);
  EXPECT_EQ(settings->protocol.other_classes, answer::OtherClasses::kForward);
  EXPECT_EQ(text_of(settings->protocol.version), "Sluice");
  EXPECT_EQ(settings->protocol.server_cookie, answer::ServerCookie::kRequired);
  EXPECT_EQ(settings->protocol.nxdomain_cut, answer::NxdomainCut::kOn);
  EXPECT_EQ(settings->protocol.keepalive, std::chrono::seconds(7));
}

TEST(ConfigAnswers, WhatCannotBeIsRefusedWithAReason) {
  EXPECT_THAT(error_of(minimal("answers: {cookie_secret: 1234}\n")),
              HasSubstr("answers.cookie_secret: \"1234\" is too short; allowed: 32 hexadecimal digits, or random"));
  EXPECT_THAT(error_of(minimal("answers: {cookie_secret: xx5536bcd2513298075a5d379663c962}\n")),
              HasSubstr("is not valid"));
  EXPECT_THAT(error_of(minimal("answers: {cookie_staging_secret: 445536bcd2513298075a5d379663c962}\n")),
              HasSubstr("together with cookie_secret"));
  EXPECT_THAT(error_of(minimal("answers: {cookies: off, server_cookie: required}\n")),
              HasSubstr("no client can have a server cookie"));
}

}  // namespace
}  // namespace config::test
