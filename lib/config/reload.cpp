// SPDX-License-Identifier: Apache-2.0
// Compares two Settings, and merges them by the column `reload` of the table of keys.
#include "config/reload.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include "binding.hpp"

namespace config {
namespace {

using keyfile::KeyValue;
using keyfile::Reload;

using ByKey = std::map<std::string_view, const KeyValue*>;

ByKey by_key(const std::vector<KeyValue>& values) {
  ByKey map;
  for (const KeyValue& value : values) map.emplace(value.key, &value);
  return map;
}

void add(Changes& changes, Reload reload, Change change) {
  (reload == Reload::kLive ? changes.live : changes.restart).push_back(std::move(change));
}

template <class IsMeant>
void hold_back(Changes& changes, IsMeant is_meant) {
  const auto held = std::stable_partition(changes.live.begin(), changes.live.end(),
                                          [&](const Change& change) { return !is_meant(change.key); });
  std::move(held, changes.live.end(), std::back_inserter(changes.restart));
  changes.live.erase(held, changes.live.end());
}

std::string budget_of(std::size_t uplink) { return "uplinks[" + std::to_string(uplink) + "].budget."; }

bool can_follow(const egress::BudgetSettings& running, const egress::BudgetSettings& fresh) noexcept {
  const bool is_metered = running.limit_pps != 0;
  if (is_metered != (fresh.limit_pps != 0)) return false;
  return !is_metered || fresh.limit_pps <= std::max(running.limit_pps, running.room_pps);
}

/// Restrictions that the table cannot express: names of uplinks, and budgets that need more memory.
void take_uplinks(const Settings& running, Settings& fresh, Changes& changes) {
  if (running.uplink_names != fresh.uplink_names) {
    hold_back(changes, [](std::string_view key) { return key.starts_with("uplinks"); });
    fresh.egress.uplinks = running.egress.uplinks;
    fresh.protocol.trusted_ad = running.protocol.trusted_ad;  // one bit for each uplink
    return;
  }
  for (std::size_t i = 0; i < fresh.egress.uplinks.size(); ++i) {
    egress::BudgetSettings& budget = fresh.egress.uplinks[i].budget;
    const egress::BudgetSettings& old = running.egress.uplinks[i].budget;
    if (can_follow(old, budget)) {
      budget.room_pps = old.room_pps;
    } else {
      budget = old;
      hold_back(changes, [prefix = budget_of(i)](std::string_view key) { return key.starts_with(prefix); });
    }
  }
}

/// The zones with the running uplinks' numbers, or nothing when one of them does not run.
std::optional<std::vector<ForwardZone>> renumbered(const Settings& running, const Settings& fresh) {
  std::vector<ForwardZone> zones = fresh.forward;
  for (ForwardZone& zone : zones) {
    const auto& names = running.uplink_names;
    const auto found = std::find(names.begin(), names.end(), fresh.uplink_names[zone.uplink]);
    if (found == names.end()) return std::nullopt;
    zone.uplink = static_cast<std::size_t>(std::distance(names.begin(), found));
  }
  return zones;
}

void take_forward(const Settings& running, Settings& fresh, Changes& changes) {
  if (auto zones = renumbered(running, fresh)) {
    fresh.forward = std::move(*zones);
    return;
  }
  fresh.forward = running.forward;
  hold_back(changes, [](std::string_view key) { return key.starts_with("forward"); });
}

/// The values in force: those of the new file, except for keys that need a restart.
std::vector<KeyValue> values_in_force(const Settings& running, const Settings& fresh, const Changes& changes) {
  const ByKey old = by_key(running.values);
  std::map<std::string_view, const Change*> held;
  for (const Change& change : changes.restart) held.emplace(change.key, &change);
  std::vector<KeyValue> values;
  for (const KeyValue& value : fresh.values) {
    if (!held.contains(value.key)) {
      values.push_back(value);
    } else if (const auto found = old.find(value.key); found != old.end()) {
      values.push_back(*found->second);
    }
  }
  const ByKey present = by_key(fresh.values);
  for (const KeyValue& value : running.values) {
    if (held.contains(value.key) && !present.contains(value.key)) values.push_back(value);
  }
  return values;
}

}  // namespace

Changes compare(const Settings& running, const Settings& fresh) {
  Changes changes;
  const ByKey old = by_key(running.values);
  const ByKey present = by_key(fresh.values);
  for (const KeyValue& value : fresh.values) {
    const auto found = old.find(value.key);
    const std::string before = found == old.end() ? std::string() : found->second->value;
    if (found == old.end() || before != value.value) add(changes, value.reload, {value.key, before, value.value});
  }
  for (const KeyValue& value : running.values) {
    if (!present.contains(value.key)) add(changes, value.reload, {value.key, value.value, {}});
  }
  return changes;
}

Renewal renew(const Settings& running, Settings fresh) {
  Renewal renewal{{}, compare(running, fresh)};
  take_forward(running, fresh, renewal.changes);
  take_uplinks(running, fresh, renewal.changes);
  fresh.values = values_in_force(running, fresh, renewal.changes);
  keep_running(running, fresh);
  renewal.settings = std::move(fresh);
  return renewal;
}

}  // namespace config
