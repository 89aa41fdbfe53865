// SPDX-License-Identifier: Apache-2.0
/// @file slabs.hpp – the slab allocator: chunks for entries, and the writer's notes about them.
///
/// Purpose    allocates chunks of eleven size classes from 64 KiB pages. A retired chunk goes through limbo and is free
///            again only when no reader can see it. A page that has been emptied may change its class.
/// Threads    egress only. Readers read entries and never notes.
/// Ownership  all memory is given. A page goes to the class that asks first, and later to the one that needs it most
///            (paging.cpp decides). A class without free chunks uses larger ones; the last class of pages always keeps a
///            page. Chunks for answers above 4 KiB are apart and shared by all shards.
/// Cost       allocate, retire: O(1); reclaim: at most kReclaimBatch chunks a call; no memory is written before its use.
///
/// Invariants 1. A chunk is in one state: free, live, transient or limbo (pending or waiting).
///            2. Every page that is not fresh and not draining is in the round of its class; it is in the list of open pages
///               exactly when it has a free chunk.
///            3. Per pool: free + limbo + live = chunks + the live chunks of a page that drains.
///            4. A waiting chunk was retired before grace_ began; it is freed after every reader has passed grace_.
///
///   page, 64 KiB
///   byte 0                24 x chunks, padded to 64                                        65536
///        ┌─────────────────┬─────────┬─────────┬── … ──┬─────────┬────────────────────────────┐
///        │ notes[chunks]   │ chunk 0 │ chunk 1 │       │ chunk n │ rest                       │
///        └─────────────────┴─────────┴─────────┴── … ──┴─────────┴────────────────────────────┘
///
///   free ──allocate──▶ live or transient ──retire──▶ pending ──grace begins──▶ waiting ──all readers passed──▶ free
///   page:  fresh ──a class asks──▶ owned ──drain──▶ draining (gives nothing out) ──its last chunk is free──▶ owned by another
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/bytes.hpp"
#include "base/qsbr.hpp"
#include "cache/detail/bucket.hpp"
#include "cache/size_classes.hpp"

namespace cache {

static_assert(kClasses <= 1U << SlotWord::kClassBits);

enum class ChunkState : std::uint8_t { kFree, kLive, kTransient, kLimbo };

/// The writer's notes about a chunk.
///
///   byte 0      4      8        12                16            20      22      23     24
///        ┌──────┬──────┬────────┬─────────────────┬─────────────┬───────┬───────┬──────┐
///        │ next │ prev │ bucket │ fresh_until_sec │ dead_at_sec │ stamp │ state │ bits │
///        └──────┴──────┴────────┴─────────────────┴─────────────┴───────┴───────┴──────┘
struct ChunkNote {
  ChunkRef next = 0;  // live: towards its queue's tail; free or limbo: the next chunk of its list
  ChunkRef prev = 0;
  std::uint32_t bucket = 0;           // live: where it is published
  std::uint32_t fresh_until_sec = 0;  // never earlier than the entry itself says
  std::uint32_t dead_at_sec = 0;
  std::uint16_t stamp = 0;  // when it entered its queue: queues.hpp
  ChunkState state = ChunkState::kFree;
  std::uint8_t slot : 3 = 0;  // of the bucket
  std::uint8_t queue : 1 = 0;
  std::uint8_t is_negative : 1 = 0;
};
static_assert(sizeof(ChunkNote) == kChunkNoteBytes);
static_assert(kSlotsPerBucket <= 8);

class Slabs {
 public:
  static constexpr std::size_t kReclaimBatch = 256;
  static constexpr std::uint32_t kNoPage = ~std::uint32_t{0};

  /// Of a page of this class.
  [[nodiscard]] static std::uint32_t chunks_per_page(std::size_t size_class) noexcept;
  /// `memory` is the whole of the cache's memory, `rest` the part of it for pages.
  Slabs(base::MutableBytes memory, base::Arena& rest, std::size_t shards) noexcept;

  /// A chunk of this class, or of a larger one when this has none; 0 when there is none.
  [[nodiscard]] ChunkRef allocate(std::size_t shard, std::size_t size_class) noexcept;
  /// No slot points to the chunk any more; readers may still read it.
  void retire(ChunkRef ref) noexcept;
  /// Begins a grace period for retired chunks, and frees those that an earlier one covered.
  void reclaim(base::Qsbr& qsbr) noexcept;

  [[nodiscard]] std::byte* chunk(ChunkRef ref) noexcept { return memory_.data() + std::size_t{ref} * kChunkUnitBytes; }
  [[nodiscard]] ChunkNote& note(ChunkRef ref) noexcept;
  [[nodiscard]] std::size_t class_of(ChunkRef ref) const noexcept { return pages_[page_of(ref)].size_class; }
  [[nodiscard]] std::size_t shard_of(ChunkRef ref) const noexcept { return pages_[page_of(ref)].shard; }
  [[nodiscard]] ChunkRef ref_of(const void* chunk) const noexcept;

  /// Are fewer chunks free or in limbo than inserts need until the next grace period ends?
  [[nodiscard]] bool runs_short(std::size_t shard, std::size_t size_class) const noexcept;
  [[nodiscard]] std::size_t live(std::size_t shard, std::size_t size_class) const noexcept {
    return pool(shard, size_class).live;
  }
  /// Chunks of this class that are free.
  [[nodiscard]] std::size_t free(std::size_t shard, std::size_t size_class) const noexcept {
    return pool(shard, size_class).free;
  }
  /// Pages that the class may lose.
  [[nodiscard]] std::size_t pages_to_give(std::size_t shard, std::size_t size_class) const noexcept {
    const std::size_t pages = pool(shard, size_class).pages;
    return size_class != kSpareClass ? pages : pages - 1;
  }

  /// A position in the round over the chunks of a class.
  struct Hand {
    std::uint32_t page = kNoPage;
    std::uint32_t chunk = 0;
  };
  /// Each class has two: one looks for what has expired, one for negative answers.
  enum class HandOf : std::uint8_t { kExpiry, kNegative, kCount };
  [[nodiscard]] Hand hand(std::size_t shard, std::size_t size_class, HandOf of) const noexcept {
    return pool(shard, size_class).hands[static_cast<std::size_t>(of)];
  }
  void set_hand(std::size_t shard, std::size_t size_class, HandOf of, Hand hand) noexcept {
    pool(shard, size_class).hands[static_cast<std::size_t>(of)] = hand;
  }
  /// The chunk at the hand (in any state; 0 when the class has none yet), and the hand one chunk on.
  [[nodiscard]] ChunkRef step(Hand& hand) const noexcept;

  [[nodiscard]] bool has_fresh(std::size_t shard) const noexcept { return !fresh_[shard].is_empty(); }
  /// Takes a page of class `from` out of use, the emptiest of sixteen; once all its chunks are free it belongs to `to`. A
  /// shard drains one page at a time.
  void begin_drain(std::size_t shard, std::size_t from, std::size_t to) noexcept;
  [[nodiscard]] bool is_draining(std::size_t shard) const noexcept { return drains_[shard].page != kNoPage; }
  [[nodiscard]] std::size_t draining_class(std::size_t shard) const noexcept {
    return pages_[drains_[shard].page].size_class;
  }
  /// The next chunk of the draining page, in any state; starts over at the end.
  [[nodiscard]] ChunkRef next_to_drain(std::size_t shard) noexcept;

  [[nodiscard]] std::uint64_t bytes_used() const noexcept { return bytes_used_; }  // live and transient, whole chunks
  [[nodiscard]] std::uint64_t in_limbo() const noexcept { return in_limbo_; }
  [[nodiscard]] std::uint64_t pages_moved() const noexcept { return pages_moved_; }
  [[nodiscard]] std::uint64_t pages_fresh() const noexcept { return pages_fresh_; }
  [[nodiscard]] std::uint64_t pages_of(std::size_t size_class) const noexcept { return pages_of_class_[size_class]; }
  [[nodiscard]] std::size_t descriptor_bytes() const noexcept { return pages_.size_bytes(); }
  [[nodiscard]] std::size_t large_bytes() const noexcept {
    return (pages_.size() - large_pages_from_) * kLargePageBytes;
  }
  /// Bytes of one shard's pages, without large ones.
  [[nodiscard]] std::size_t shard_bytes() const noexcept { return pages_per_shard_ * kPageBytes; }

 private:
  struct Page {
    std::uint32_t next = kNoPage;  // round of the class's pages
    std::uint32_t prev = kNoPage;
    std::uint32_t next_open = kNoPage;  // list of the class's pages that have a free chunk
    std::uint32_t prev_open = kNoPage;
    ChunkRef free_head = 0;
    std::uint16_t carved = 0;  // chunks that were allocated at least once
    std::uint16_t in_use = 0;  // live, transient or in limbo
    std::uint8_t size_class = 0;
    std::uint8_t shard = 0;
    bool is_open = false;
    bool is_draining = false;
    std::uint32_t spare = 0;
  };
  static_assert(sizeof(Page) == 32);
  struct Pool {                          // of one class in one shard
    std::uint32_t first_page = kNoPage;  // of the round
    std::uint32_t first_open = kNoPage;
    std::uint32_t pages = 0;  // in the round
    std::uint32_t free = 0;   // chunks that can be allocated
    std::uint32_t limbo = 0;  // retired, not of a draining page
    std::uint32_t live = 0;
    std::uint32_t chunks = 0;  // of all its pages
    std::array<Hand, static_cast<std::size_t>(HandOf::kCount)> hands{};
  };
  struct Drain {
    std::uint32_t page = kNoPage;
    std::uint16_t at = 0;
    std::uint8_t to = 0;
  };
  struct Queue {  // of retired chunks, linked by their notes
    ChunkRef head = 0;
    ChunkRef tail = 0;
  };
  struct FreshPages {
    std::uint32_t next = 0;
    std::uint32_t end = 0;
    [[nodiscard]] bool is_empty() const noexcept { return next == end; }
  };
  static constexpr std::size_t kMaxShards = std::size_t{1} << TableShape::kMaxShardBits;

  /// All shards share the large chunks.
  [[nodiscard]] Pool& pool(std::size_t shard, std::size_t size_class) noexcept {
    return pools_[size_class == kLargeClass ? 0 : shard][size_class];
  }
  [[nodiscard]] const Pool& pool(std::size_t shard, std::size_t size_class) const noexcept {
    return pools_[size_class == kLargeClass ? 0 : shard][size_class];
  }
  [[nodiscard]] FreshPages& fresh(std::size_t shard, std::size_t size_class) noexcept {
    return size_class == kLargeClass ? fresh_large_ : fresh_[shard];
  }
  [[nodiscard]] ChunkRef take(std::size_t shard, std::size_t size_class) noexcept;
  [[nodiscard]] std::uint32_t take_fresh(FreshPages& pages) noexcept;
  void add_page(std::uint32_t index, std::size_t shard, std::size_t size_class) noexcept;
  void open_page(Pool& pool, std::uint32_t index) noexcept;
  void close_page(Pool& pool, std::uint32_t index) noexcept;
  void leave_round(Pool& pool, std::uint32_t index) noexcept;
  void free_chunk(ChunkRef ref) noexcept;
  void end_drain(std::size_t shard) noexcept;
  void free_waiting() noexcept;
  [[nodiscard]] std::size_t page_of(ChunkRef ref) const noexcept {
    const std::size_t at = std::size_t{ref} * kChunkUnitBytes;
    return at < first_large_ ? (at - first_page_) / kPageBytes
                             : large_pages_from_ + (at - first_large_) / kLargePageBytes;
  }
  /// Offset of the page's first byte, where its notes are.
  [[nodiscard]] std::size_t begin_of(std::size_t page) const noexcept {
    return page < large_pages_from_ ? first_page_ + page * kPageBytes
                                    : first_large_ + (page - large_pages_from_) * kLargePageBytes;
  }
  [[nodiscard]] ChunkRef ref_at(std::size_t page, std::size_t chunk) const noexcept;

  base::MutableBytes memory_;
  std::size_t first_page_ = 0;        // offset
  std::size_t first_large_ = 0;       // offset; the large pages come last
  std::size_t large_pages_from_ = 0;  // index of the first large page
  std::size_t pages_per_shard_ = 0;
  std::span<Page> pages_;
  std::array<std::array<Pool, kClasses>, kMaxShards> pools_{};
  std::array<FreshPages, kMaxShards> fresh_{};  // pages that no class has used yet, by shard
  FreshPages fresh_large_;
  std::array<Drain, kMaxShards> drains_{};
  std::array<std::uint64_t, kClasses> pages_of_class_{};
  Queue pending_;  // retired since the grace period began
  Queue waiting_;  // covered by grace_
  base::Qsbr::Token grace_ = 0;
  std::uint64_t bytes_used_ = 0;
  std::uint64_t in_limbo_ = 0;
  std::uint64_t pages_moved_ = 0;
  std::uint64_t pages_fresh_ = 0;
};

}  // namespace cache
