// SPDX-License-Identifier: Apache-2.0
// Publishes the gauges, and reads gauges and counters.
#include "cache/cache.hpp"
#include "counting.hpp"

namespace cache {

void Cache::show_memory() noexcept {
  gauge(Gauge::kBytesUsed).store(slabs_.bytes_used(), std::memory_order_relaxed);
  gauge(Gauge::kPendingReclaim).store(slabs_.in_limbo(), std::memory_order_relaxed);
  for (std::size_t c = 0; c < kClasses; ++c) {
    ClassGauges& shown = class_gauges_[c];
    shown.entries.store(queues_.entries(c), std::memory_order_relaxed);
    shown.main.store(queues_.main_entries(c), std::memory_order_relaxed);
    shown.pages.store(slabs_.pages_of(c), std::memory_order_relaxed);
  }
  counters_.add(Counter::kPagesMoved, slabs_.pages_moved() - counters_.read(Counter::kPagesMoved));
  gauge(Gauge::kPagesFresh).store(slabs_.pages_fresh(), std::memory_order_relaxed);
}

MemoryStats Cache::memory() const noexcept {
  MemoryStats memory;
  memory.buckets = buckets_.size_bytes();
  memory.ghosts = ghost_lines_.size_bytes();
  memory.descriptors = slabs_.descriptor_bytes();
  memory.pages = slabs_.shard_bytes() * shape_.shards();
  memory.large_pages = slabs_.large_bytes();
  return memory;
}

Stats Cache::stats() const noexcept {
  Stats stats;
  for (std::size_t i = 0; i < stats.gauges.size(); ++i) stats.gauges[i] = read(gauges_[i]);
  for (std::size_t i = 0; i < stats.counters.size(); ++i) stats.counters[i] = counters_.counters()[i].read();
  return stats;
}

Details Cache::details() const noexcept {
  Details details;
  details.negative_limit_bytes = negative_limit_bytes_ * shape_.shards();
  for (std::size_t c = 0; c < kClasses; ++c) {
    const ClassGauges& shown = class_gauges_[c];
    details.classes[c] = {read(shown.entries), read(shown.main), read(shown.entries) * kClassBytes[c],
                          read(shown.pages)};
  }
  details.memory = memory();
  return details;
}

}  // namespace cache
