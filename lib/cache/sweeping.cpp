// SPDX-License-Identifier: Apache-2.0
// Walks over the whole table in steps: the sweep of dead entries, and flushes.
#include <algorithm>
#include <cstring>

#include "cache/cache.hpp"
#include "counting.hpp"

namespace cache {
namespace {

/// Is `qname` (folded wire form) `suffix` itself or below it?
bool is_within(base::Bytes qname, base::Bytes suffix) noexcept {
  if (suffix.empty()) return false;
  while (qname.size() > suffix.size()) {
    const std::size_t label = std::to_integer<std::size_t>(qname[0]) + 1;
    if (label >= qname.size()) return false;
    qname = qname.subspan(label);
  }
  return qname.size() == suffix.size() && std::memcmp(qname.data(), suffix.data(), suffix.size()) == 0;
}

}  // namespace

void Cache::sweep(base::Instant now, std::size_t buckets) noexcept {
  const std::uint32_t now_sec = now.sec();
  for (std::size_t left = std::min(buckets, bucket_count()); left != 0; --left) {
    for (std::size_t slot = 0; slot < kSlotsPerBucket; ++slot) {
      const std::uint64_t word = buckets_[sweep_at_].slots[slot].load(std::memory_order_relaxed);
      if (word != 0 && slabs_.note(SlotWord::ref(word)).dead_at_sec <= now_sec)
        unlink({sweep_at_, slot}, Counter::kExpired);
    }
    sweep_at_ = sweep_at_ + 1 == bucket_count() ? 0 : sweep_at_ + 1;
  }
  show_memory();
}

bool Cache::flush(Cursor& cursor, base::Bytes name, std::size_t buckets, FlushScope scope,
                  std::optional<dns::QType> only) noexcept {
  const auto is_meant = [&](dns::KeyView key) {
    const bool is_of_every_type = key.qtype() == dns::kEveryType;  // an NXDOMAIN answers that type as well
    if (only && key.qtype() != *only && !is_of_every_type) return false;
    if (scope == FlushScope::kEverything) return true;
    return scope == FlushScope::kName ? std::ranges::equal(key.qname(), name) : is_within(key.qname(), name);
  };
  const std::size_t begin = std::min(cursor.next_bucket, bucket_count());
  const std::size_t end = begin + std::min(buckets, bucket_count() - begin);
  for (std::size_t bucket = begin; bucket < end; ++bucket) {
    for (std::size_t slot = 0; slot < kSlotsPerBucket; ++slot) {
      const std::uint64_t word = buckets_[bucket].slots[slot].load(std::memory_order_relaxed);
      if (word != 0 && is_meant(entry_of(SlotWord::ref(word))->key())) {
        unlink({bucket, slot}, Counter::kFlushed);
        ++cursor.removed;
      }
    }
  }
  cursor.next_bucket = end;
  show_memory();
  return end < bucket_count();
}

}  // namespace cache
