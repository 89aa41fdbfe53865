// SPDX-License-Identifier: Apache-2.0
// The cache as a person looks at it: where its memory is, who has it, and how its queues do.
#include <algorithm>

#include "parts.hpp"
#include "reports/reports.hpp"

namespace reports {
namespace {

std::uint64_t percent(std::uint64_t part_of, std::uint64_t whole) { return whole == 0 ? 0 : part_of * 100 / whole; }

Json classes_json(const cache::Details& details) {
  Json classes = Json::array();
  for (std::size_t i = 0; i < cache::kClasses; ++i) {
    const cache::ClassStats& stats = details.classes[i];
    const std::size_t page_bytes = i == cache::kLargeClass ? cache::kLargePageBytes : cache::kPageBytes;
    classes.push_back({{"chunk_bytes", cache::kClassBytes[i]},
                       {"entries", stats.entries},
                       {"main", stats.main},
                       {"bytes_used", stats.bytes_used},
                       {"pages", stats.pages},
                       {"page_bytes", stats.pages * page_bytes}});
  }
  return classes;
}

Json memory_json(const cache::MemoryStats& memory, std::uint64_t whole) {
  const std::uint64_t named = memory.buckets + memory.ghosts + memory.descriptors + memory.pages + memory.large_pages;
  return {{"size", whole},           {"buckets", memory.buckets},
          {"ghosts", memory.ghosts}, {"descriptors", memory.descriptors},
          {"pages", memory.pages},   {"large_pages", memory.large_pages},
          {"unused", whole - named}};
}

}  // namespace

/// What one entry costs of all that is in use: everything but unused pages.
Json cache_stats_report(const View& view) {
  const cache::Stats stats = view.cache->stats();
  const cache::Details details = view.cache->details();
  const std::uint64_t fresh_bytes = stats[cache::Gauge::kPagesFresh] * cache::kPageBytes;
  const std::uint64_t in_use =
      stats[cache::Gauge::kBytesCapacity] - std::min(fresh_bytes, stats[cache::Gauge::kBytesCapacity]);
  Json json = cache_json(stats);
  json["bytes_an_entry"] = stats[cache::Gauge::kEntries] == 0 ? 0 : in_use / stats[cache::Gauge::kEntries];
  json["negative_limit_bytes"] = details.negative_limit_bytes;
  json["negative_percent"] = percent(stats[cache::Gauge::kNegativeBytes], stats[cache::Gauge::kBytesCapacity]);
  json["memory"] = memory_json(details.memory, stats[cache::Gauge::kBytesCapacity]);
  json["classes"] = classes_json(details);
  json["snapshot"] = view.snapshot ? view.snapshot() : Json(nullptr);
  return json;
}

}  // namespace reports
