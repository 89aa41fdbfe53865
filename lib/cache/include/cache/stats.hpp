// SPDX-License-Identifier: Apache-2.0
/// @file stats.hpp – what the cache says of itself.
///
/// Purpose    gauges and counters for control, written by the egress core and read by anybody a moment later.
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

/// Where all of `cache.size` is: the sum is bytes_capacity, but for what is lost to alignment.
struct MemoryStats {
  std::uint64_t buckets = 0;
  std::uint64_t ghosts = 0;
  std::uint64_t descriptors = 0;  // of pages
  std::uint64_t pages = 0;        // chunks and their notes
  std::uint64_t large_pages = 0;  // likewise, of answers above 4 KiB
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

/// Besides the figures: what a person looks at when the cache itself is in question.
struct Details {
  std::array<ClassStats, kClasses> classes{};
  MemoryStats memory;
  std::uint64_t negative_limit_bytes = 0;
};

}  // namespace cache
