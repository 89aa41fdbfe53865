// SPDX-License-Identifier: Apache-2.0
/// @file cache.hpp – the answer cache: one writer, many readers, fixed memory.
///
/// Purpose    finds the stored answer of a question in one or two bucket lines and keeps what the egress core inserts.
/// Threads    the egress core is the only writer; workers and control are readers with a slot in the Qsbr. A reader
///            never locks, never retries and writes nothing but an entry's saturating use counter.
/// Ownership  all memory is given at creation and never grows; entries belong to the cache. Removed entries are freed
///            when every reader has passed a quiescent state.
/// Cost       find: one bucket line, the second only if its overflow word says so, plus the entry's lines.
///            insert: bounded work, no allocation, always finds room (or says why not).
/// Alone      one thread and a clock of its own suffice (simulations, tests): a Qsbr that nobody is online in, `now` as the
///            caller counts it, reclaim() after every insert, sweep() of 1 % of bucket_count() for each second of the
///            clock. find() and Entry::note_use() are a reader's hit. Nothing reads a clock; equal calls give equal caches.
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
#include "cache/settings.hpp"
#include "cache/stats.hpp"

namespace cache {

/// What an insert stores. Views are copied.
struct NewEntry {
  dns::KeyView key;
  std::uint64_t hash = 0;
  dns::AnswerImage image;
  dns::AnswerKind kind{};
  std::uint32_t ttl_sec = 0;
  std::uint32_t keep_sec = 0;
  std::uint32_t ttl_floor_sec = 0;  // each record's TTL is clamped into [floor, cap] on the way in
  std::uint32_t ttl_cap_sec = 0xffff'ffff;
  std::uint32_t age_sec = 0;  // taken off each record's TTL before; not yet off ttl_sec
  std::uint8_t uses = 0;      // that it has had elsewhere: with any it is no newcomer
};

enum class FlushScope : std::uint8_t {
  kName,     // every type of this name
  kSubtree,  // the name and all below it
};

class Cache {
 public:
  /// The least memory that makes a working cache.
  [[nodiscard]] static std::size_t min_bytes() noexcept;

  /// `memory` is 64-byte aligned, at least min_bytes(), and outlives the cache.
  Cache(base::MutableBytes memory, const Settings& settings, base::Qsbr& qsbr) noexcept;
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // readers, in the order of a burst: prefetch all buckets, then all entries, those elsewhere once more, then find.
  void prefetch_bucket(std::uint64_t hash) const noexcept;
  enum class Trace : std::uint8_t {
    kNone,       // there is no entry with this hash, or it has come this moment
    kFound,      // it is on its way
    kElsewhere,  // if there is one, it is in the second bucket, which is on its way: prefetch_elsewhere()
  };
  Trace prefetch_entry(std::uint64_t hash) const noexcept;
  Trace prefetch_elsewhere(std::uint64_t hash) const noexcept;
  /// The entry whose key equals `key` byte for byte, fresh or not, or nullptr.
  [[nodiscard]] const Entry* find(std::uint64_t hash, dns::KeyView key) const noexcept;

  /// What is known of the name whatever its type: an NXDOMAIN stored with kEveryType, or nullptr. `hash` is that of the
  /// key with this type; the type in `key` does not matter.
  [[nodiscard]] const Entry* find_nxdomain(std::uint64_t hash, dns::KeyView key) const noexcept;
  /// The best of what is held for a question: an entry of its type, or an NXDOMAIN of its name where that one is fresher
  /// (fresh, then stale, then dead). nullptr: neither is held. RFC 2308 §5.
  [[nodiscard]] const Entry* find_best(std::uint64_t hash, std::uint64_t nxdomain_hash, dns::KeyView key,
                                       base::Instant now) const noexcept {
    return find_best(hash, key, now, [&] { return find_nxdomain(nxdomain_hash, key); });
  }
  /// The same for a caller with its own way to the NXDOMAIN: find_name() is called only without a fresh entry of the type.
  template <class FindName>
  [[nodiscard]] const Entry* find_best(std::uint64_t hash, dns::KeyView key, base::Instant now,
                                       FindName&& find_name) const noexcept {
    const Entry* of_type = find(hash, key);
    if (of_type != nullptr && of_type->freshness(now) == Freshness::kFresh) return of_type;
    const Entry* of_name = find_name();
    if (of_name == nullptr) return of_type;
    return of_type == nullptr || of_name->freshness(now) < of_type->freshness(now) ? of_name : of_type;
  }
  /// Calls visit(const Entry&) for all in the buckets [from, to), for a reader that looks at everything.
  template <class Visit>
  void for_each(std::size_t from, std::size_t to, Visit&& visit) const noexcept;

  // egress only
  /// Stores (or replaces) the answer; nullptr when it is too big or no chunk can be had. Nothing is freed here: what
  /// egress found or stored stays readable until it calls reclaim().
  const Entry* insert(const NewEntry& entry, base::Instant now) noexcept;
  /// An entry that nobody can find, for answers that may not be kept; give it back with retire() once every completion
  /// that names it is posted.
  const Entry* make_transient(const NewEntry& entry, base::Instant now) noexcept;
  void retire(const Entry* transient) noexcept;
  /// True when there was one.
  bool remove(std::uint64_t hash, dns::KeyView key) noexcept;
  /// Frees what every reader has let go of; call once per poll.
  void reclaim() noexcept;
  /// Larger answers are not kept from now on; what is kept stays.
  void set_max_answer(std::size_t bytes) noexcept { max_answer_bytes_ = bytes; }
  /// Removes dead entries from the next `buckets` buckets; the caller spreads about 1 % of them over a second.
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
  /// Any thread; fields may be a moment apart.
  [[nodiscard]] Stats stats() const noexcept;
  [[nodiscard]] Details details() const noexcept;

 private:
  /// Where an entry is, or could be.
  struct Place {
    std::size_t bucket = 0;
    std::size_t slot = kSlotsPerBucket;  // kSlotsPerBucket: nowhere
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
  // Egress alone, but for counters and gauges.
  alignas(base::kCacheLineBytes) Slabs slabs_;
  Queues queues_;
  std::array<Ghosts, kMaxShards> ghosts_{};
  std::array<std::uint64_t, kMaxShards> shard_entries_{};
  std::array<std::uint32_t, kMaxShards> looks_{};  // consider_move() looks now and then
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
