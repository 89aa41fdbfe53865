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

MemoryFigures Cache::memory() const noexcept {
  MemoryFigures memory;
  memory.buckets = buckets_.size_bytes();
  memory.ghosts = ghost_lines_.size_bytes();
  memory.descriptors = arena_.descriptor_bytes();
  memory.pages = arena_.shard_bytes() * shape_.shards();
  memory.large_pages = arena_.large_bytes();
  return memory;
}

Figures Cache::figures() const noexcept {
  Figures figures;
  figures.entries = read(counters_.entries);
  figures.bytes_used = read(counters_.bytes_used);
  figures.bytes_capacity = capacity_bytes_;
  figures.inserts = read(counters_.inserts);
  figures.replacements = read(counters_.replacements);
  figures.evictions = read(counters_.evictions);
  figures.expired = read(counters_.expired);
  figures.flushed = read(counters_.flushed);
  figures.rejected_too_big = read(counters_.rejected_too_big);
  figures.rejected_no_room = read(counters_.rejected_no_room);
  figures.pending_reclaim = read(counters_.pending_reclaim);
  figures.evicted_dead = read(counters_.evicted_dead);
  figures.evicted_stale = read(counters_.evicted_stale);
  figures.evicted_probation = read(counters_.evicted_probation);
  figures.evicted_main = read(counters_.evicted_main);
  figures.evicted_negative = read(counters_.evicted_negative);
  figures.evicted_bucket = read(counters_.evicted_bucket);
  figures.evicted_moving = read(counters_.evicted_moving);
  figures.ghost_hits = read(counters_.ghost_hits);
  figures.promoted = read(counters_.promoted);
  figures.reinserted = read(counters_.reinserted);
  figures.pages_moved = read(counters_.pages_moved);
  figures.pages_fresh = read(counters_.pages_fresh);
  figures.relocated = read(counters_.relocated);
  figures.negative_bytes = read(counters_.negative_bytes);
  return figures;
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
