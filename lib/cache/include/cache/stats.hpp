// SPDX-License-Identifier: Apache-2.0
/// @file stats.hpp – what the cache says of itself.
///
/// Purpose    gauges and counters for control, written by the egress core and read by anybody a moment later.
/// Threads    value types.
#pragma once

#include <array>
#include <cstdint>

#include "cache/arena.hpp"

namespace cache {

struct ClassStats {
  std::uint64_t entries = 0;
  std::uint64_t main = 0;        // of them in the main queue
  std::uint64_t bytes_used = 0;  // of entries, in whole blocks
  std::uint64_t pages = 0;
};

/// Where all of `cache.size` is: the sum is bytes_capacity, but for what is lost to alignment.
struct MemoryStats {
  std::uint64_t buckets = 0;
  std::uint64_t ghosts = 0;
  std::uint64_t descriptors = 0;  // of pages
  std::uint64_t pages = 0;        // blocks and their notes
  std::uint64_t large_pages = 0;  // likewise, of answers above 4 KiB
};

struct Stats {
  std::uint64_t entries = 0;
  std::uint64_t bytes_used = 0;      // of entries, in whole blocks
  std::uint64_t bytes_capacity = 0;  // all that was given
  std::uint64_t inserts = 0;
  std::uint64_t replacements = 0;
  std::uint64_t evictions = 0;
  std::uint64_t expired = 0;  // removed by the sweep
  std::uint64_t flushed = 0;  // and by remove()
  std::uint64_t rejected_too_big = 0;
  std::uint64_t rejected_no_room = 0;  // every candidate was still held by a reader
  std::uint64_t pending_reclaim = 0;   // blocks that wait for the readers

  // Of the evictions, why this entry:
  std::uint64_t evicted_dead = 0;       // nobody could have used it
  std::uint64_t evicted_stale = 0;      // expired, and not asked for since
  std::uint64_t evicted_probation = 0;  // not asked for again
  std::uint64_t evicted_main = 0;
  std::uint64_t evicted_negative = 0;  // negative answers above their share
  std::uint64_t evicted_bucket = 0;    // fourteen slots were full
  std::uint64_t evicted_moving = 0;    // its page changed class

  std::uint64_t ghost_hits = 0;  // names that came back soon after their answer was evicted
  std::uint64_t promoted = 0;    // from probation, asked for again
  std::uint64_t reinserted = 0;  // at main's tail and asked for meanwhile
  std::uint64_t pages_moved = 0;
  std::uint64_t pages_fresh = 0;     // nobody's yet
  std::uint64_t relocated = 0;       // entries copied out of a page that changes class
  std::uint64_t negative_bytes = 0;  // of negative answers and failures
};

/// Besides the figures: what a person looks at when the cache itself is in question.
struct Details {
  std::array<ClassStats, kClasses> classes{};
  MemoryStats memory;
  std::uint64_t negative_limit_bytes = 0;
};

}  // namespace cache
