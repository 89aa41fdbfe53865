// SPDX-License-Identifier: Apache-2.0
/// @file arena.hpp – the blocks that entries live in, and the writer's notes about them.
///
/// Purpose    hands out blocks of ten size classes from 64 KiB pages and takes them back through limbo: a retired block
///            is free again only when every reader has let go of it.
/// Threads    egress only. Readers never touch pages' notes, they only read entries.
/// Ownership  all memory is given; each class of each shard keeps at least one page, the others go to who asks first.
/// Cost       allocate, retire: O(1); reclaim: at most kReclaimBatch blocks a call; nothing is written ahead of use.
///
///   page, 64 KiB
///   byte 0                16 x blocks, padded to 64                                        65536
///        ┌─────────────────┬─────────┬─────────┬── … ──┬─────────┬────────────────────────────┐
///        │ notes[blocks]   │ block 0 │ block 1 │       │ block n │ rest                       │
///        └─────────────────┴─────────┴─────────┴── … ──┴─────────┴────────────────────────────┘
///
///   free ──allocate──▶ live or transient ──retire──▶ pending ──grace begins──▶ waiting ──all readers passed──▶ free
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/carver.hpp"
#include "base/qsbr.hpp"
#include "cache/bucket.hpp"

namespace cache {

/// The last class holds whatever a DNS message can be: 65,535 bytes with a TTL place for each of its records.
inline constexpr std::array<std::uint32_t, 11> kClassBytes{128,  192,  256,  384,  512,   768,
                                                           1024, 1536, 2048, 4096, 74'752};
inline constexpr std::size_t kClasses = kClassBytes.size();
inline constexpr std::size_t kLargeClass = kClasses - 1;
inline constexpr std::size_t kPageBytes = 64U << 10U;
inline constexpr std::size_t kLargePageBytes = kBlockUnitBytes + kClassBytes[kLargeClass];  // its note and one block
static_assert(kClasses <= 1U << SlotWord::kClassBits);

enum class BlockState : std::uint8_t { kFree, kLive, kTransient, kLimbo };

/// What the writer knows of a block.
struct BlockNote {
  std::uint32_t link = 0;             // live: its bucket; free or limbo: the next block of its list
  std::uint32_t fresh_until_sec = 0;  // never earlier than the entry itself says
  std::uint32_t dead_at_sec = 0;
  BlockState state = BlockState::kFree;
  std::uint8_t slot = 0;  // live: its slot in the bucket
  std::uint16_t spare = 0;
};
static_assert(sizeof(BlockNote) == 16);

class Arena {
 public:
  static constexpr std::size_t kReclaimBatch = 256;

  /// The first class whose blocks hold `bytes`, or kClasses.
  [[nodiscard]] static std::size_t class_for(std::size_t bytes) noexcept;
  /// `memory` is all of the cache's, `rest` what is left of it for pages.
  Arena(base::MutableBytes memory, base::Carver& rest, std::size_t shards) noexcept;

  /// A block of this class, or of a larger one when this has none; 0 when there is none.
  [[nodiscard]] BlockRef allocate(std::size_t shard, std::size_t size_class) noexcept;
  /// Nobody finds the block any more; readers may still look at it.
  void retire(BlockRef ref) noexcept;
  /// Begins a grace period for what was retired, and frees what an earlier one covered.
  void reclaim(base::Qsbr& qsbr) noexcept;

  [[nodiscard]] std::byte* block(BlockRef ref) noexcept { return memory_.data() + std::size_t{ref} * kBlockUnitBytes; }
  [[nodiscard]] BlockNote& note(BlockRef ref) noexcept;
  [[nodiscard]] std::size_t class_of(BlockRef ref) const noexcept { return pages_[page_of(ref)].size_class; }
  [[nodiscard]] BlockRef ref_of(const void* block) const noexcept;

  /// Fewer blocks free, or soon to be, than inserts need until the next grace period ends?
  [[nodiscard]] bool runs_short(std::size_t shard, std::size_t size_class) const noexcept;
  [[nodiscard]] std::size_t live(std::size_t shard, std::size_t size_class) const noexcept {
    return pool(shard, size_class).live;
  }

  /// A place in the round over a class's blocks.
  struct Hand {
    std::uint32_t page = 0;
    std::uint32_t block = 0;
  };
  [[nodiscard]] Hand hand(std::size_t shard, std::size_t size_class) const noexcept {
    return pool(shard, size_class).hand;
  }
  void set_hand(std::size_t shard, std::size_t size_class, Hand hand) noexcept { pool(shard, size_class).hand = hand; }
  /// The block at the hand (in any state; 0 when the class has none yet), and the hand one block on.
  [[nodiscard]] BlockRef step(Hand& hand) const noexcept;

  [[nodiscard]] std::uint64_t bytes_used() const noexcept { return bytes_used_; }  // live and transient, whole blocks
  [[nodiscard]] std::uint64_t in_limbo() const noexcept { return in_limbo_; }

 private:
  static constexpr std::uint32_t kNoPage = ~std::uint32_t{0};
  struct Page {
    std::uint32_t next = kNoPage;  // round of the class's pages
    std::uint16_t carved = 0;      // blocks that were ever handed out
    std::uint8_t size_class = 0;
    std::uint8_t shard = 0;
  };
  static_assert(sizeof(Page) == 8);
  struct Pool {                         // of one class in one shard
    std::uint32_t last_page = kNoPage;  // its next is the first one; blocks are carved from the last
    std::uint32_t free_head = 0;
    std::uint32_t free = 0;      // in the list
    std::uint32_t uncarved = 0;  // of the last page
    std::uint32_t limbo = 0;
    std::uint32_t live = 0;
    std::uint32_t blocks = 0;  // of all its pages
    Hand hand;
  };
  struct Queue {  // of retired blocks, linked by their notes
    BlockRef head = 0;
    BlockRef tail = 0;
  };

  /// All shards share the large blocks.
  [[nodiscard]] Pool& pool(std::size_t shard, std::size_t size_class) noexcept {
    return pools_[size_class == kLargeClass ? 0 : shard][size_class];
  }
  [[nodiscard]] const Pool& pool(std::size_t shard, std::size_t size_class) const noexcept {
    return pools_[size_class == kLargeClass ? 0 : shard][size_class];
  }
  struct FreshPages {
    std::uint32_t next = 0;
    std::uint32_t end = 0;
    [[nodiscard]] bool is_empty() const noexcept { return next == end; }
  };
  [[nodiscard]] FreshPages& fresh(std::size_t shard, std::size_t size_class) noexcept {
    return size_class == kLargeClass ? fresh_large_ : fresh_[shard];
  }
  [[nodiscard]] BlockRef take(std::size_t shard, std::size_t size_class) noexcept;
  void add_page(std::size_t shard, std::size_t size_class) noexcept;
  void free_waiting() noexcept;
  [[nodiscard]] std::size_t page_of(BlockRef ref) const noexcept {
    const std::size_t at = std::size_t{ref} * kBlockUnitBytes;
    return at < first_large_ ? (at - first_page_) / kPageBytes
                             : large_pages_from_ + (at - first_large_) / kLargePageBytes;
  }
  /// Offset of the page's first byte, where its notes are.
  [[nodiscard]] std::size_t begin_of(std::size_t page) const noexcept {
    return page < large_pages_from_ ? first_page_ + page * kPageBytes
                                    : first_large_ + (page - large_pages_from_) * kLargePageBytes;
  }
  [[nodiscard]] BlockRef ref_at(std::size_t page, std::size_t block) const noexcept;

  base::MutableBytes memory_;
  std::size_t first_page_ = 0;        // offset
  std::size_t first_large_ = 0;       // offset; the large pages come last
  std::size_t large_pages_from_ = 0;  // index of the first large page
  std::span<Page> pages_;
  std::array<std::array<Pool, kClasses>, std::size_t{1} << TableShape::kMaxShardBits> pools_{};
  std::array<FreshPages, std::size_t{1} << TableShape::kMaxShardBits> fresh_{};  // pages nobody has yet, by shard
  FreshPages fresh_large_;
  Queue pending_;  // retired since the grace period began
  Queue waiting_;  // covered by grace_
  base::Qsbr::Token grace_ = 0;
  std::uint64_t bytes_used_ = 0;
  std::uint64_t in_limbo_ = 0;
};

}  // namespace cache
