// SPDX-License-Identifier: Apache-2.0
// The file to Settings: resolves every `auto` with the machine and the driver.
#include <algorithm>
#include <bit>

#include <fmt/core.h>

#include "binding.hpp"
#include "checked.hpp"
#include "dns/text.hpp"
#include "lcores.hpp"
#include "memory_plan.hpp"

namespace config {
namespace {

// A reload may raise a budget to this without a restart, at 8 bytes a packet.
constexpr std::uint32_t kBudgetRoomPps = 8'192;

void check_device(const CheckedPort& port, const Profile& profile, Problems& problems) {
  if (!port.device.usable()) return;
  const std::string problem = profile.device_problem(port.device.value);
  if (!problem.empty()) problems.add(port.device.mark, port.device.key, problem);
}

void settle_port(const CheckedPort& port, const Profile& profile, PortSettings& settings, Problems& problems) {
  check_device(port, profile, problems);
  const std::uint64_t mtu = port.mtu_bytes.value;
  if (port.mtu_bytes.usable() && (mtu < profile.min_mtu_bytes || mtu > profile.max_mtu_bytes)) {
    problems.add(port.mtu_bytes.mark, port.mtu_bytes.key,
                 fmt::format("profile {} does not support an MTU of {}", profile.name, mtu),
                 fmt::format("{} to {}", profile.min_mtu_bytes, profile.max_mtu_bytes));
  }
  for (const Marked<InterfaceAddress>& address : port.addresses.items) settings.addresses.push_back(address.value);
  for (const Marked<net::IpAddress>& gateway : port.gateways.items) settings.gateways.push_back(gateway.value);
}

void settle_rebind(const CheckedUplink& from, egress::UplinkSettings& uplink, Problems& problems) {
  for (const Marked<Zone>& zone : from.private_zones.items) {
    if (!zone.usable()) continue;
    if (uplink.private_zones.size() + zone.value.wire.size() > egress::kMaxPrivateZonesBytes) {
      problems.add(zone.mark, zone.key, "does not fit: the zones before it fill 1024 bytes", "fewer or shorter zones");
      break;
    }
    for (const std::byte octet : zone.value.wire) static_cast<void>(uplink.private_zones.push_back(octet));
  }
  if (from.rebind.value == egress::RebindProtection::kOff && !from.private_zones.items.empty()) {
    problems.add(from.private_zones.mark, from.private_zones.key, "has no effect while rebind_protection is off",
                 "rebind_protection: on, or no private_zones");
  }
}

void settle_suffixes(const MarkedList<Zone>& from, egress::Settings& settings, Problems& problems) {
  for (const Marked<Zone>& suffix : from.items) {
    if (!suffix.usable()) continue;
    if (settings.zone_suffixes.size() + suffix.value.wire.size() > egress::kMaxZoneSuffixesBytes) {
      problems.add(suffix.mark, suffix.key, "does not fit: the suffixes before it fill 1024 bytes",
                   "fewer or shorter suffixes");
      return;
    }
    for (const std::byte octet : suffix.value.wire) static_cast<void>(settings.zone_suffixes.push_back(octet));
  }
}

void settle_pin(const CheckedPin& from, egress::Settings& settings, Problems& problems) {
  egress::Pin pin{.client = from.client.value, .name_class = from.name_class.value};
  const std::vector<std::byte>& zone = from.zone.value.wire;
  if (zone.size() > egress::kMaxZoneBytes) {
    problems.add(from.zone.mark, from.zone.key, "is too long", "a zone of at most 80 bytes");
    return;
  }
  if (zone.size() > 1) {  // the root is every name
    std::copy(zone.begin(), zone.end(), pin.zone.begin());
    pin.zone_bytes = static_cast<std::uint8_t>(zone.size());
  }
  if (from.type.usable() && from.type.value) {
    const auto qtype = dns::type_from_text(*from.type.value);
    if (!qtype) {
      problems.add(from.type.mark, from.type.key, fmt::format("\"{}\" is not a query type", *from.type.value),
                   "a name like AAAA, TYPE and a number, or any");
      return;
    }
    pin.qtype = static_cast<std::uint16_t>(*qtype);
  }
  static_cast<void>(settings.pins.push_back(pin));  // the table limits their number
}

void settle_egress(const CheckedConfig& config, egress::Settings& settings, Problems& problems) {
  for (const CheckedUplink& from : config.uplinks) {
    egress::UplinkSettings uplink;
    for (const Marked<net::IpAddress>& server : from.servers.items) {
      static_cast<void>(uplink.servers.push_back(server.value));  // the table limits their number
    }
    settle_rebind(from, uplink, problems);
    static_cast<void>(settings.uplinks.push_back(uplink));
  }
  settle_suffixes(config.egress.zone_suffixes, settings, problems);
  for (const CheckedPin& pin : config.egress.pins) settle_pin(pin, settings, problems);
}

/// Members that follow from keys that put_values() has stored.
void derive(Settings& settings) {
  for (egress::UplinkSettings& uplink : settings.egress.uplinks) {
    uplink.budget.room_pps = std::max(uplink.budget.limit_pps, kBudgetRoomPps);
  }
  settings.egress.client_timeout = settings.coalesce.client_timeout;
  const bool joins = settings.coalesce.scope == coalesce::Scope::kGlobal;
  settings.egress.joining = joins ? egress::Joining::kGlobal : egress::Joining::kPerMiss;
  coalesce::Settings& waiting = settings.coalesce;
  waiting.soft_waiting = coalesce::soft_quota(waiting.max_waiting, settings.workers());
  waiting.max_pending = std::min(waiting.max_pending, std::bit_ceil(waiting.max_waiting));
}

std::vector<ForwardZone> settle_forward(const CheckedConfig& config) {
  std::vector<ForwardZone> zones;
  for (const CheckedForward& from : config.forward) {
    const auto named = [&](const CheckedUplink& uplink) { return uplink.name.value == from.uplink.value; };
    const auto uplink = std::find_if(config.uplinks.begin(), config.uplinks.end(), named);
    zones.push_back({from.zone.value.text, from.zone.value.wire,
                     static_cast<std::size_t>(std::distance(config.uplinks.begin(), uplink))});
  }
  if (zones.empty()) zones.push_back({".", {std::byte{0}}, 0});
  std::stable_sort(zones.begin(), zones.end(),
                   [](const ForwardZone& a, const ForwardZone& b) { return a.wire.size() > b.wire.size(); });
  return zones;
}

policy::Settings settle_policy(const CheckedClients& clients) {
  policy::Settings settings;
  for (const Marked<net::Prefix>& prefix : clients.allow.items) {
    static_cast<void>(settings.allow.push_back(prefix.value));  // the table limits their number
  }
  for (const Marked<net::Prefix>& prefix : clients.refuse.items) {
    static_cast<void>(settings.refuse.push_back(prefix.value));  // the table limits their number
  }
  return settings;
}

/// The default of miss_allowance: twice what all metered uplinks may send. 0: no limit, as none is metered.
std::uint64_t default_allowance(const CheckedConfig& config) {
  constexpr std::uint64_t kBudgetsOfOneClient = 2;
  std::uint64_t budget = 0;
  for (const CheckedUplink& uplink : config.uplinks) budget += uplink.limit_pps.value.value_or(0);
  return kBudgetsOfOneClient * budget;
}

}  // namespace

Settings settle(const Section& file, const CheckedConfig& config, const Machine& machine, const Profile& profile,
                Problems& problems) {
  Settings settings;
  settings.profile = profile;
  settle_port(config.port, profile, settings.port, problems);
  settings.lcores = settle_lcores(config.lcores, machine, profile, problems);
  for (const CheckedUplink& uplink : config.uplinks) settings.uplink_names.push_back(uplink.name.value);
  settle_egress(config, settings.egress, problems);
  settings.blocks.rules.resize(config.blocks.rules);
  put_values(file, settings);
  derive(settings);
  settings.forward = settle_forward(config);
  settings.cache.size_bytes = cache_bytes(config.cache.size_bytes, machine);
  settings.policy = settle_policy(config.clients);
  const std::uint64_t allowance = config.clients.miss_allowance.value.value_or(default_allowance(config));
  settings.allowance.misses_per_sec = static_cast<std::uint32_t>(allowance);
  for (const Marked<net::Prefix>& prefix : config.blocks.exclude.items) settings.blocks.exclude.push_back(prefix.value);
  settings.local = settle_local(config, settings.egress.loop_detection, problems);
  settle_answers(config, machine, settings);
  // The tables compute their sizes, and accept valid settings only.
  if (problems.empty()) settings.memory = plan_memory(config, settings, machine, problems);
  for (const Marked<std::string>& argument : config.eal.items) settings.eal.push_back(argument.value);
  return settings;
}

}  // namespace config
