// SPDX-License-Identifier: Apache-2.0
// CheckedConfig to Settings: `auto` ends here, with the machine and the driver at hand.
#include <algorithm>
#include <bit>

#include <fmt/core.h>

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

PortSettings settle_port(const CheckedPort& port, const Profile& profile, Problems& problems) {
  check_device(port, profile, problems);
  const std::uint64_t mtu = port.mtu_bytes.value;
  if (port.mtu_bytes.usable() && (mtu < profile.min_mtu_bytes || mtu > profile.max_mtu_bytes)) {
    problems.add(port.mtu_bytes.mark, port.mtu_bytes.key, fmt::format("profile {} cannot do {}", profile.name, mtu),
                 fmt::format("{} to {}", profile.min_mtu_bytes, profile.max_mtu_bytes));
  }
  PortSettings settings;
  settings.device = port.device.value;
  for (const Marked<InterfaceAddress>& address : port.addresses.items) settings.addresses.push_back(address.value);
  settings.tap = port.tap.value.value_or("");
  for (const Marked<net::IpAddress>& gateway : port.gateways.items) settings.gateways.push_back(gateway.value);
  settings.mtu_bytes = static_cast<std::uint16_t>(mtu);
  return settings;
}

void settle_rebind(const CheckedUplink& from, egress::UplinkSettings& uplink, Problems& problems) {
  uplink.rebind = from.rebind.value;
  for (const Marked<Zone>& zone : from.private_zones.items) {
    if (!zone.usable()) continue;
    if (uplink.private_zones.size() + zone.value.wire.size() > egress::kMaxPrivateZonesBytes) {
      problems.add(zone.mark, zone.key, "has no room: the zones in front fill 1024 bytes", "fewer or shorter zones");
      break;
    }
    for (const std::byte octet : zone.value.wire) static_cast<void>(uplink.private_zones.push_back(octet));
  }
  if (from.rebind.value == egress::RebindProtection::kOff && !from.private_zones.items.empty()) {
    problems.add(from.private_zones.mark, from.private_zones.key, "says nothing while rebind_protection is off",
                 "rebind_protection: on, or no private_zones");
  }
}

void settle_suffixes(const MarkedList<Zone>& from, egress::Settings& settings, Problems& problems) {
  for (const Marked<Zone>& suffix : from.items) {
    if (!suffix.usable()) continue;
    if (settings.zone_suffixes.size() + suffix.value.wire.size() > egress::kMaxZoneSuffixesBytes) {
      problems.add(suffix.mark, suffix.key, "has no room: the suffixes in front fill 1024 bytes",
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
      problems.add(from.type.mark, from.type.key, fmt::format("\"{}\" is no query type", *from.type.value),
                   "a name like AAAA, TYPE and a number, or any");
      return;
    }
    pin.qtype = static_cast<std::uint16_t>(*qtype);
  }
  static_cast<void>(settings.pins.push_back(pin));  // the table allows no more than there is room for
}

egress::Settings settle_egress(const CheckedConfig& config, Problems& problems) {
  egress::Settings settings;
  for (const CheckedUplink& from : config.uplinks) {
    egress::UplinkSettings uplink;
    for (const Marked<net::IpAddress>& server : from.servers.items) {
      static_cast<void>(uplink.servers.push_back(server.value));  // the table allows no more than there is room for
    }
    uplink.closed_loop = from.closed_loop.value;
    uplink.case_randomization = from.case_randomization.value;
    uplink.budget.limit_pps = static_cast<std::uint32_t>(from.limit_pps.value.value_or(0));
    uplink.budget.room_pps = std::max(uplink.budget.limit_pps, kBudgetRoomPps);
    uplink.budget.reserve_pps = static_cast<std::uint32_t>(from.reserve_pps.value);
    settle_rebind(from, uplink, problems);
    static_cast<void>(settings.uplinks.push_back(uplink));
  }
  settings.order = config.egress.order.value;
  for (std::size_t i = 0; i < egress::kNameClasses; ++i) settings.overload[i] = config.egress.overload[i].value;
  settings.fetches_per_zone = static_cast<std::uint32_t>(config.egress.fetches_per_zone.value);
  settings.fetches_per_zone_action = config.egress.fetches_per_zone_action.value;
  settle_suffixes(config.egress.zone_suffixes, settings, problems);
  for (const CheckedPin& pin : config.egress.pins) settle_pin(pin, settings, problems);
  settings.client_timeout = as<std::chrono::milliseconds>(config.clients.patience);
  const bool joins = config.cache.coalesce.value == coalesce::Scope::kGlobal;
  settings.joining = joins ? egress::Joining::kGlobal : egress::Joining::kPerMiss;
  settings.loop_detection = config.egress.loop_detection.value;
  settings.max_sends = static_cast<std::uint8_t>(config.egress.max_sends.value);
  settings.upstream_tcp = config.egress.upstream_tcp.value;
  settings.fetch_quota = {.per_server = static_cast<std::uint32_t>(config.egress.fetches_per_server.value),
                          .freq = static_cast<std::uint32_t>(config.egress.quota_freq.value),
                          .low = config.egress.quota_low.value,
                          .high = config.egress.quota_high.value,
                          .discount = config.egress.quota_discount.value,
                          .action = config.egress.fetches_per_server_action.value};
  return settings;
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

cache::Settings settle_cache(const CheckedCache& from, std::uint64_t size_bytes) {
  cache::Settings settings;
  settings.size_bytes = size_bytes;
  settings.max_entries = from.max_entries.value;
  settings.min_ttl = as<std::chrono::seconds>(from.min_ttl);
  settings.max_ttl = as<std::chrono::seconds>(from.max_ttl);
  settings.negative_max_ttl = as<std::chrono::seconds>(from.negative_max_ttl);
  settings.negative_without_soa = as<std::chrono::seconds>(from.negative_without_soa);
  settings.servfail_ttl = as<std::chrono::seconds>(from.servfail_ttl);
  settings.stale_keep = as<std::chrono::seconds>(from.stale_keep);
  settings.stale_ttl = as<std::chrono::seconds>(from.stale_ttl);
  settings.stale_client_timeout = as<std::chrono::milliseconds>(from.stale_client_timeout);
  settings.stale_recheck = as<std::chrono::seconds>(from.stale_recheck);
  settings.max_answer_bytes = static_cast<std::uint16_t>(std::min<std::uint64_t>(from.max_answer_bytes.value, 0xffff));
  settings.prefetch_percent = static_cast<std::uint8_t>(from.prefetch_percent.value);
  settings.negative_share_percent = static_cast<std::uint8_t>(from.negative_share_percent.value);
  return settings;
}

coalesce::Settings settle_coalesce(const CheckedConfig& config, std::uint16_t workers) {
  coalesce::Settings settings;
  settings.scope = config.cache.coalesce.value;
  const CheckedClients& clients = config.clients;
  settings.max_waiting = static_cast<std::uint32_t>(clients.max_waiting.value);
  settings.soft_waiting = coalesce::soft_quota(settings.max_waiting, workers);
  settings.max_questions = std::min(settings.max_questions, std::bit_ceil(settings.max_waiting));
  settings.patience = as<std::chrono::milliseconds>(clients.patience);
  settings.drop_policy = {static_cast<std::uint8_t>(clients.drop_newest.value),
                          static_cast<std::uint8_t>(clients.drop_random.value),
                          static_cast<std::uint8_t>(clients.drop_oldest.value)};
  settings.per_query = {static_cast<std::uint32_t>(clients.per_query_limit.value),
                        static_cast<std::uint32_t>(clients.per_query_max.value)};
  settings.answers_per_burst = static_cast<std::uint32_t>(clients.answers_per_burst.value);
  return settings;
}

policy::Settings settle_guard(const CheckedClients& clients) {
  policy::Settings settings;
  for (const Marked<net::Prefix>& prefix : clients.allow.items) {
    static_cast<void>(settings.allow.push_back(prefix.value));  // the table allows no more than there is room for
  }
  for (const Marked<net::Prefix>& prefix : clients.refuse.items) {
    static_cast<void>(settings.refuse.push_back(prefix.value));  // likewise
  }
  return settings;
}

answer::TcpSettings settle_tcp(const CheckedTcp& from) {
  answer::TcpSettings settings;
  settings.max_connections = static_cast<std::uint32_t>(from.max_connections.value);
  settings.max_connections_per_client = static_cast<std::uint32_t>(from.max_connections_per_client.value);
  settings.max_queries_per_connection = static_cast<std::uint32_t>(from.max_queries_per_connection.value);
  settings.max_in_flight = static_cast<std::uint32_t>(from.max_in_flight.value);
  settings.idle_timeout = as<std::chrono::milliseconds>(from.idle_timeout);
  settings.query_timeout = as<std::chrono::milliseconds>(from.query_timeout);
  settings.max_unsent_bytes = from.max_unsent_bytes.value;
  settings.max_buffered_bytes = from.max_buffered_bytes.value;
  return settings;
}

}  // namespace

Settings settle(const CheckedConfig& config, const Machine& machine, const Profile& profile, Problems& problems) {
  Settings settings;
  settings.profile = profile;
  settings.port = settle_port(config.port, profile, problems);
  settings.lcores = settle_lcores(config.lcores, machine, profile, problems);
  for (const CheckedUplink& uplink : config.uplinks) settings.uplink_names.push_back(uplink.name.value);
  settings.egress = settle_egress(config, problems);
  settings.forward = settle_forward(config);
  settings.cache = settle_cache(config.cache, cache_bytes(config.cache.size_bytes, machine));
  settings.coalesce = settle_coalesce(config, settings.workers());
  settings.guard = settle_guard(config.clients);
  settings.local = settle_local(config, problems);
  settings.tcp = settle_tcp(config.tcp);
  settle_answers(config, machine, settings);
  settle_watch(config, settings);
  settings.control_socket = config.control_socket.value;
  settings.snapshot.file = config.cache.snapshot.value.value_or("");
  settings.snapshot.every = as<std::chrono::seconds>(config.cache.snapshot_every);
  settings.log_level = config.log_level.value;
  // The tables' sizes are asked of their libraries, which take nothing but sound settings.
  if (problems.empty()) settings.memory = plan_memory(config, settings, machine, problems);
  for (const Marked<std::string>& argument : config.eal.items) settings.eal.push_back(argument.value);
  return settings;
}

}  // namespace config
