// SPDX-License-Identifier: Apache-2.0
/// @file cache.hpp – the answer cache: one writer, many readers, fixed memory.
///
/// Purpose    finds the stored answer of a question in one or two bucket lines and keeps what the egress core inserts.
/// Threads    the egress core is the only writer; workers and control are readers with a slot in the Qsbr. A reader
///            never locks, never retries and writes nothing but an entry's saturating use counter.
/// Ownership  all memory is given at creation and never grows; entries belong to the cache. A removed entry's memory is
///            reused when every reader has passed a quiescent state.
/// Cost       find: one bucket line, the second bucket only if the first one's overflow word is not 0, plus the entry's
///            lines. insert: bounded work, no allocation.
///
/// Invariants 1. A key is in at most one slot, of its first or its second bucket, and never moves between the two.
///            2. The overflow word of a bucket counts the keys whose first bucket it is and that are in their second.
///            3. A published chunk is in exactly one queue of its class and shard; its note says which.
///            4. A slot is written with one release store, after the entry it points to is complete.
///            5. An entry's bytes do not change while a reader may see it, except the fields that entry.hpp names.
///            6. Memory of an entry is reused only after a grace period that began when no slot pointed to it any more.
///            7. inserts = replacements + evictions + expired + flushed + entries.
///
/// Simulation one thread with its own clock can run the cache (rig, tests): no reader online in the Qsbr, `now` as the
///            caller counts it, reclaim() after every insert, sweep() of 1 % of bucket_count() per second. find() and
///            Entry::note_use() are a reader's hit. The cache reads no clock: equal calls give equal caches.
///
///   bucket, 64 bytes, one cache line
///   byte 0            8                                                          64
///        ┌────────────┬────────┬────────┬── … ──┬────────┐
///        │ overflow   │ slot 0 │ slot 1 │       │ slot 6 │   slot: 63 tag:16 48 class:4 44 ref:44 0    0 = empty
///        └────────────┴────────┴────────┴── … ──┴────────┘   published by one 8-byte release store
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/arena.hpp"
#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/qsbr.hpp"
#include "cache/counters.hpp"
#include "cache/detail/bucket.hpp"
#include "cache/detail/ghosts.hpp"
#include "cache/detail/queues.hpp"
#include "cache/detail/slabs.hpp"
#include "cache/entry.hpp"
#include "cache/flush_scope.hpp"
#include "cache/settings.hpp"
#include "cache/stats.hpp"

namespace cache {

/// What an insert stores. The bytes behind the views are copied.
struct NewEntry {
  dns::KeyView key;
  std::uint64_t hash = 0;
  dns::AnswerImage image;
  dns::AnswerKind kind{};
  std::uint32_t ttl_sec = 0;
  std::uint32_t keep_sec = 0;
  std::uint32_t ttl_floor_sec = 0;  // each record's TTL is clamped into [floor, cap] on the way in
  std::uint32_t ttl_cap_sec = 0xffff'ffff;
  std::uint32_t age_sec = 0;  // subtracted from each record's TTL first; ttl_sec is not changed by it
  std::uint8_t uses = 0;      // from before a restart; not 0: enters the main queue
};

class Cache {
 public:
  /// The least memory that makes a working cache.
  [[nodiscard]] static std::size_t min_bytes() noexcept;

  /// `memory` is 64-byte aligned, at least min_bytes(), and outlives the cache.
  Cache(base::MutableBytes memory, const Settings& settings, base::Qsbr& qsbr) noexcept;
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // Readers, in the order of a burst: prefetch all buckets, then all entries (twice those in a second bucket), then find.
  void prefetch_bucket(std::uint64_t hash) const noexcept;
  enum class Trace : std::uint8_t {
    kNone,       // no entry with this hash, or one that was stored this moment
    kFound,      // the entry is being prefetched
    kElsewhere,  // it can only be in the second bucket, which is being prefetched: call prefetch_elsewhere()
  };
  Trace prefetch_entry(std::uint64_t hash) const noexcept;
  Trace prefetch_elsewhere(std::uint64_t hash) const noexcept;
  /// The entry whose key equals `key` byte for byte, fresh or not, or nullptr.
  [[nodiscard]] const Entry* find(std::uint64_t hash, dns::KeyView key) const noexcept;

  /// The NXDOMAIN of the name, which is stored with kEveryType, or nullptr. `hash` is that of the key with kEveryType; the
  /// type in `key` is not looked at.
  [[nodiscard]] const Entry* find_nxdomain(std::uint64_t hash, dns::KeyView key) const noexcept;
  /// The best entry for a question: the one of its type, or the NXDOMAIN of its name if that is fresher (fresh, then stale,
  /// then dead). nullptr: neither is stored. RFC 2308 §5.
  [[nodiscard]] const Entry* find_best(std::uint64_t hash, std::uint64_t nxdomain_hash, dns::KeyView key,
                                       base::Instant now) const noexcept {
    return find_best(hash, key, now, [&] { return find_nxdomain(nxdomain_hash, key); });
  }
  /// The same with find_name() to look up the NXDOMAIN; called only if no fresh entry of the type is stored.
  template <class FindName>
  [[nodiscard]] const Entry* find_best(std::uint64_t hash, dns::KeyView key, base::Instant now,
                                       FindName&& find_name) const noexcept {
    const Entry* of_type = find(hash, key);
    if (of_type != nullptr && of_type->freshness(now) == Freshness::kFresh) return of_type;
    const Entry* of_name = find_name();
    if (of_name == nullptr) return of_type;
    return of_type == nullptr || of_name->freshness(now) < of_type->freshness(now) ? of_name : of_type;
  }
  /// Calls visit(const Entry&) for every entry of the buckets [from, to).
  template <class Visit>
  void for_each(std::size_t from, std::size_t to, Visit&& visit) const noexcept;

  // egress only
  /// Stores or replaces the answer; nullptr when it is too large or no chunk is free. Frees nothing: what egress found or
  /// stored stays readable until it calls reclaim().
  const Entry* insert(const NewEntry& entry, base::Instant now) noexcept;
  /// An entry that find() never returns, for answers that may not be cached; retire() it once every completion that refers
  /// to it is posted.
  const Entry* make_transient(const NewEntry& entry, base::Instant now) noexcept;
  void retire(const Entry* transient) noexcept;
  /// False: there was no such entry.
  bool remove(std::uint64_t hash, dns::KeyView key) noexcept;
  /// Frees retired chunks that no reader can see any more; call once per poll.
  void reclaim() noexcept;
  /// Answers above this size are rejected from now on; stored ones stay.
  void set_max_answer(std::size_t bytes) noexcept { max_answer_bytes_ = bytes; }
  /// Removes dead entries from the next `buckets` buckets; the caller covers about 1 % of the table per second.
  void sweep(base::Instant now, std::size_t buckets) noexcept;

  /// Progress of a flush over the whole table; egress only.
  struct Cursor {
    std::size_t next_bucket = 0;
    std::uint64_t removed = 0;  // entries, so far
  };
  /// Removes from the next `buckets` buckets every entry whose qname equals `name` (folded wire form) or, with kSubtree,
  /// lies below it; the root's subtree is everything. With `only`, entries of that type. Returns false when the table's
  /// end is reached.
  [[nodiscard]] bool flush(Cursor& cursor, base::Bytes name, std::size_t buckets,
                           FlushScope scope = FlushScope::kSubtree,
                           std::optional<dns::QType> only = std::nullopt) noexcept;

  [[nodiscard]] std::size_t bucket_count() const noexcept { return shape_.buckets(); }
  /// Any thread; values may be read a moment apart.
  [[nodiscard]] Stats stats() const noexcept;
  [[nodiscard]] Details details() const noexcept;

 private:
  /// A slot of a bucket: where an entry is, or could be stored.
  struct Place {
    std::size_t bucket = 0;
    std::size_t slot = kSlotsPerBucket;  // kSlotsPerBucket: none
    [[nodiscard]] bool found() const noexcept { return slot < kSlotsPerBucket; }
  };
  using Shared = std::atomic<std::uint64_t>;  // egress: w, any thread: r
  struct ClassGauges {
    Shared entries{0}, main{0}, pages{0};
  };
  struct Victim {
    ChunkRef ref = 0;
    Counter why{};
  };

  Cache(base::MutableBytes memory, const Settings& settings, base::Qsbr& qsbr, base::Arena arena) noexcept;

  [[nodiscard]] const Entry* entry_of(ChunkRef ref) const noexcept {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): published chunks hold entries
    return reinterpret_cast<const Entry*>(base_ + std::size_t{ref} * kChunkUnitBytes);
  }
  [[nodiscard]] bool prefetch_from(const Bucket& bucket, std::uint16_t tag) const noexcept;
  template <class Same>
  [[nodiscard]] const Entry* find_in(std::size_t bucket, std::uint64_t hash, Same&& same) const noexcept;
  template <class Same>
  [[nodiscard]] const Entry* find_if(std::uint64_t hash, Same&& same) const noexcept;

  [[nodiscard]] Place locate(std::uint64_t hash, dns::KeyView key) const noexcept;
  [[nodiscard]] Place free_place(std::uint64_t hash) const noexcept;
  [[nodiscard]] ChunkRef obtain_chunk(const NewEntry& entry, base::Instant now) noexcept;
  const Entry* fill(ChunkRef ref, const NewEntry& entry, ChunkState state, base::Instant now) noexcept;
  void publish(const Place& place, ChunkRef ref, const NewEntry& from) noexcept;
  void unlink(const Place& place, Counter reason) noexcept;

  void enqueue(ChunkRef ref, const NewEntry& from) noexcept;
  void take_over(ChunkRef old, ChunkRef ref) noexcept;
  void count_negative(ChunkRef ref, bool is_new) noexcept;
  void retire_live(ChunkRef ref) noexcept;

  [[nodiscard]] Victim pick_victim(std::size_t shard, std::size_t size_class, base::Instant now) noexcept;
  [[nodiscard]] Victim expired_ahead(std::size_t shard, std::size_t size_class, base::Instant now) noexcept;
  [[nodiscard]] Victim turn_queues(std::size_t shard, std::size_t size_class) noexcept;
  void moves_on(ChunkRef ref, QueueName queue) noexcept;
  void evict(const Victim& victim) noexcept;
  [[nodiscard]] bool evict_one(std::size_t shard, std::size_t size_class, base::Instant now) noexcept;
  void evict_ahead(std::size_t shard, std::size_t size_class, base::Instant now) noexcept;
  void evict_negatives(std::size_t shard, base::Instant now) noexcept;
  [[nodiscard]] ChunkRef pick_negative(std::size_t shard, std::size_t size_class, base::Instant now) noexcept;
  [[nodiscard]] bool make_way(std::size_t shard, base::Instant now) noexcept;
  [[nodiscard]] Place evict_from_buckets(std::uint64_t hash, base::Instant now) noexcept;
  [[nodiscard]] std::uint64_t worth(ChunkRef ref, base::Instant now) noexcept;

  void consider_move(std::size_t shard, std::size_t needy, std::size_t evicting) noexcept;
  void drain_some(std::size_t shard, base::Instant now) noexcept;
  [[nodiscard]] bool relocate(ChunkRef ref) noexcept;
  [[nodiscard]] Shared& gauge(Gauge which) noexcept { return gauges_[static_cast<std::size_t>(which)]; }
  void show_memory() noexcept;
  [[nodiscard]] MemoryStats memory() const noexcept;

  static constexpr std::size_t kMaxShards = std::size_t{1} << TableShape::kMaxShardBits;

  // Immutable after construction; readers and egress.
  std::byte* base_;
  TableShape shape_;
  std::span<Bucket> buckets_;
  std::span<GhostLine> ghost_lines_;
  std::uint64_t max_entries_;
  base::Qsbr& qsbr_;
  // Egress only, except counters and gauges.
  alignas(base::kCacheLineBytes) Slabs slabs_;
  Queues queues_;
  std::array<Ghosts, kMaxShards> ghosts_{};
  std::array<std::uint64_t, kMaxShards> shard_entries_{};
  std::array<std::uint32_t, kMaxShards> looks_{};  // ghost hits, for consider_move()
  std::array<std::uint64_t, kMaxShards> negative_bytes_{};
  std::array<std::array<std::uint32_t, kClasses>, kMaxShards> negatives_{};
  std::uint64_t negative_limit_bytes_;  // of a shard
  std::size_t max_answer_bytes_;
  std::size_t sweep_at_ = 0;
  stats::CounterBlock<Counter> counters_;
  alignas(base::kCacheLineBytes) std::array<Shared, stats::kCounters<Gauge>> gauges_{};
  std::array<ClassGauges, kClasses> class_gauges_{};
};

template <class Visit>
void Cache::for_each(std::size_t from, std::size_t to, Visit&& visit) const noexcept {
  for (const Bucket& bucket : buckets_.subspan(from, to - from)) {
    for (const auto& slot : bucket.slots) {
      const std::uint64_t word = slot.load(std::memory_order_acquire);
      if (word != 0) visit(*entry_of(SlotWord::ref(word)));
    }
  }
}

}  // namespace cache
