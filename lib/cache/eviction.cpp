// SPDX-License-Identifier: Apache-2.0
// Chooses victims: for memory, for full buckets, for the share of negative answers and for the entry limit.
#include <algorithm>

#include "base/contract.hpp"
#include "cache/cache.hpp"
#include "counting.hpp"

namespace cache {
namespace {

constexpr int kLookahead = 16;      // chunks judged by their notes, without a look at the entry
constexpr int kQueueSteps = 64;     // entries at the tails of the queues whose use counter is read
constexpr int kNegativeSteps = 64;  // chunks searched for a negative answer
constexpr int kEvictionsPerInsert = 2;
constexpr int kWayAttempts = 16;

}  // namespace

/// Dead entries first, then stale entries without hits, then in the order of S3-FIFO.
Cache::Victim Cache::pick_victim(std::size_t shard, std::size_t size_class, base::Instant now) noexcept {
  const Victim expired = expired_ahead(shard, size_class, now);
  return expired.ref != 0 ? expired : turn_queues(shard, size_class);
}

/// The notes of a page are adjacent: reading the next sixteen costs less than reading one entry.
Cache::Victim Cache::expired_ahead(std::size_t shard, std::size_t size_class, base::Instant now) noexcept {
  const std::uint32_t now_sec = now.sec();
  Slabs::Hand hand = slabs_.hand(shard, size_class, Slabs::HandOf::kExpiry);
  Victim victim;
  for (int i = 0; i < kLookahead; ++i) {
    const ChunkRef ref = slabs_.step(hand);
    if (ref == 0) break;
    const ChunkNote& note = slabs_.note(ref);
    if (note.state != ChunkState::kLive || note.fresh_until_sec > now_sec) continue;
    if (note.dead_at_sec <= now_sec) {
      victim = {ref, Counter::kEvictedDead};
      break;
    }
    if (victim.ref == 0 && entry_of(ref)->uses() == 0) victim = {ref, Counter::kEvictedStale};
  }
  slabs_.set_hand(shard, size_class, Slabs::HandOf::kExpiry, hand);
  return victim;
}

/// S3-FIFO: the victim is the oldest entry of the probation queue while that is above its share, else of main. An entry
/// with hits moves on instead. After kQueueSteps without a victim: the entry with the fewest uses, the oldest of these.
Cache::Victim Cache::turn_queues(std::size_t shard, std::size_t size_class) noexcept {
  Victim victim;
  std::uint8_t least = Entry::kMaxUses + 1;
  for (int i = 0; i < kQueueSteps && least != 0; ++i) {
    const QueueName queue = queues_.next_to_give(shard, size_class);
    const ChunkRef ref = queues_.tail(shard, size_class, queue);
    if (ref == 0) break;
    const std::uint8_t uses = entry_of(ref)->uses();
    if (uses < least) {
      least = uses;
      victim = {ref, queue == QueueName::kProbation ? Counter::kEvictedProbation : Counter::kEvictedMain};
    }
    if (uses != 0) moves_on(ref, queue);
  }
  return victim;
}

void Cache::moves_on(ChunkRef ref, QueueName queue) noexcept {
  const Entry* entry = entry_of(ref);
  entry->uses_.store(static_cast<std::uint8_t>(entry->uses() - 1), std::memory_order_relaxed);
  queues_.remove(ref);
  queues_.push(ref, QueueName::kMain);
  counters_.add(queue == QueueName::kMain ? Counter::kReinserted : Counter::kPromoted);
}

void Cache::evict(const Victim& victim) noexcept {
  const ChunkNote& note = slabs_.note(victim.ref);
  const bool may_come_back = victim.why != Counter::kEvictedDead && victim.why != Counter::kEvictedMain;
  const std::uint64_t hash = entry_of(victim.ref)->hash();
  if (may_come_back) ghosts_[shape_.shard(hash)].add(hash);
  counters_.add(victim.why);
  unlink({note.bucket, note.slot}, Counter::kEvictions);
}

bool Cache::evict_one(std::size_t shard, std::size_t size_class, base::Instant now) noexcept {
  const Victim victim = pick_victim(shard, size_class, now);
  if (victim.ref == 0) return false;
  evict(victim);
  return true;
}

/// A freed chunk passes through limbo before it can be used again, so victims are chosen before chunks run out.
void Cache::evict_ahead(std::size_t shard, std::size_t size_class, base::Instant now) noexcept {
  for (int i = 0; i < kEvictionsPerInsert && slabs_.runs_short(shard, size_class); ++i) {
    if (!evict_one(shard, size_class, now)) return;
  }
}

/// Negative answers above their share evict each other, in the class with most of their bytes.
void Cache::evict_negatives(std::size_t shard, base::Instant now) noexcept {
  for (int i = 0; i < kEvictionsPerInsert && negative_bytes_[shard] > negative_limit_bytes_; ++i) {
    std::size_t most = 0;
    for (std::size_t c = 1; c < kClasses; ++c) {
      if (std::uint64_t{negatives_[shard][c]} * kClassBytes[c] >
          std::uint64_t{negatives_[shard][most]} * kClassBytes[most]) {
        most = c;
      }
    }
    const ChunkRef ref = pick_negative(shard, most, now);
    if (ref == 0) return;
    evict({ref, Counter::kEvictedNegative});
  }
}

/// CLOCK over the negative answers of a class: the first one that is dead or has no uses, else the one with the fewest.
ChunkRef Cache::pick_negative(std::size_t shard, std::size_t size_class, base::Instant now) noexcept {
  Slabs::Hand hand = slabs_.hand(shard, size_class, Slabs::HandOf::kNegative);
  ChunkRef victim = 0;
  std::uint8_t least = Entry::kMaxUses + 1;
  for (int i = 0; i < kNegativeSteps && least != 0; ++i) {
    const ChunkRef ref = slabs_.step(hand);
    if (ref == 0) break;
    const ChunkNote& note = slabs_.note(ref);
    if (note.state != ChunkState::kLive || note.is_negative == 0) continue;
    const Entry* entry = entry_of(ref);
    const std::uint8_t uses = note.dead_at_sec <= now.sec() ? std::uint8_t{0} : entry->uses();
    if (uses < least) {
      victim = ref;
      least = uses;
    }
    if (uses != 0) entry->uses_.store(static_cast<std::uint8_t>(uses - 1), std::memory_order_relaxed);
  }
  slabs_.set_hand(shard, size_class, Slabs::HandOf::kNegative, hand);
  return victim;
}

/// Brings the number of entries below max_entries: evicts from the fullest class, of this shard if it has entries.
bool Cache::make_way(std::size_t shard, base::Instant now) noexcept {
  const std::size_t shards = shape_.shards();
  for (int attempt = 0; attempt < kWayAttempts; ++attempt) {
    for (std::size_t i = 0; i < shards; ++i) {
      const std::size_t here = (shard + i) % shards;
      std::size_t fullest = 0;
      for (std::size_t c = 1; c < kLargeClass; ++c) {
        if (slabs_.live(here, c) > slabs_.live(here, fullest)) fullest = c;
      }
      if (slabs_.live(here, fullest) != 0 && evict_one(here, fullest, now)) return true;
    }
  }
  return false;
}

/// Rank of an entry among those of a full bucket: the lowest is evicted. Dead < few uses < many uses; then the oldest.
std::uint64_t Cache::worth(ChunkRef ref, base::Instant now) noexcept {
  const ChunkNote& note = slabs_.note(ref);
  const Entry* entry = entry_of(ref);
  std::uint64_t rank = 0;
  if (note.dead_at_sec > now.sec()) {
    const bool is_fresh = note.fresh_until_sec > now.sec();
    const bool is_main = Queues::queue_of(note) == QueueName::kMain;
    rank = 1 + 4 * std::uint64_t{entry->uses()} + (is_fresh ? 2U : 0U) + (is_main ? 1U : 0U);
  }
  return rank << 56U | entry->stored_ns_ >> 8U;
}

Cache::Place Cache::evict_from_buckets(std::uint64_t hash, base::Instant now) noexcept {
  Place victim;
  std::uint64_t least = ~std::uint64_t{0};
  for (const std::size_t bucket : {shape_.first(hash), shape_.second(hash)}) {
    for (std::size_t slot = 0; slot < kSlotsPerBucket; ++slot) {
      const std::uint64_t here = worth(SlotWord::ref(read(buckets_[bucket].slots[slot])), now);
      if (victim.found() && here >= least) continue;
      victim = {bucket, slot};
      least = here;
    }
  }
  evict({SlotWord::ref(read(buckets_[victim.bucket].slots[victim.slot])), Counter::kEvictedBucket});
  return victim;
}

}  // namespace cache
