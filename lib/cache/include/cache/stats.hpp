// SPDX-License-Identifier: Apache-2.0
/// @file stats.hpp – counters and gauges of the cache as read.
///
/// Purpose    the form in which reports get them.
/// Threads    value types.
#pragma once

#include <array>
#include <cstdint>

#include "cache/counters.hpp"
#include "cache/size_classes.hpp"

namespace cache {

struct ClassStats {
  std::uint64_t entries = 0;
  std::uint64_t main = 0;        // of them in the main queue
  std::uint64_t bytes_used = 0;  // of entries, in whole chunks
  std::uint64_t pages = 0;
};

/// How `cache.size` is used: the sum is bytes_capacity less what alignment costs.
struct MemoryStats {
  std::uint64_t buckets = 0;
  std::uint64_t ghosts = 0;
  std::uint64_t descriptors = 0;  // of pages
  std::uint64_t pages = 0;        // of chunks and their notes
  std::uint64_t large_pages = 0;  // the same for answers above 4 KiB
};

/// All gauges and counters as read, a moment apart at most.
struct Stats {
  ::stats::CounterSums<Gauge> gauges{};
  ::stats::CounterSums<Counter> counters{};
  [[nodiscard]] std::uint64_t operator[](Gauge which) const noexcept { return gauges[static_cast<std::size_t>(which)]; }
  [[nodiscard]] std::uint64_t operator[](Counter which) const noexcept {
    return counters[static_cast<std::size_t>(which)];
  }
};

/// Per size class and memory part, for `sluicectl cache stats`.
struct Details {
  std::array<ClassStats, kClasses> classes{};
  MemoryStats memory;
  std::uint64_t negative_limit_bytes = 0;
};

}  // namespace cache
