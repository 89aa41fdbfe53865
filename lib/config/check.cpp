// SPDX-License-Identifier: Apache-2.0
// RawConfig to CheckedConfig: the keys that other keys, the machine or the profile decide about.
#include "checked.hpp"

namespace config {
namespace {

using Text = std::string;
using Count = std::uint64_t;
using MaybeCount = std::optional<std::uint64_t>;
using MaybeText = std::optional<std::string>;

CheckedPort read_port(const Section& from) {
  return {.profile = from.get<Text>("profile"),
          .device = from.get<Text>("device"),
          .addresses = from.list<InterfaceAddress>("addresses"),
          .tap = from.get<MaybeText>("tap"),
          .gateways = from.list<net::IpAddress>("gateways"),
          .mtu_bytes = from.get<Count>("mtu")};
}

CheckedLcores read_lcores(const Section& from) {
  const Section idle = from.section("idle");
  return {.workers = from.list<Count>("workers"),
          .egress = from.get<MaybeCount>("egress"),
          .control = from.get<MaybeCount>("control"),
          .pause_after_polls = idle.get<MaybeCount>("pause_after"),
          .sleep_after_polls = idle.get<MaybeCount>("sleep_after"),
          .sleep = idle.get<std::optional<Nanoseconds>>("sleep")};
}

CheckedUplink read_uplink(const Section& from) {
  const Section budget = from.section("budget");
  return {.name = from.get<Text>("name"),
          .servers = from.list<net::IpAddress>("servers"),
          .limit_pps = budget.get<MaybeCount>("limit"),
          .reserve_pps = budget.get<Count>("reserve"),
          .rebind = from.choice<egress::RebindProtection>("rebind_protection"),
          .private_zones = from.list<Zone>("private_zones"),
          .trust_ad = from.choice<Switch>("trust_ad")};
}

CheckedCache read_cache(const Section& from) {
  const Section negative = from.section("negative_ttl");
  return {.size_bytes = from.get<MaybeCount>("size"),
          .min_ttl = from.get<Nanoseconds>("min_ttl"),
          .max_ttl = from.get<Nanoseconds>("max_ttl"),
          .negative_max_ttl = negative.get<Nanoseconds>("max"),
          .negative_without_soa = negative.get<Nanoseconds>("without_soa")};
}

CheckedAnswers read_answers(const Section& from) {
  return {.nsid = from.get<Text>("nsid"),
          .version = from.get<Text>("version"),
          .identity = from.get<Text>("identity"),
          .cookies = from.choice<Switch>("cookies"),
          .cookie_secret = from.get<MaybeText>("cookie_secret"),
          .cookie_staging_secret = from.get<MaybeText>("cookie_staging_secret"),
          .server_cookie = from.choice<answer::ServerCookie>("server_cookie")};
}

CheckedClients read_clients(const Section& from) {
  const Section policy = from.section("drop_policy");
  const Section per_query = from.section("per_query");
  return {.allow = from.list<net::Prefix>("allow"),
          .refuse = from.list<net::Prefix>("refuse"),
          .drop_policy_mark = policy.mark(),
          .drop_newest = policy.get<Count>("newest"),
          .drop_random = policy.get<Count>("random"),
          .drop_oldest = policy.get<Count>("oldest"),
          .per_query_limit = per_query.get<Count>("limit"),
          .per_query_max = per_query.get<Count>("max"),
          .miss_allowance = from.get<MaybeCount>("miss_allowance")};
}

std::vector<CheckedPin> read_pins(const Section& egress) {
  std::vector<CheckedPin> pins;
  for (const Section& pin : egress.sections("pins")) {
    pins.push_back({.zone = pin.get<Zone>("zone"),
                    .client = pin.get<net::Prefix>("client"),
                    .type = pin.get<MaybeText>("type"),
                    .name_class = pin.choice<egress::NameClass>("class")});
  }
  return pins;
}

CheckedEgress read_egress(const Section& from) {
  const Section quota = from.section("fetch_quota");
  return {.upstream_tcp = from.choice<egress::UpstreamTcp>("upstream_tcp"),
          .zone_suffixes = from.list<Zone>("zone_suffixes"),
          .pins = read_pins(from),
          .quota_low = quota.get<double>("low"),
          .quota_high = quota.get<double>("high")};
}

CheckedLocal read_local(const Section& from) {
  CheckedLocal local{.hosts = from.list<Text>("hosts"),
                     .records = from.list<Text>("records"),
                     .suffixes = {},
                     .ttl = from.get<Nanoseconds>("ttl"),
                     .special_names = from.list<Text>("special_names"),
                     .reverse_zones = from.choice<localdata::ReverseZones>("reverse_zones"),
                     .reverse_zones_except = from.list<Zone>("reverse_zones_except"),
                     .domain_needed = from.choice<localdata::PlainNames>("domain_needed")};
  for (const Section& suffix : from.sections("suffixes")) {
    local.suffixes.push_back({.suffix = suffix.get<Zone>("suffix"),
                              .a = suffix.get<std::optional<net::IpAddress>>("a"),
                              .aaaa = suffix.get<std::optional<net::IpAddress>>("aaaa")});
  }
  return local;
}

CheckedBlocks read_blocks(const Section& from) {
  return {.rules = from.sections("rules").size(), .exclude = from.list<net::Prefix>("exclude")};
}

}  // namespace

CheckedConfig check(const Section& file, const keyfile::RawConfig& raw) {
  CheckedConfig config;
  config.port = read_port(file.section("port"));
  config.lcores = read_lcores(file.section("lcores"));
  for (const Section& uplink : file.sections("uplinks")) config.uplinks.push_back(read_uplink(uplink));
  const keyfile::RawNode* forward = raw.find("forward");
  config.forward_mark = forward == nullptr ? file.mark() : forward->mark;
  for (const Section& zone : file.sections("forward")) {
    config.forward.push_back({.zone = zone.get<Zone>("zone"), .uplink = zone.get<Text>("uplink")});
  }
  config.cache = read_cache(file.section("cache"));
  config.answers = read_answers(file.section("answers"));
  config.clients = read_clients(file.section("clients"));
  config.egress = read_egress(file.section("egress"));
  config.local = read_local(file.section("local"));
  config.topk = file.choice<topk::Mode>("topk");
  config.blocks = read_blocks(file.section("blocks"));
  config.hugepages = file.section("memory").choice<Hugepages>("hugepages");
  config.eal = file.list<Text>("eal");
  return config;
}

}  // namespace config
