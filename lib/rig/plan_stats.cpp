// SPDX-License-Identifier: Apache-2.0
// From counters: averages since the start of the appliance, and a factor for its busiest second.
#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "rig/plan.hpp"

namespace rig {
namespace {

using nlohmann::json;

struct Counted {
  double seconds = 0;
  double queries = 0;
  double hits = 0;
  double packets = 0;
  double entries = 0;
  double bytes_used = 0;
  double bytes_capacity = 0;
  double evictions = 0;
};

Counted read(const json& from) {
  Counted to;
  from.at("uptime_sec").get_to(to.seconds);
  from.at("queries").at("total").get_to(to.queries);
  from.at("queries").at("outcomes").at("hit").get_to(to.hits);
  from.at("egress").at("sent").get_to(to.packets);
  const json& cache = from.at("cache");
  cache.at("entries").get_to(to.entries);
  cache.at("bytes_used").get_to(to.bytes_used);
  cache.at("bytes_capacity").get_to(to.bytes_capacity);
  cache.at("evictions").get_to(to.evictions);
  return to;
}

constexpr std::uint64_t kLeastSize = 16U << 20U;

void plan_memory(const Counted& counted, Advice& advice) {
  const bool evicts = counted.evictions > 0;
  const double wanted = evicts ? counted.bytes_capacity * 2 : counted.bytes_used * 1.5;
  advice.memory_bytes = std::bit_ceil(std::max(kLeastSize, static_cast<std::uint64_t>(wanted)));
  advice.reasons.push_back(
      evicts
          ? fmt::format("the cache of {:.1f} MiB has evicted {:.0f} answers: twice the memory, and a trace would tell "
                        "what it brings",
                        counted.bytes_capacity / 1'048'576, counted.evictions)
          : fmt::format("{:.0f} answers take {:.1f} MiB and none was ever evicted: half as much again, rounded up",
                        counted.entries, counted.bytes_used / 1'048'576));
}

/// Factors for the number of queries and for the misses of each query.
struct Change {
  double queries = 1;
  double misses = 1;
};

Variation vary(const Counted& counted, const PlanSpec& spec, const Advice& advice, std::string what, Change change) {
  const double peak = counted.packets / counted.seconds * spec.peak * change.queries * change.misses;
  const double queries = counted.queries / counted.seconds * spec.peak * change.queries;
  const double room = static_cast<double>(spec.world.limit_pps) * advice.in_service;
  return {.what = std::move(what),
          .hit_ratio = std::max(0.0, 1 - (1 - advice.hit_ratio) * change.misses),
          .pps_p99 = static_cast<std::uint32_t>(peak),
          .loss_ratio = peak > room ? (peak - room) / queries : 0,
          .wait_ms_p99 = std::nullopt};
}

}  // namespace

diag::Result<Advice> plan_stats(const std::string& text, const PlanSpec& spec) {
  Counted counted;
  try {
    counted = read(json::parse(text));
  } catch (const json::exception& error) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("this is not what 'sluicectl stats --json' says: {}", error.what()));
  }
  if (counted.seconds < 1 || counted.queries < 1) {
    return diag::fail(diag::Code::kInvalid, "the appliance has answered nothing yet: there is nothing to plan for");
  }
  Advice advice;
  advice.hit_ratio = counted.hits / counted.queries;
  plan_memory(counted, advice);
  const double pps = counted.packets / counted.seconds;
  const double qps = counted.queries / counted.seconds;
  advice.pps_peak = pps * spec.peak;
  const double by_packets = std::ceil(advice.pps_peak * spec.headroom / spec.world.limit_pps);
  const double by_load = std::ceil(qps * spec.peak * spec.headroom / spec.capacity_qps);
  advice.in_service = static_cast<std::uint32_t>(std::max({1.0, by_packets, by_load}));
  advice.appliances = advice.interfaces = advice.in_service + 1;
  advice.reasons.push_back(
      fmt::format("{:.1f} queries and {:.1f} packets upstream a second since its start {:.0f} s ago ({:.2f} % hits); "
                  "the busiest second is "
                  "taken to have {:.1f} times as many (--peak), and traffic to grow by {:.0f} %",
                  qps, pps, counted.seconds, 100 * advice.hit_ratio, spec.peak, 100 * (spec.headroom - 1)));
  advice.reasons.push_back(fmt::format("that makes {:.0f} packets a second; an interface may send {}",
                                       advice.pps_peak * spec.headroom, spec.world.limit_pps));
  advice.reasons.push_back("one more appliance, so that any one may fail or restart");
  advice.variations = {vary(counted, spec, advice, "as advised", {}),
                       vary(counted, spec, advice, "twice the traffic", {.queries = 2}),
                       vary(counted, spec, advice, "half the TTLs, all misses double", {.misses = 2})};
  return advice;
}

std::string to_json(const Advice& advice) {
  json variations = json::array();
  for (const Variation& one : advice.variations) {
    variations.push_back({{"what", one.what},
                          {"hit_ratio", one.hit_ratio},
                          {"pps_p99", one.pps_p99},
                          {"loss_ratio", one.loss_ratio},
                          {"wait_ms_p99", one.wait_ms_p99 ? json(*one.wait_ms_p99) : json()}});
  }
  return json{{"tool", "sluice-rig plan"},       {"memory_bytes", advice.memory_bytes},
              {"interfaces", advice.interfaces}, {"appliances", advice.appliances},
              {"in_service", advice.in_service}, {"is_enough", advice.is_enough},
              {"hit_ratio", advice.hit_ratio},   {"pps_peak", advice.pps_peak},
              {"reasons", advice.reasons},       {"variations", std::move(variations)}}
             .dump(1) +
         "\n";
}

}  // namespace rig
