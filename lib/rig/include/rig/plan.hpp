// SPDX-License-Identifier: Apache-2.0
/// @file plan.hpp – memory, interfaces and appliances that a given traffic needs.
///
/// Purpose    advice with reasons and with what would change it: from a trace by simulation, from the counters of a
///            running appliance by arithmetic.
/// Threads    plan_trace() uses those of run().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "diag/result.hpp"
#include "rig/configuration.hpp"
#include "rig/results.hpp"
#include "rig/run.hpp"
#include "trace/dictionary.hpp"
#include "trace/source.hpp"

namespace rig {

struct PlanSpec {
  World world;
  double headroom = 1.25;                // what traffic may grow by
  double peak = 4;                       // counters only: busiest second against the average
  std::uint32_t capacity_qps = 200'000;  // answers a second of one appliance
  double loss = 0.0001;                  // share of queries that may go unanswered
  unsigned threads = 1;
  std::uint64_t memory_bytes = std::uint64_t{4} << 30U;
  std::function<void(const RunProgress&)> on_progress;
};

/// The same traffic with one change.
struct Variation {
  std::string what;
  double hit_ratio = 0;
  std::uint32_t pps_p99 = 0;  // of the busiest appliance, as near as the sum tells
  double loss_ratio = 0;
  std::optional<double> wait_ms_p99;  // counters do not tell
};

struct Advice {
  std::uint64_t memory_bytes = 0;  // of the cache, in each appliance
  std::uint32_t in_service = 1;    // appliances that must work at the same time, each with an interface and a budget
  std::uint32_t appliances = 2;    // with one to spare
  std::uint32_t interfaces = 2;
  double hit_ratio = 0;
  double pps_peak = 0;    // upstream, of all, in the busiest hundredth of all seconds
  bool is_enough = true;  // false: more appliances than were tried
  std::vector<std::string> reasons;
  std::vector<Variation> variations;
};

[[nodiscard]] diag::Result<Advice> plan_trace(trace::Source& source, const trace::Dictionary& dictionary,
                                              const PlanSpec& spec);
/// `text`: what `sluicectl stats --json` says.
[[nodiscard]] diag::Result<Advice> plan_stats(const std::string& text, const PlanSpec& spec);

[[nodiscard]] std::string to_json(const Advice& advice);
[[nodiscard]] std::string to_text(const Advice& advice);

}  // namespace rig
