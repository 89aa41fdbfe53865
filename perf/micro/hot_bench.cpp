// SPDX-License-Identifier: Apache-2.0
// Time of each hot operation, one by one, and a check that none of them allocates. cache_bench.cpp has the cache at
// realistic sizes.
#include <chrono>
#include <cstdint>

#include <benchmark/benchmark.h>
#include <x86intrin.h>

#include "support/allocations.hpp"
#include "support/operations.hpp"

namespace {

void measure(benchmark::State& state, perf::Operation& operation) {
  using Clock = std::chrono::steady_clock;
  std::uint64_t cycles = 0;
  std::uint64_t allocated = 0;
  operation.prepare();
  operation.run();
  for (auto _ : state) {
    operation.prepare();
    const std::uint64_t allocations = perf::allocations();
    const Clock::time_point begin = Clock::now();
    const std::uint64_t first = __rdtsc();
    operation.run();
    cycles += __rdtsc() - first;
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - begin).count());
    allocated += perf::allocations() - allocations;
  }
  const auto count = static_cast<double>(operation.count());
  const double operations = static_cast<double>(state.iterations()) * count;
  state.SetItemsProcessed(static_cast<std::int64_t>(operations));
  state.counters["cycles"] = static_cast<double>(cycles) / operations;  // of the TSC
  state.counters["allocations"] = static_cast<double>(allocated);
  if (allocated != 0) state.SkipWithError("it allocates");
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  const auto operations = perf::all_operations();
  for (const auto& operation : operations) {
    benchmark::RegisterBenchmark(operation->name().c_str(), [&operation](benchmark::State& state) {
      measure(state, *operation);
    })->UseManualTime();
  }
  const bool ran = benchmark::RunSpecifiedBenchmarks() != 0;
  benchmark::Shutdown();
  return ran ? 0 : 1;
}
