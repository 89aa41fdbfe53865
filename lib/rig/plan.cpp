// SPDX-License-Identifier: Apache-2.0
// From a trace: what an endless cache would ask, the smallest cache that comes close, the fewest appliances whose budgets
// carry it, and what a change of traffic does to that.
#include "rig/plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/core.h>

#include "cache/cache.hpp"
#include "scaled.hpp"

namespace rig {
namespace {

constexpr std::uint64_t kLeastSize = 16U << 20U;
constexpr std::uint64_t kMostSize = std::uint64_t{16} << 30U;
constexpr double kNearBest = 0.005;      // of all queries: below this gain more memory is not advised
constexpr double kWaitMs = 100;          // that 99 of 100 waiting clients may wait
constexpr std::uint32_t kMostTries = 4;  // numbers of appliances, from the estimate on
constexpr std::uint32_t kMostAppliances = 64;

class TracePlan {
 public:
  TracePlan(trace::Source& source, const trace::Dictionary& dictionary, const PlanSpec& spec)
      : source_(source), dictionary_(dictionary), spec_(spec) {}

  diag::Result<Advice> make() {
    return demand()
        .and_then([this] { return choose_size(); })
        .and_then([this] { return choose_appliances(); })
        .and_then([this] { return vary(); })
        .map([this] { return advice_; });
  }

 private:
  [[nodiscard]] diag::Result<std::vector<ResultRow>> simulate(trace::Source& source,
                                                              const std::vector<Configuration>& cells);
  [[nodiscard]] diag::Status demand();
  [[nodiscard]] diag::Status choose_size();
  [[nodiscard]] diag::Status choose_appliances();
  [[nodiscard]] diag::Status vary();
  [[nodiscard]] diag::Status vary_traffic(std::string what, double traffic, double ttl);
  void note(std::string what, const ResultRow& row);
  [[nodiscard]] bool carries(const ResultRow& row) const {
    return row.loss_ratio <= spec_.loss && row.wait_ms_p99 <= kWaitMs;
  }
  [[nodiscard]] Configuration chosen() const {
    return {.size_bytes = advice_.memory_bytes, .budget_pps = spec_.world.limit_pps, .appliances = advice_.in_service};
  }

  trace::Source& source_;
  const trace::Dictionary& dictionary_;
  const PlanSpec& spec_;
  Profile profile_;
  Advice advice_;
  ResultRow endless_;
  ResultRow grown_;
  double peak_pps_ = 0;
};

diag::Result<std::vector<ResultRow>> TracePlan::simulate(trace::Source& source,
                                                         const std::vector<Configuration>& cells) {
  std::vector<ResultRow> rows;
  const RunSpec spec{.world = spec_.world,
                     .cells = cells,
                     .threads = spec_.threads,
                     .memory_bytes = spec_.memory_bytes,
                     .on_progress = spec_.on_progress,
                     .on_outcome = [&](const Outcome& outcome) -> diag::Status {
                       rows.push_back(row_of(outcome));
                       return {};
                     }};
  auto profile = run(source, dictionary_, spec);
  if (!profile) return diag::fail(profile.error());
  profile_ = std::move(*profile);
  return rows;
}

diag::Status TracePlan::demand() {
  auto rows = simulate(source_, {{.policy = Policy::kInfinite, .size_bytes = 0, .budget_pps = 0}});
  if (!rows) return diag::fail(rows.error());
  endless_ = rows->front();
  if (endless_.queries == 0)
    return diag::fail(diag::Code::kInvalid, "the trace has no queries: there is nothing to plan for");
  advice_.reasons.push_back(
      fmt::format("{} queries in {:.0f} s ask for {} distinct answers; with endless memory {:.2f} % are hits, the rest "
                  "is asked for the "
                  "first time or after its TTL",
                  profile_.queries, profile_.seconds, profile_.items, 100 * endless_.hit_ratio));
  return {};
}

diag::Status TracePlan::choose_size() {
  std::vector<Configuration> cells;
  const std::uint64_t enough = std::bit_ceil(std::max(kLeastSize, endless_.bytes_most * 3 / 2));
  for (std::uint64_t size = kLeastSize; size <= std::min(enough, kMostSize); size *= 2) {
    cells.push_back({.size_bytes = size, .budget_pps = 0});
  }
  auto rows = simulate(source_, cells);
  if (!rows) return diag::fail(rows.error());
  double best = 0;
  for (const ResultRow& row : *rows) best = std::max(best, row.hit_ratio);
  const auto first =
      std::ranges::find_if(*rows, [&](const ResultRow& row) { return row.hit_ratio >= best - kNearBest; });
  advice_.memory_bytes = first->configuration.size_bytes;
  advice_.hit_ratio = first->hit_ratio;
  peak_pps_ = first->pps_p99;
  advice_.reasons.push_back(
      fmt::format("{} is the smallest cache within {:.1f} points of the best: {:.2f} % hits; all answers together "
                  "would take {:.1f} MiB",
                  size_text(advice_.memory_bytes), 100 * kNearBest, 100 * first->hit_ratio,
                  static_cast<double>(endless_.bytes_most) / 1'048'576));
  advice_.reasons.push_back(
      fmt::format("without a budget such a cache sends {:.1f} packets a second on average and {} in the busiest "
                  "hundredth of all seconds; "
                  "{} of {} seconds are above {}",
                  first->pps_mean, first->pps_p99, first->windows_above, first->windows, spec_.world.limit_pps));
  return {};
}

diag::Status TracePlan::choose_appliances() {
  const double limit = spec_.world.limit_pps;
  const double peak_qps =
      endless_.series.queries_mean.empty() ? 0 : *std::ranges::max_element(endless_.series.queries_mean);
  const auto by_load = static_cast<std::uint32_t>(std::ceil(peak_qps * spec_.headroom / spec_.capacity_qps));
  const auto by_packets = static_cast<std::uint32_t>(std::ceil(peak_pps_ * spec_.headroom / limit));
  const std::uint32_t first = std::clamp(std::max(by_load, by_packets), 1U, kMostAppliances);
  std::vector<Configuration> cells;
  for (std::uint32_t count = first; count < first + kMostTries; ++count) {
    cells.push_back({.size_bytes = advice_.memory_bytes, .budget_pps = spec_.world.limit_pps, .appliances = count});
  }
  Scaled grown(source_, spec_.headroom, 1);
  auto rows = simulate(grown, cells);
  if (!rows) return diag::fail(rows.error());
  const auto fits = std::ranges::find_if(*rows, [this](const ResultRow& row) { return carries(row); });
  const ResultRow& row = fits == rows->end() ? rows->back() : *fits;
  grown_ = row;
  advice_.is_enough = fits != rows->end();
  advice_.in_service = row.configuration.appliances;
  advice_.pps_peak = row.pps_p99;
  advice_.appliances = advice_.interfaces = advice_.in_service + 1;
  const std::string what = advice_.in_service == 1
                               ? std::string("one appliance with its interface")
                               : fmt::format("{} appliances with an interface each", advice_.in_service);
  advice_.reasons.push_back(
      fmt::format("{} at {:.0f} % more traffic: {:.3f} % of the queries unanswered, 99 % of those who wait do so for "
                  "less than {:.1f} ms{}",
                  what, 100 * (spec_.headroom - 1), 100 * row.loss_ratio, row.wait_ms_p99,
                  advice_.is_enough ? "" : "; more appliances than were tried are needed, or a larger minimum TTL"));
  advice_.reasons.push_back(fmt::format("the busiest moment has {:.0f} queries a second; an appliance answers {}",
                                        peak_qps, spec_.capacity_qps));
  advice_.reasons.push_back("one more appliance, so that any one may fail or restart");
  return {};
}

void TracePlan::note(std::string what, const ResultRow& row) {
  advice_.variations.push_back({.what = std::move(what),
                                .hit_ratio = row.hit_ratio,
                                .pps_p99 = row.pps_p99,
                                .loss_ratio = row.loss_ratio,
                                .wait_ms_p99 = row.wait_ms_p99});
}

diag::Status TracePlan::vary_traffic(std::string what, double traffic, double ttl) {
  Scaled scaled(source_, traffic, ttl);
  auto rows = simulate(scaled, {chosen()});
  if (!rows) return diag::fail(rows.error());
  note(std::move(what), rows->front());
  return {};
}

diag::Status TracePlan::vary() {
  std::vector<Configuration> cells(advice_.in_service > 1 ? 5 : 4, chosen());
  cells[1].size_bytes = std::max<std::uint64_t>(cells[1].size_bytes / 4, cache::Cache::min_bytes());
  cells[2].size_bytes *= 4;
  cells[3].min_ttl_sec = 60;
  if (cells.size() > 4) --cells[4].appliances;
  auto rows = simulate(source_, cells);
  if (!rows) return diag::fail(rows.error());
  note("as advised", (*rows)[0]);
  note(fmt::format("{:.0f} % more traffic", 100 * (spec_.headroom - 1)), grown_);
  note("a quarter of the memory", (*rows)[1]);
  note("four times the memory", (*rows)[2]);
  note("no TTL below a minute (cache.min_ttl)", (*rows)[3]);
  if (cells.size() > 4) note("one appliance fewer", (*rows)[4]);
  return vary_traffic("twice the traffic", 2, 1).and_then([this] { return vary_traffic("half the TTLs", 1, 0.5); });
}

}  // namespace

diag::Result<Advice> plan_trace(trace::Source& source, const trace::Dictionary& dictionary, const PlanSpec& spec) {
  return TracePlan(source, dictionary, spec).make();
}

std::string to_text(const Advice& advice) {
  std::string text = fmt::format("memory      {} of cache in each appliance\n", size_text(advice.memory_bytes));
  text += fmt::format("interfaces  {}, each with a budget of its own\n", advice.interfaces);
  text += fmt::format("appliances  {}: {} in service and one to spare\n\nwhy\n", advice.appliances, advice.in_service);
  for (const std::string& reason : advice.reasons) text += fmt::format("  - {}\n", reason);
  if (advice.variations.empty()) return text;
  text += fmt::format("\n{:<40} {:>8} {:>10} {:>8} {:>10}\n", "what if", "hits %", "pkts/s p99", "lost %", "wait p99");
  for (const Variation& one : advice.variations) {
    const std::string wait = one.wait_ms_p99 ? fmt::format("{:.1f} ms", *one.wait_ms_p99) : "not known";
    text += fmt::format("{:<40} {:>8.2f} {:>10} {:>8.3f} {:>10}\n", one.what, 100 * one.hit_ratio, one.pps_p99,
                        100 * one.loss_ratio, wait);
  }
  return text;
}

}  // namespace rig
