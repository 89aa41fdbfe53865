// SPDX-License-Identifier: Apache-2.0
/// @file allocations.hpp – counts the allocations of a loop: the data path must not allocate.
///
/// Purpose    replaces operator new of the program that includes it (in one source file), and fails a benchmark that allocates.
/// Threads    one counter for the whole program: benchmarks run one at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <benchmark/benchmark.h>

namespace perf {

inline std::atomic<std::uint64_t> allocations{0};

/// Fails the benchmark when anything is allocated between creation and check().
class NoAllocations {
 public:
  NoAllocations() : before_(allocations.load()) {}
  void check(benchmark::State& state) const {
    const std::uint64_t made = allocations.load() - before_;
    state.counters["allocations"] = static_cast<double>(made);
    if (made != 0) state.SkipWithError("the loop allocates");
  }

 private:
  std::uint64_t before_;
};

}  // namespace perf

void* operator new(std::size_t bytes) {
  perf::allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* at = std::malloc(bytes)) return at;
  std::abort();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
