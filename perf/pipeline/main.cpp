// SPDX-License-Identifier: Apache-2.0
// perf/pipeline: TSC cycles per packet through one worker, compared with plain forwarding on the same port.
#include <cstdio>
#include <fstream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <rte_cycles.h>

#include "bench.hpp"
#include "dpdk/eal.hpp"

namespace perf {
namespace {

nlohmann::json json_of(const Spread& spread) {
  return {{"median", spread.median}, {"mad", spread.mad}, {"min", spread.min}, {"max", spread.max}};
}

nlohmann::json json_of(const Measured& measured) {
  nlohmann::json stages;
  for (std::size_t i = 0; i < kStages.size(); ++i) stages[kStages[i]] = measured.stages[i];
  return {{"name", measured.name},
          {"what", measured.what},
          {"cycles", json_of(measured.cycles)},
          {"swap", json_of(measured.swap)},
          {"added", json_of(measured.added)},
          {"stages", stages},
          {"allocations", measured.allocations}};
}

void print(const Measured& m) {
  fmt::print("{:14} {:8.1f} {:8.1f} {:8.1f} {:6.1f} {:8.1f} {:8.1f}  ", m.name, m.cycles.median, m.swap.median,
             m.added.median, m.added.mad, m.added.min, m.added.max);
  for (const double stage : m.stages) fmt::print(" {:6.1f}", stage);
  fmt::print("\n");
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  CLI::App app{"Cycles (TSC ticks) per packet of one worker on a ring port, compared with plain forwarding"};
  Bench::Spec spec;
  std::string json;
  std::string only;
  bool scale = false;
  unsigned cpu = 0;
  app.add_option("--entries", spec.entries, "names in the cache")->capture_default_str();
  app.add_option("--rounds", spec.rounds, "rounds; the results are medians over them")->capture_default_str();
  app.add_option("--batches", spec.batches, "batches of 256 packets in a round")->capture_default_str();
  app.add_option("--only", only, "one scenario");
  app.add_flag("--scale", scale, "scenarios by size of answers, number of clients and share of hits");
  app.add_option("--cpu", cpu, "where it runs")->capture_default_str();
  app.add_option("--json", json, "FILE to write");
  CLI11_PARSE(app, argc, argv);

  auto eal = dpdk::Eal::start({"pipeline", fmt::format("--lcores=0@{}", cpu), "--no-pci", "--no-huge", "-m256",
                               "--no-shconf", "--log-level=error"});
  if (!eal) {
    fmt::print(stderr, "pipeline: {}\n", eal.error().sentence());
    return 2;
  }
  Bench bench(spec);
  fmt::print("cycles are ticks of the TSC at {} MHz; {} names in the cache, {} rounds of {} packets\n",
             rte_get_tsc_hz() / 1'000'000, spec.entries, spec.rounds, spec.batches * kBatch);
  fmt::print("{:14} {:>8} {:>8} {:>8} {:>6} {:>8} {:>8}  ", "scenario", "cycles", "5tswap", "added", "MAD", "min",
             "max");
  for (const char* stage : kStages) fmt::print(" {:>6.6}", stage);
  fmt::print("\n");
  nlohmann::json out{{"tsc_hz", rte_get_tsc_hz()}, {"entries", spec.entries}, {"scenarios", nlohmann::json::array()}};
  const auto is_kept = [&](std::uint64_t name) { return bench.is_kept(name); };
  const auto scenarios = scale ? scale_scenarios(spec.entries) : all_scenarios(spec.entries, is_kept);
  for (const Scenario& scenario : scenarios) {
    if (!only.empty() && scenario.name != only) continue;
    const Measured measured = bench.measure(scenario);
    print(measured);
    out["scenarios"].push_back(json_of(measured));
  }
  if (!json.empty()) std::ofstream(json) << out.dump(1) << '\n';
  return 0;
}

}  // namespace
}  // namespace perf

int main(int argc, char** argv) {
  try {
    return perf::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pipeline: %s\n", error.what());
    return 2;
  }
}
