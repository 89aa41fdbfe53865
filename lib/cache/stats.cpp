// SPDX-License-Identifier: Apache-2.0
// The egress core's gauges, and the figures that others make of them.
#include "cache/cache.hpp"
#include "counting.hpp"

namespace cache {

void Cache::show_memory() noexcept {
  counters_.bytes_used.store(arena_.bytes_used(), std::memory_order_relaxed);
  counters_.pending_reclaim.store(arena_.in_limbo(), std::memory_order_relaxed);
  for (std::size_t c = 0; c < kClasses; ++c) {
    ClassCounters& shown = class_counters_[c];
    shown.entries.store(queues_.entries(c), std::memory_order_relaxed);
    shown.main.store(queues_.main_entries(c), std::memory_order_relaxed);
    shown.pages.store(arena_.pages_of(c), std::memory_order_relaxed);
  }
  counters_.pages_moved.store(arena_.pages_moved(), std::memory_order_relaxed);
  counters_.pages_fresh.store(arena_.pages_fresh(), std::memory_order_relaxed);
}

MemoryStats Cache::memory() const noexcept {
  MemoryStats memory;
  memory.buckets = buckets_.size_bytes();
  memory.ghosts = ghost_lines_.size_bytes();
  memory.descriptors = arena_.descriptor_bytes();
  memory.pages = arena_.shard_bytes() * shape_.shards();
  memory.large_pages = arena_.large_bytes();
  return memory;
}

Stats Cache::stats() const noexcept {
  Stats stats;
  stats.entries = read(counters_.entries);
  stats.bytes_used = read(counters_.bytes_used);
  stats.bytes_capacity = capacity_bytes_;
  stats.inserts = read(counters_.inserts);
  stats.replacements = read(counters_.replacements);
  stats.evictions = read(counters_.evictions);
  stats.expired = read(counters_.expired);
  stats.flushed = read(counters_.flushed);
  stats.rejected_too_big = read(counters_.rejected_too_big);
  stats.rejected_no_room = read(counters_.rejected_no_room);
  stats.pending_reclaim = read(counters_.pending_reclaim);
  stats.evicted_dead = read(counters_.evicted_dead);
  stats.evicted_stale = read(counters_.evicted_stale);
  stats.evicted_probation = read(counters_.evicted_probation);
  stats.evicted_main = read(counters_.evicted_main);
  stats.evicted_negative = read(counters_.evicted_negative);
  stats.evicted_bucket = read(counters_.evicted_bucket);
  stats.evicted_moving = read(counters_.evicted_moving);
  stats.ghost_hits = read(counters_.ghost_hits);
  stats.promoted = read(counters_.promoted);
  stats.reinserted = read(counters_.reinserted);
  stats.pages_moved = read(counters_.pages_moved);
  stats.pages_fresh = read(counters_.pages_fresh);
  stats.relocated = read(counters_.relocated);
  stats.negative_bytes = read(counters_.negative_bytes);
  return stats;
}

Details Cache::details() const noexcept {
  Details details;
  details.negative_limit_bytes = negative_limit_bytes_ * shape_.shards();
  for (std::size_t c = 0; c < kClasses; ++c) {
    const ClassCounters& shown = class_counters_[c];
    details.classes[c] = {read(shown.entries), read(shown.main), read(shown.entries) * kClassBytes[c],
                          read(shown.pages)};
  }
  details.memory = memory();
  return details;
}

}  // namespace cache
