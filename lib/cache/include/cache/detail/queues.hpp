// SPDX-License-Identifier: Apache-2.0
/// @file queues.hpp – the two queues of S3-FIFO, for each class of each shard, linked through the notes of the chunks.
///
/// Purpose    keeps the order of insertion: probation for new answers, main for answers that were hit again.
/// Threads    egress only.
/// Ownership  the links are fields of the chunks' notes.
///
/// Invariants 1. An entry is in exactly one queue from its publication until it is unlinked; note.queue says which.
///            2. All entries of a queue are of one class and one shard (large ones: of shard 0).
///            3. Stamps do not decrease from tail to head (compared modulo 2^16).
///
/// Cost       every operation O(1).
///
///   new ──▶ head [ probation ] tail ──hit meanwhile──▶ head [ main ] tail ──hit meanwhile──▶ head again, one use less
///   ghost ──────────────────────────────────────────────▶ │            └──no hit──▶ evicted
///                               └──no hit──▶ evicted, and a ghost
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cache/detail/slabs.hpp"

namespace cache {

enum class QueueName : std::uint8_t { kProbation, kMain };

class Queues {
 public:
  static constexpr std::uint32_t kProbationShare = 20;  // 1/20 of the entries

  Queues(Slabs& slabs, std::size_t chunks_per_shard) noexcept;

  /// Inserts at the head and sets note.queue.
  void push(ChunkRef ref, QueueName queue) noexcept;
  void remove(ChunkRef ref) noexcept;
  /// `by` takes the position of `ref`, which is of the same class and shard.
  void replace(ChunkRef ref, ChunkRef by) noexcept;
  [[nodiscard]] static QueueName queue_of(const ChunkNote& note) noexcept {
    return static_cast<QueueName>(static_cast<std::uint8_t>(note.queue));
  }

  [[nodiscard]] ChunkRef tail(std::size_t shard, std::size_t size_class, QueueName queue) const noexcept {
    return fifo(shard, size_class, queue).tail;
  }
  [[nodiscard]] std::uint32_t size(std::size_t shard, std::size_t size_class, QueueName queue) const noexcept {
    return fifo(shard, size_class, queue).size;
  }
  /// The queue that gives the next victim: probation while it is above its share.
  [[nodiscard]] QueueName next_to_give(std::size_t shard, std::size_t size_class) const noexcept;
  /// Age of the next victim candidate, counted in inserts into the shard. The class with the oldest candidate needs its
  /// memory least. Without answers: the largest value.
  [[nodiscard]] std::uint32_t age(std::size_t shard, std::size_t size_class) const noexcept;
  /// Counts an insert into the shard.
  void tick(std::size_t shard) noexcept { ++clocks_[shard]; }
  [[nodiscard]] std::uint64_t main_entries(std::size_t size_class) const noexcept { return main_of_class_[size_class]; }
  [[nodiscard]] std::uint64_t entries(std::size_t size_class) const noexcept { return entries_of_class_[size_class]; }

 private:
  struct Fifo {
    ChunkRef head = 0;
    ChunkRef tail = 0;
    std::uint32_t size = 0;
  };
  using OfClass = std::array<Fifo, 2>;
  [[nodiscard]] Fifo& fifo(std::size_t shard, std::size_t size_class, QueueName queue) noexcept {
    return fifos_[size_class == kLargeClass ? 0 : shard][size_class][static_cast<std::size_t>(queue)];
  }
  [[nodiscard]] const Fifo& fifo(std::size_t shard, std::size_t size_class, QueueName queue) const noexcept {
    return fifos_[size_class == kLargeClass ? 0 : shard][size_class][static_cast<std::size_t>(queue)];
  }
  [[nodiscard]] std::uint16_t stamp(std::size_t shard) const noexcept {
    return static_cast<std::uint16_t>(clocks_[shard] >> stamp_shift_);
  }

  static constexpr std::size_t kMaxShards = std::size_t{1} << TableShape::kMaxShardBits;
  Slabs* slabs_;
  unsigned stamp_shift_;                            // stamps wrap after 64 times as many inserts as a shard has chunks
  std::array<std::uint64_t, kMaxShards> clocks_{};  // inserts
  std::array<std::array<OfClass, kClasses>, kMaxShards> fifos_{};
  std::array<std::uint64_t, kClasses> main_of_class_{};
  std::array<std::uint64_t, kClasses> entries_of_class_{};
};

}  // namespace cache
