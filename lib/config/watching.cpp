// SPDX-License-Identifier: Apache-2.0
// `watch`, the miss allowance and `blocks`: read, checked, settled.
#include <array>

#include "checked.hpp"

namespace config {
namespace {

constexpr std::uint32_t kBudgetsOfOneClient = 2;

std::chrono::seconds seconds_of(const Time& time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.value);
}

/// The words of blocks.rules[].what, in their order.
constexpr std::array kWhat{topk::Measure::kQueries, topk::Measure::kMisses, topk::Measure::kNxDomain,
                           topk::Measure::kUpstream};

CheckedBlockRule read_rule(const Section& from) {
  return {from.get<std::uint64_t>("rate"), from.choice<std::uint8_t>("what"),
          from.get<Nanoseconds>("window"), from.choice<BlockPer>("per"),
          from.get<std::string>("reason"), from.choice<policy::BlockAction>("action"),
          from.get<Nanoseconds>("for")};
}

/// What no single client may use up: twice what all metered uplinks may send. 0: none is metered.
std::uint32_t default_allowance(const CheckedConfig& config) {
  std::uint64_t budget = 0;
  for (const CheckedUplink& uplink : config.uplinks) budget += uplink.limit_pps.value.value_or(0);
  return static_cast<std::uint32_t>(kBudgetsOfOneClient * budget);
}

}  // namespace

CheckedWatch read_watch(const Section& file) {
  const Section clients = file.section("clients");
  const Section blocks = file.section("blocks");
  CheckedWatch watch{file.choice<topk::Mode>("watch"),
                     clients.choice<topk::ClientPrefix>("watch_prefix"),
                     clients.get<std::optional<std::uint64_t>>("miss_allowance"),
                     clients.get<std::optional<std::uint64_t>>("miss_burst"),
                     clients.choice<policy::OverloadAction>("miss_allowance_action"),
                     {},
                     blocks.list<net::Prefix>("exclude")};
  for (const Section& rule : blocks.sections("rules")) watch.rules.push_back(read_rule(rule));
  return watch;
}

void check_watch(const CheckedWatch& watch, Problems& problems) {
  const bool is_off = watch.mode.usable() && watch.mode.value == topk::Mode::kOff;
  if (is_off && !watch.rules.empty()) {
    problems.add(watch.mode.mark, watch.mode.key, "blocks.rules count what is watched", "on, or no rules");
  }
}

void settle_watch(const CheckedConfig& config, Settings& settings) {
  const CheckedWatch& from = config.watch;
  settings.watch = {.mode = from.mode.value, .clients = from.prefix.value};
  settings.allowance.misses_per_sec =
      static_cast<std::uint32_t>(from.allowance.value.value_or(default_allowance(config)));
  settings.allowance.burst = static_cast<std::uint32_t>(from.burst.value.value_or(0));
  settings.allowance.action = from.action.value;
  for (const CheckedBlockRule& rule : from.rules) {
    settings.blocks.rules.push_back({.rate_per_sec = static_cast<std::uint32_t>(rule.rate.value),
                                     .what = kWhat[rule.what.value],
                                     .window = seconds_of(rule.window),
                                     .per = rule.per.value,
                                     .reason = rule.reason.value,
                                     .action = rule.action.value,
                                     .duration = seconds_of(rule.duration)});
  }
  for (const Marked<net::Prefix>& prefix : from.exclude.items) settings.blocks.exclude.push_back(prefix.value);
}

}  // namespace config
