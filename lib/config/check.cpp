// SPDX-License-Identifier: Apache-2.0
// RawConfig to CheckedConfig: one line for each key of the table.
#include "checked.hpp"

namespace config {
namespace {

CheckedPort read_port(const Section& from) {
  return {from.get<std::string>("profile"),         from.get<std::string>("device"),
          from.list<InterfaceAddress>("addresses"), from.get<std::optional<std::string>>("tap"),
          from.list<net::IpAddress>("gateways"),    from.get<std::uint64_t>("mtu")};
}

CheckedLcores read_lcores(const Section& from) {
  const Section idle = from.section("idle");
  return {from.list<std::uint64_t>("workers"),
          from.get<std::optional<std::uint64_t>>("egress"),
          from.get<std::optional<std::uint64_t>>("control"),
          idle.get<std::optional<std::uint64_t>>("pause_after"),
          idle.get<std::optional<std::uint64_t>>("sleep_after"),
          idle.get<std::optional<Nanoseconds>>("sleep")};
}

CheckedUplink read_uplink(const Section& from) {
  const Section budget = from.section("budget");
  return {from.get<std::string>("name"),
          from.list<net::IpAddress>("servers"),
          from.choice<egress::CaseRandomization>("case_randomization"),
          budget.get<std::optional<std::uint64_t>>("limit"),
          budget.get<std::uint64_t>("reserve"),
          from.choice<egress::RebindProtection>("rebind_protection"),
          from.list<Zone>("private_zones"),
          from.choice<Switch>("trust_ad"),
          from.choice<egress::ClosedLoop>("closed_loop")};
}

CheckedCache read_cache(const Section& from) {
  const Section negative = from.section("negative_ttl");
  const Section stale = from.section("stale");
  return {from.get<std::optional<std::uint64_t>>("size"),
          from.get<std::uint64_t>("max_entries"),
          from.get<Nanoseconds>("min_ttl"),
          from.get<Nanoseconds>("max_ttl"),
          negative.get<Nanoseconds>("max"),
          negative.get<Nanoseconds>("without_soa"),
          from.get<Nanoseconds>("servfail_ttl"),
          stale.get<Nanoseconds>("keep"),
          stale.get<Nanoseconds>("ttl"),
          stale.get<Nanoseconds>("client_timeout"),
          stale.get<Nanoseconds>("recheck"),
          from.get<std::uint64_t>("max_answer"),
          from.get<std::uint64_t>("prefetch"),
          from.get<std::uint64_t>("negative_share"),
          from.get<std::optional<std::string>>("snapshot"),
          from.get<Nanoseconds>("snapshot_every"),
          from.choice<coalesce::Scope>("coalesce")};
}

CheckedAnswers read_answers(const Section& from) {
  return {from.choice<answer::AnyPolicy>("any"),
          from.get<Nanoseconds>("any_ttl"),
          from.choice<dns::Rotation>("rotate"),
          from.choice<answer::OtherClasses>("other_classes"),
          from.choice<answer::NxdomainCut>("nxdomain_cut"),
          from.get<std::string>("nsid"),
          from.get<std::string>("version"),
          from.get<std::string>("identity"),
          from.choice<Switch>("cookies"),
          from.get<std::optional<std::string>>("cookie_secret"),
          from.get<std::optional<std::string>>("cookie_staging_secret"),
          from.choice<answer::ServerCookie>("server_cookie")};
}

CheckedClients read_clients(const Section& from) {
  const Section policy = from.section("drop_policy");
  const Section per_query = from.section("per_query");
  return {from.list<net::Prefix>("allow"),
          from.list<net::Prefix>("refuse"),
          from.get<std::uint64_t>("max_waiting"),
          from.get<Nanoseconds>("patience"),
          policy.mark(),
          policy.get<std::uint64_t>("newest"),
          policy.get<std::uint64_t>("random"),
          policy.get<std::uint64_t>("oldest"),
          per_query.get<std::uint64_t>("limit"),
          per_query.get<std::uint64_t>("max"),
          from.get<std::uint64_t>("answers_per_burst")};
}

CheckedTcp read_tcp(const Section& from) {
  return {from.get<std::uint64_t>("max_connections"),
          from.get<std::uint64_t>("max_connections_per_client"),
          from.get<std::uint64_t>("max_queries_per_connection"),
          from.get<std::uint64_t>("max_in_flight"),
          from.get<Nanoseconds>("idle_timeout"),
          from.get<Nanoseconds>("query_timeout"),
          from.get<std::uint64_t>("max_unsent"),
          from.get<std::uint64_t>("max_buffered")};
}

std::vector<CheckedPin> read_pins(const Section& egress) {
  std::vector<CheckedPin> pins;
  for (const Section& pin : egress.sections("pins")) {
    pins.push_back({pin.get<Zone>("zone"), pin.get<net::Prefix>("client"), pin.get<std::optional<std::string>>("type"),
                    pin.choice<egress::NameClass>("class")});
  }
  return pins;
}

CheckedEgress read_egress(const Section& from) {
  const Section quota = from.section("fetch_quota");
  const Section overload = from.section("overload");
  return {from.choice<egress::QueueOrder>("order"),
          {overload.choice<policy::OverloadAction>("known"), overload.choice<policy::OverloadAction>("new"),
           overload.choice<policy::OverloadAction>("unknown")},
          from.get<std::uint64_t>("max_sends"),
          from.choice<egress::UpstreamTcp>("upstream_tcp"),
          from.choice<egress::LoopDetection>("loop_detection"),
          from.get<std::uint64_t>("fetches_per_server"),
          from.choice<policy::OverloadAction>("fetches_per_server_action"),
          from.get<std::uint64_t>("fetches_per_zone"),
          from.choice<policy::OverloadAction>("fetches_per_zone_action"),
          from.list<Zone>("zone_suffixes"),
          read_pins(from),
          quota.get<std::uint64_t>("freq"),
          quota.get<double>("low"),
          quota.get<double>("high"),
          quota.get<double>("discount")};
}

CheckedLocal read_local(const Section& from) {
  CheckedLocal local{from.list<std::string>("hosts"),
                     from.list<std::string>("records"),
                     {},
                     from.get<Nanoseconds>("ttl"),
                     from.list<std::string>("special_names"),
                     from.choice<localdata::ReverseZones>("reverse_zones"),
                     from.list<Zone>("reverse_zones_except"),
                     from.choice<localdata::PlainNames>("domain_needed")};
  for (const Section& suffix : from.sections("suffixes")) {
    local.suffixes.push_back({suffix.get<Zone>("suffix"), suffix.get<std::optional<net::IpAddress>>("a"),
                              suffix.get<std::optional<net::IpAddress>>("aaaa")});
  }
  return local;
}

}  // namespace

CheckedConfig check(const keyfile::RawConfig& raw, Problems& problems) {
  keyfile::check_shape(config_keys(), raw, problems);
  const Section file(config_keys(), raw, problems);
  CheckedConfig config;
  config.port = read_port(file.section("port"));
  config.lcores = read_lcores(file.section("lcores"));
  for (const Section& uplink : file.sections("uplinks")) config.uplinks.push_back(read_uplink(uplink));
  const keyfile::RawNode* forward = raw.find("forward");
  config.forward_mark = forward == nullptr ? file.mark() : forward->mark;
  for (const Section& zone : file.sections("forward")) {
    config.forward.push_back({zone.get<Zone>("zone"), zone.get<std::string>("uplink")});
  }
  config.cache = read_cache(file.section("cache"));
  config.answers = read_answers(file.section("answers"));
  config.clients = read_clients(file.section("clients"));
  config.tcp = read_tcp(file.section("clients").section("tcp"));
  config.egress = read_egress(file.section("egress"));
  config.local = read_local(file.section("local"));
  config.watch = read_watch(file);
  config.control_socket = file.section("control").get<std::string>("socket");
  config.log_level = file.section("log").choice<diag::LogLevel>("level");
  config.hugepages = file.section("memory").choice<Hugepages>("hugepages");
  config.eal = file.list<std::string>("eal");
  return config;
}

}  // namespace config
