// SPDX-License-Identifier: Apache-2.0
// Runs each hot operation once to warm up and once under callgrind; without valgrind it only checks that they run.
#include <cstdio>
#include <string>

#include <valgrind/callgrind.h>

#include "support/allocations.hpp"
#include "support/operations.hpp"

namespace {

// Warms up: first touches of tables and begins of seconds are not the steady state.
constexpr int kWarmRuns = 4;

int measure(perf::Operation& operation) {
  for (int i = 0; i < kWarmRuns; ++i) {
    operation.prepare();
    operation.run();
  }
  operation.prepare();
  const std::uint64_t before = perf::allocations();
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  operation.run();
  CALLGRIND_TOGGLE_COLLECT;
  const std::uint64_t allocated = perf::allocations() - before;
  const std::string label = operation.name() + " " + std::to_string(operation.count());
  CALLGRIND_DUMP_STATS_AT(label.c_str());
  if (allocated == 0) return 0;
  std::fprintf(stderr, "driver: %s allocates %llu times\n", operation.name().c_str(),
               static_cast<unsigned long long>(allocated));
  return 1;
}

}  // namespace

int main() {
  int failed = 0;
  for (const auto& operation : perf::all_operations()) failed += measure(*operation);
  return failed == 0 ? 0 : 1;
}
