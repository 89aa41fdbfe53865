// SPDX-License-Identifier: Apache-2.0
// `topk`, the miss allowance and `blocks`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/text.hpp"
#include "support.hpp"

namespace config::test {
namespace {

using testing::HasSubstr;

constexpr std::string_view kTwoMetered =
    "uplinks:\n"
    "  - {name: a, servers: [10.77.0.2]}\n"
    "  - {name: b, servers: [10.77.0.3], budget: {limit: 500}}\n"
    "  - {name: c, servers: [10.77.0.4], budget: {limit: none}}\n"
    "forward: [{zone: \".\", uplink: a}]\n";

TEST(ConfigTopk, ByDefaultIsOnAndOneClientMayUseTwiceTheBudget) {
  const auto settings = load_here(minimal());
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_EQ(settings->topk.mode, topk::Mode::kOn);
  EXPECT_EQ(settings->topk.clients, topk::ClientPrefix::kHost);
  EXPECT_EQ(settings->allowance.misses_per_sec, 2'048U);
  EXPECT_EQ(settings->allowance.burst, 0U);
  EXPECT_EQ(settings->allowance.action, policy::OverloadAction::kServFail);
  EXPECT_TRUE(settings->blocks.rules.empty());
}

TEST(ConfigTopk, TheAllowanceIsOfAllMeteredUplinksAndOffWithoutOne) {
  const auto several = load_here(std::string(kPort) + std::string(kTwoMetered));
  ASSERT_TRUE(several) << several.error().sentence();
  EXPECT_EQ(several->allowance.misses_per_sec, 2U * (1'024U + 500U));
  const auto unmetered =
      load_here(std::string(kPort) + "uplinks: [{name: a, servers: [10.77.0.2], budget: {limit: none}}]\n");
  ASSERT_TRUE(unmetered) << unmetered.error().sentence();
  EXPECT_EQ(unmetered->allowance.misses_per_sec, 0U);
}

TEST(ConfigTopk, AllOfItMayBeChosen) {
  const auto settings = load_here(
      minimal("topk: on\n"
              "clients: {topk_prefix: network, miss_allowance: 50, miss_burst: 10, miss_allowance_action: drop}\n"
              "blocks:\n"
              "  rules: [{rate: 300, what: nxdomain, window: 20s, per: /24, reason: guesses names, action: refuse,"
              " for: 5m}]\n"
              "  exclude: [10.77.0.10/32]\n"));
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_EQ(settings->topk.clients, topk::ClientPrefix::kNetwork);
  EXPECT_EQ(settings->allowance.misses_per_sec, 50U);
  EXPECT_EQ(settings->allowance.burst, 10U);
  EXPECT_EQ(settings->allowance.action, policy::OverloadAction::kDrop);
  ASSERT_EQ(settings->blocks.rules.size(), 1U);
  const BlockRule& rule = settings->blocks.rules[0];
  EXPECT_EQ(rule.rate_per_sec, 300U);
  EXPECT_EQ(rule.what, topk::Measure::kNxDomain);
  EXPECT_EQ(rule.window, std::chrono::seconds(20));
  EXPECT_EQ(rule.per, BlockPer::kSlash24);
  EXPECT_EQ(rule.reason, "guesses names");
  EXPECT_EQ(rule.action, policy::BlockAction::kRefuse);
  EXPECT_EQ(rule.duration, std::chrono::minutes(5));
  ASSERT_EQ(settings->blocks.exclude.size(), 1U);
}

TEST(ConfigTopk, ARuleHasDefaultsButNoRateAndNoMeasure) {
  const auto settings = load_here(minimal("blocks: {rules: [{rate: 100, what: upstream}]}\n"));
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_EQ(settings->blocks.rules[0].what, topk::Measure::kUpstream);
  EXPECT_EQ(settings->blocks.rules[0].window, std::chrono::seconds(10));
  EXPECT_EQ(settings->blocks.rules[0].action, policy::BlockAction::kCacheOnly);
  EXPECT_EQ(settings->blocks.rules[0].duration, std::chrono::seconds(60));
  EXPECT_THAT(error_of(minimal("blocks: {rules: [{what: misses}]}\n")), HasSubstr("blocks.rules[0].rate"));
  EXPECT_THAT(error_of(minimal("blocks: {rules: [{rate: 1}]}\n")), HasSubstr("blocks.rules[0].what"));
  EXPECT_THAT(error_of(minimal("blocks: {rules: [{rate: 1, what: hits}]}\n")), HasSubstr("blocks.rules[0].what"));
}

TEST(ConfigTopk, RulesNeedWhatTopkRecords) {
  EXPECT_THAT(error_of(minimal("topk: off\nblocks: {rules: [{rate: 1, what: misses}]}\n")),
              HasSubstr("topk: blocks.rules need what topk records"));
}

}  // namespace
}  // namespace config::test
