// SPDX-License-Identifier: Apache-2.0
// Results to JSON and back, from one list of fields.
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "rig/results.hpp"

namespace rig {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

/// visit(name, member) for every figure of a row.
template <class Row, class Visit>
void for_each_stat(Row& row, Visit&& visit) {
  visit("queries", row.queries);
  visit("hits", row.hits);
  visit("stale_hits", row.stale_hits);
  visit("waited", row.waited);
  visit("joined", row.joined);
  visit("repeats", row.repeats);
  visit("answered", row.answered);
  visit("stale_later", row.stale_later);
  visit("lost_overload", row.lost_overload);
  visit("lost_timeout", row.lost_timeout);
  visit("lost_late", row.lost_late);
  visit("hit_ratio", row.hit_ratio);
  visit("stale_ratio", row.stale_ratio);
  visit("loss_ratio", row.loss_ratio);
  visit("packets", row.packets);
  visit("refresh_packets", row.refresh_packets);
  visit("pps_mean", row.pps_mean);
  visit("pps_p99", row.pps_p99);
  visit("pps_most", row.pps_most);
  visit("windows", row.windows);
  visit("windows_above", row.windows_above);
  visit("wait_ms_mean", row.wait_ms_mean);
  visit("wait_ms_p50", row.wait_ms_p50);
  visit("wait_ms_p99", row.wait_ms_p99);
  visit("wait_ms_p999", row.wait_ms_p999);
  visit("entries_most", row.entries_most);
  visit("bytes_most", row.bytes_most);
  visit("evictions", row.evictions);
  visit("cpu_seconds", row.cpu_seconds);
}

template <class Profile, class Visit>
void for_each_trait(Profile& profile, Visit&& visit) {
  visit("queries", profile.queries);
  visit("items", profile.items);
  visit("one_shots", profile.one_shots);
  visit("clients", profile.clients);
  visit("seconds", profile.seconds);
  visit("footprint_bytes", profile.footprint_bytes);
  visit("ttls", profile.ttls);
  visit("popularity", profile.popularity);
}

json of(const Configuration& from) {
  return {{"policy", name_of(from.policy)},
          {"size_bytes", from.size_bytes},
          {"min_ttl_sec", from.min_ttl_sec},
          {"max_ttl_sec", from.max_ttl_sec},
          {"stale_sec", from.stale_sec},
          {"prefetch_percent", from.prefetch_percent},
          {"coalescing", from.coalescing == Coalescing::kOn ? "on" : "off"},
          {"budget_pps", from.budget_pps},
          {"appliances", from.appliances}};
}

Configuration configuration_from(const json& from) {
  Configuration to;
  const auto policy = parse_policy(from.at("policy").get<std::string>());
  if (!policy) throw json::other_error::create(501, policy.error().sentence(), nullptr);
  to.policy = *policy;
  from.at("size_bytes").get_to(to.size_bytes);
  from.at("min_ttl_sec").get_to(to.min_ttl_sec);
  from.at("max_ttl_sec").get_to(to.max_ttl_sec);
  from.at("stale_sec").get_to(to.stale_sec);
  from.at("prefetch_percent").get_to(to.prefetch_percent);
  to.coalescing = from.at("coalescing") == "on" ? Coalescing::kOn : Coalescing::kOff;
  from.at("budget_pps").get_to(to.budget_pps);
  from.at("appliances").get_to(to.appliances);
  return to;
}

json of(const World& from) {
  return {{"latency_ms", static_cast<double>(from.latency.count()) / 1e6},
          {"client_timeout_ms", static_cast<double>(from.client_timeout.count()) / 1e6},
          {"limit_pps", from.limit_pps},
          {"unknown_ttl_sec", from.unknown_ttl_sec},
          {"unknown_bytes", from.unknown_bytes},
          {"seed", from.seed}};
}

World world_from(const json& from) {
  World to;
  const auto duration = [](double msec) { return base::Duration(static_cast<std::int64_t>(msec * 1e6 + 0.5)); };
  to.latency = duration(from.at("latency_ms").get<double>());
  to.client_timeout = duration(from.at("client_timeout_ms").get<double>());
  from.at("limit_pps").get_to(to.limit_pps);
  from.at("unknown_ttl_sec").get_to(to.unknown_ttl_sec);
  from.at("unknown_bytes").get_to(to.unknown_bytes);
  from.at("seed").get_to(to.seed);
  return to;
}

json of(const ResultRow& row) {
  json to{{"configuration", of(row.configuration)}, {"label", label_of(row.configuration)}};
  for_each_stat(row, [&](const char* name, const auto& value) { to[name] = value; });
  to["series"] = {{"seconds_per_point", row.series.seconds_per_point},
                  {"packets_mean", row.series.packets_mean},
                  {"packets_most", row.series.packets_most},
                  {"queries_mean", row.series.queries_mean}};
  return to;
}

ResultRow row_from(const json& from) {
  ResultRow row;
  row.configuration = configuration_from(from.at("configuration"));
  for_each_stat(row, [&](const char* name, auto& value) { from.at(name).get_to(value); });
  const json& series = from.at("series");
  series.at("seconds_per_point").get_to(row.series.seconds_per_point);
  series.at("packets_mean").get_to(row.series.packets_mean);
  series.at("packets_most").get_to(row.series.packets_most);
  series.at("queries_mean").get_to(row.series.queries_mean);
  return row;
}

Results results_from(const json& from) {
  if (from.at("version") != kVersion) throw json::other_error::create(502, "of another version", nullptr);
  Results results;
  const json& trace = from.at("trace");
  for (const json& file : trace.at("files")) {
    results.files.push_back({.path = file.at("path").get<std::string>(),
                             .bytes = file.at("bytes").get<std::uint64_t>(),
                             .changed_ns = file.at("changed_ns").get<std::int64_t>()});
  }
  results.reading = trace.value("reading", "");
  for_each_trait(results.profile, [&](const char* name, auto& value) { trace.at(name).get_to(value); });
  results.world = world_from(from.at("world"));
  for (const json& row : from.at("results")) results.rows.push_back(row_from(row));
  return results;
}

}  // namespace

std::string to_json(const Results& results) {
  json trace{{"files", json::array()}, {"reading", results.reading}};
  for (const TraceFile& file : results.files) {
    trace["files"].push_back({{"path", file.path}, {"bytes", file.bytes}, {"changed_ns", file.changed_ns}});
  }
  for_each_trait(results.profile, [&](const char* name, const auto& value) { trace[name] = value; });
  json document{{"tool", "sluice-rig simulate"},
                {"version", kVersion},
                {"trace", std::move(trace)},
                {"world", of(results.world)},
                {"results", json::array()}};
  for (const ResultRow& row : results.rows) document["results"].push_back(of(row));
  return document.dump(1) + "\n";
}

diag::Result<Results> from_json(const std::string& text) {
  try {
    return results_from(json::parse(text));
  } catch (const json::exception& error) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("these are no results of sluice-rig simulate: {}", error.what()));
  }
}

}  // namespace rig
