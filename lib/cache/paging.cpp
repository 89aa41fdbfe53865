// SPDX-License-Identifier: Apache-2.0
// Moves pages from the size class that needs memory least to the one that needs it most, a few chunks per insert.
#include <algorithm>

#include "cache/cache.hpp"
#include "counting.hpp"
#include "entry_builder.hpp"

namespace cache {
namespace {

constexpr std::uint32_t kLooksAtMoves = 8;  // a page move is considered on one of this many ghost hits
constexpr int kDrainSteps = 16;             // chunks of the draining page that one insert handles
constexpr std::uint32_t kTimesOlder = 2;    // the giving class has answers at least this many times as old
constexpr std::uint32_t kLeastAge = 2;      // in units of Queues::age(): smaller ages are noise

}  // namespace

/// Called on a ghost hit: with more memory for answers of this size the query would have been a hit. A flood of names that
/// are asked once has no ghost hits and moves no page. One queue for all sizes would give all classes the same age, so a
/// class whose oldest answers are much older holds answers that are asked for less.
void Cache::consider_move(std::size_t shard, std::size_t needy, std::size_t evicting) noexcept {
  if (evicting == kLargeClass || ++looks_[shard] % kLooksAtMoves != 0 || slabs_.is_draining(shard)) return;
  if (slabs_.has_fresh(shard)) return;
  std::size_t giver = kClasses;
  std::uint32_t oldest = std::max(queues_.age(shard, evicting), kLeastAge) * kTimesOlder;
  for (std::size_t c = 0; c < kLargeClass; ++c) {
    if (c == needy || c == evicting || slabs_.pages_to_give(shard, c) == 0) continue;
    const bool has_unused = slabs_.free(shard, c) > 2 * std::size_t{Slabs::chunks_per_page(c)};
    const std::uint32_t age = has_unused ? ~std::uint32_t{0} : queues_.age(shard, c);
    if (age <= oldest) continue;
    oldest = age;
    giver = c;
  }
  if (giver != kClasses) slabs_.begin_drain(shard, giver, needy);
}

/// Entries with hits are copied to another page of their class, which makes room in the order of its queues; the others
/// are evicted. Chunks that readers or the egress core still hold stay until they are released.
void Cache::drain_some(std::size_t shard, base::Instant now) noexcept {
  for (int i = 0; i < kDrainSteps && slabs_.is_draining(shard); ++i) {
    const ChunkRef ref = slabs_.next_to_drain(shard);
    const ChunkNote& note = slabs_.note(ref);
    if (note.state != ChunkState::kLive) continue;
    const std::size_t size_class = slabs_.class_of(ref);
    const bool is_dead = note.dead_at_sec <= now.sec();
    const bool is_wanted = !is_dead && (Queues::queue_of(note) == QueueName::kMain || entry_of(ref)->uses() != 0);
    if (is_wanted && slabs_.pages_to_give(shard, size_class) != 0) {
      if (slabs_.runs_short(shard, size_class) && !evict_one(shard, size_class, now)) return;
      if (slabs_.note(ref).state == ChunkState::kLive && !relocate(ref)) return;  // next time, once chunks are free
      continue;
    }
    evict({ref, is_dead ? Counter::kEvictedDead : Counter::kEvictedMoving});
  }
}

bool Cache::relocate(ChunkRef ref) noexcept {
  const std::size_t shard = slabs_.shard_of(ref);
  const std::size_t size_class = slabs_.class_of(ref);
  if (slabs_.free(shard, size_class) == 0) return false;
  const ChunkRef to = slabs_.allocate(shard, size_class);
  const Entry* copy = EntryBuilder::copy(slabs_.chunk(to), *entry_of(ref));
  const ChunkNote& from = slabs_.note(ref);
  ChunkNote& note = slabs_.note(to);
  note.state = ChunkState::kLive;
  note.bucket = from.bucket;
  note.slot = from.slot;
  note.fresh_until_sec = from.fresh_until_sec;
  note.dead_at_sec = from.dead_at_sec;
  note.is_negative = from.is_negative;
  queues_.replace(ref, to);
  if (note.is_negative != 0) count_negative(to, true);
  buckets_[note.bucket].slots[note.slot].store(
      SlotWord::make(TableShape::tag(copy->hash()), static_cast<std::uint8_t>(size_class), to),
      std::memory_order_release);
  retire_live(ref);
  counters_.add(Counter::kRelocated);
  return true;
}

}  // namespace cache
