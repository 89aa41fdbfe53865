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
///
///   bucket, 64 bytes, one cache line
///   byte 0            8                                                          64
///        ┌────────────┬────────┬────────┬── … ──┬────────┐
///        │ overflow   │ slot 0 │ slot 1 │       │ slot 6 │   slot: 63 tag:16 48 class:4 44 ref:44 0    0 = empty
///        └────────────┴────────┴────────┴── … ──┴────────┘   published by one 8-byte release store
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "base/carver.hpp"
#include "base/instant.hpp"
#include "base/qsbr.hpp"
#include "cache/arena.hpp"
#include "cache/bucket.hpp"
#include "cache/entry.hpp"
#include "cache/settings.hpp"

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
};

/// Written by the egress core, read by anybody a moment later. Gauges and counters in one place.
struct Figures {
  std::uint64_t entries = 0;
  std::uint64_t bytes_used = 0;      // of entries, in whole blocks
  std::uint64_t bytes_capacity = 0;  // all that was given
  std::uint64_t inserts = 0;
  std::uint64_t replacements = 0;
  std::uint64_t evictions = 0;
  std::uint64_t expired = 0;  // removed by the sweep
  std::uint64_t flushed = 0;  // and by remove()
  std::uint64_t rejected_too_big = 0;
  std::uint64_t rejected_no_room = 0;  // every candidate was still held by a reader
  std::uint64_t pending_reclaim = 0;   // blocks that wait for the readers
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

  // readers, in the order of a burst: prefetch all buckets, then all entries, then find.
  void prefetch_bucket(std::uint64_t hash) const noexcept;
  void prefetch_entry(std::uint64_t hash) const noexcept;
  /// The entry whose key equals `key` byte for byte, fresh or not, or nullptr.
  [[nodiscard]] const Entry* find(std::uint64_t hash, dns::KeyView key) const noexcept;

  /// What is known of the name whatever its type: an NXDOMAIN stored with kEveryType, or nullptr. `hash` is that of the
  /// key with this type; the type in `key` does not matter.
  [[nodiscard]] const Entry* find_nxdomain(std::uint64_t hash, dns::KeyView key) const noexcept;

  // egress only
  /// Stores (or replaces) the answer; nullptr when it is too big or no block can be had. Nothing is freed here: what
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
  [[nodiscard]] Figures figures() const noexcept;

 private:
  /// Where an entry is, or could be.
  struct Place {
    std::size_t bucket = 0;
    std::size_t slot = kSlotsPerBucket;  // kSlotsPerBucket: nowhere
    [[nodiscard]] bool found() const noexcept { return slot < kSlotsPerBucket; }
  };
  using Counter = std::atomic<std::uint64_t>;
  struct Counters {  // egress: w, anybody: r
    Counter entries{0}, bytes_used{0}, inserts{0}, replacements{0}, evictions{0}, expired{0}, flushed{0};
    Counter rejected_too_big{0}, rejected_no_room{0}, pending_reclaim{0};
  };

  Cache(base::MutableBytes memory, const Settings& settings, base::Qsbr& qsbr, base::Carver carver) noexcept;

  [[nodiscard]] const Entry* entry_of(BlockRef ref) const noexcept;
  template <class Same>
  [[nodiscard]] const Entry* find_in(std::size_t bucket, std::uint64_t hash, Same&& same) const noexcept;
  template <class Same>
  [[nodiscard]] const Entry* find_if(std::uint64_t hash, Same&& same) const noexcept;

  [[nodiscard]] Place locate(std::uint64_t hash, dns::KeyView key) const noexcept;
  [[nodiscard]] Place free_place(std::uint64_t hash) const noexcept;
  [[nodiscard]] BlockRef obtain_block(const NewEntry& entry, base::Instant now) noexcept;
  const Entry* fill(BlockRef ref, const NewEntry& entry, BlockState state, base::Instant now) noexcept;
  void publish(const Place& place, BlockRef ref, const Entry& entry) noexcept;
  void unlink(const Place& place, Counter& reason) noexcept;

  [[nodiscard]] BlockRef pick_victim(std::size_t shard, std::size_t size_class, base::Instant now) noexcept;
  [[nodiscard]] BlockRef turn_clock(std::size_t shard, std::size_t size_class) noexcept;
  [[nodiscard]] bool evict_one(std::size_t shard, std::size_t size_class, base::Instant now) noexcept;
  void evict_ahead(std::size_t shard, std::size_t size_class, base::Instant now) noexcept;
  [[nodiscard]] bool make_way(std::size_t shard, base::Instant now) noexcept;
  [[nodiscard]] Place evict_from_buckets(std::uint64_t hash, base::Instant now) noexcept;
  [[nodiscard]] std::uint64_t worth(BlockRef ref, base::Instant now) noexcept;
  void show_memory() noexcept;

  // Immutable after construction; readers and egress.
  std::byte* base_;
  TableShape shape_;
  std::span<Bucket> buckets_;
  std::uint64_t max_entries_;
  base::Qsbr& qsbr_;
  std::size_t capacity_bytes_;
  // Egress alone, but for the counters.
  alignas(base::kCacheLineBytes) Arena arena_;
  std::size_t max_answer_bytes_;
  std::size_t sweep_at_ = 0;
  alignas(base::kCacheLineBytes) Counters counters_;
};

}  // namespace cache
