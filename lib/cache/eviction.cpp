// SPDX-License-Identifier: Apache-2.0
// Who has to go: victims of memory, of full buckets and of the entry limit; the sweep of the dead; flushing.
#include <algorithm>
#include <cstring>

#include "base/contract.hpp"
#include "cache/cache.hpp"

namespace cache {
namespace {

constexpr int kLookahead = 64;    // blocks judged by their notes alone
constexpr int kClockSteps = 128;  // blocks whose use counter is looked at
constexpr int kEvictionsPerInsert = 2;
constexpr int kWayAttempts = 16;

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

/// CLOCK over the class's blocks, with an eye on the notes ahead: dead entries go first, then stale ones that nobody
/// asked for, then those not asked for since the hand last came by, else the least asked for and oldest looked at.
BlockRef Cache::pick_victim(std::size_t shard, std::size_t size_class, base::Instant now) noexcept {
  const std::uint32_t now_sec = now.sec();
  Arena::Hand hand = arena_.hand(shard, size_class);
  BlockRef stale = 0;
  Arena::Hand behind_stale;
  for (int i = 0; i < kLookahead; ++i) {
    const BlockRef ref = arena_.step(hand);
    if (ref == 0) return 0;
    const BlockNote& note = arena_.note(ref);
    if (note.state != BlockState::kLive) continue;
    if (note.dead_at_sec <= now_sec) {
      arena_.set_hand(shard, size_class, hand);
      return ref;
    }
    if (stale == 0 && note.fresh_until_sec <= now_sec && entry_of(ref)->uses_.load(std::memory_order_relaxed) == 0) {
      stale = ref;
      behind_stale = hand;
    }
  }
  if (stale != 0) {
    arena_.set_hand(shard, size_class, behind_stale);
    return stale;
  }

  return turn_clock(shard, size_class);
}

BlockRef Cache::turn_clock(std::size_t shard, std::size_t size_class) noexcept {
  Arena::Hand hand = arena_.hand(shard, size_class);
  BlockRef victim = 0;
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < kClockSteps && least >> 56U != 0; ++i) {
    const BlockRef ref = arena_.step(hand);
    if (arena_.note(ref).state != BlockState::kLive) continue;
    const Entry* entry = entry_of(ref);
    const std::uint8_t uses = entry->uses_.load(std::memory_order_relaxed);
    const std::uint64_t here = std::uint64_t{uses} << 56U | entry->stored_ns_ >> 8U;
    if (here < least) {
      victim = ref;
      least = here;
    }
    if (uses != 0) entry->uses_.store(static_cast<std::uint8_t>(uses - 1), std::memory_order_relaxed);
  }
  arena_.set_hand(shard, size_class, hand);
  return victim;
}

bool Cache::evict_one(std::size_t shard, std::size_t size_class, base::Instant now) noexcept {
  const BlockRef victim = pick_victim(shard, size_class, now);
  if (victim == 0) return false;
  const BlockNote& note = arena_.note(victim);
  unlink({note.link, note.slot}, counters_.evictions);
  return true;
}

/// A freed block passes through limbo before it can be used again, so that victims are chosen before they are needed.
void Cache::evict_ahead(std::size_t shard, std::size_t size_class, base::Instant now) noexcept {
  for (int i = 0; i < kEvictionsPerInsert && arena_.runs_short(shard, size_class); ++i) {
    if (!evict_one(shard, size_class, now)) return;
  }
}

/// Brings the number of entries below max_entries: in this shard if it has any, where its fullest class is.
bool Cache::make_way(std::size_t shard, base::Instant now) noexcept {
  const std::size_t shards = shape_.shards();
  for (int attempt = 0; attempt < kWayAttempts; ++attempt) {
    for (std::size_t i = 0; i < shards; ++i) {
      const std::size_t here = (shard + i) % shards;
      std::size_t fullest = 0;
      for (std::size_t c = 1; c < kLargeClass; ++c) {
        if (arena_.live(here, c) > arena_.live(here, fullest)) fullest = c;
      }
      if (arena_.live(here, fullest) != 0 && evict_one(here, fullest, now)) return true;
    }
  }
  return false;
}

/// What keeping the block is worth; the least goes.
std::uint64_t Cache::worth(BlockRef ref, base::Instant now) noexcept {
  const BlockNote& note = arena_.note(ref);
  const Entry* entry = entry_of(ref);
  const std::uint64_t uses = entry->uses_.load(std::memory_order_relaxed);
  std::uint64_t rank = 0;
  if (note.dead_at_sec > now.sec()) rank = 1 + 2 * uses + (note.fresh_until_sec > now.sec() ? 1 : 0);
  return rank << 56U | entry->stored_ns_ >> 8U;
}

Cache::Place Cache::evict_from_buckets(std::uint64_t hash, base::Instant now) noexcept {
  Place victim;
  std::uint64_t least = ~std::uint64_t{0};
  for (const std::size_t bucket : {shape_.first(hash), shape_.second(hash)}) {
    for (std::size_t slot = 0; slot < kSlotsPerBucket; ++slot) {
      const std::uint64_t word = buckets_[bucket].slots[slot].load(std::memory_order_relaxed);
      const std::uint64_t here = worth(SlotWord::ref(word), now);
      if (victim.found() && here >= least) continue;
      victim = {bucket, slot};
      least = here;
    }
  }
  unlink(victim, counters_.evictions);
  return victim;
}

void Cache::sweep(base::Instant now, std::size_t buckets) noexcept {
  const std::uint32_t now_sec = now.sec();
  for (std::size_t left = std::min(buckets, bucket_count()); left != 0; --left) {
    for (std::size_t slot = 0; slot < kSlotsPerBucket; ++slot) {
      const std::uint64_t word = buckets_[sweep_at_].slots[slot].load(std::memory_order_relaxed);
      if (word != 0 && arena_.note(SlotWord::ref(word)).dead_at_sec <= now_sec)
        unlink({sweep_at_, slot}, counters_.expired);
    }
    sweep_at_ = sweep_at_ + 1 == bucket_count() ? 0 : sweep_at_ + 1;
  }
  show_memory();
}

bool Cache::flush(Cursor& cursor, base::Bytes name, std::size_t buckets, FlushScope scope,
                  std::optional<dns::QType> only) noexcept {
  const auto is_meant = [&](dns::KeyView key) {
    const bool is_of_every_type = key.qtype() == dns::kEveryType;  // NXDOMAIN answers that type, too
    if (only && key.qtype() != *only && !is_of_every_type) return false;
    return scope == FlushScope::kName ? std::ranges::equal(key.qname(), name) : is_within(key.qname(), name);
  };
  const std::size_t begin = std::min(cursor.next_bucket, bucket_count());
  const std::size_t end = begin + std::min(buckets, bucket_count() - begin);
  for (std::size_t bucket = begin; bucket < end; ++bucket) {
    for (std::size_t slot = 0; slot < kSlotsPerBucket; ++slot) {
      const std::uint64_t word = buckets_[bucket].slots[slot].load(std::memory_order_relaxed);
      if (word != 0 && is_meant(entry_of(SlotWord::ref(word))->key())) {
        unlink({bucket, slot}, counters_.flushed);
        ++cursor.removed;
      }
    }
  }
  cursor.next_bucket = end;
  show_memory();
  return end < bucket_count();
}

}  // namespace cache
