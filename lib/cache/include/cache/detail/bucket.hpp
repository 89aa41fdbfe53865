// SPDX-License-Identifier: Apache-2.0
/// @file bucket.hpp – the hash table: two candidate buckets for a hash, seven slots each.
///
/// Purpose    the layout that readers scan, and the arithmetic from a hash to its buckets and tag.
/// Threads    egress: rw, readers: r. A slot changes by one release store; a key never moves between its buckets.
/// Cost       a bucket is one cache line.
///
///   hash   63 … 60        59 … 44   43 … 22          21 … 0
///          shard          tag       second bucket    first bucket        (a table above 2^22 buckets a shard overlaps)
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/spsc_ring.hpp"
#include "cache/size_classes.hpp"

namespace cache {

/// Offset of a chunk from the start of the cache's memory in units of 64 bytes; 0 is no chunk (the buckets are there).
using ChunkRef = std::uint32_t;

inline constexpr std::size_t kSlotsPerBucket = 7;

/// 63 ── tag:16 ── 48 ── class:4 ── 44 ── ref:44 ── 0      0 = empty
struct SlotWord {
  static constexpr unsigned kRefBits = 44;
  static constexpr unsigned kClassBits = 4;
  static constexpr unsigned kTagBits = 16;

  [[nodiscard]] static constexpr std::uint64_t make(std::uint16_t tag, std::uint8_t size_class, ChunkRef ref) noexcept {
    return std::uint64_t{tag} << (kRefBits + kClassBits) | std::uint64_t{size_class} << kRefBits | ref;
  }
  [[nodiscard]] static constexpr std::uint16_t tag(std::uint64_t word) noexcept {
    return static_cast<std::uint16_t>(word >> (kRefBits + kClassBits));
  }
  [[nodiscard]] static constexpr std::uint8_t size_class(std::uint64_t word) noexcept {
    return static_cast<std::uint8_t>(word >> kRefBits & ((1U << kClassBits) - 1));
  }
  [[nodiscard]] static constexpr ChunkRef ref(std::uint64_t word) noexcept { return static_cast<ChunkRef>(word); }
};
static_assert(SlotWord::kRefBits + SlotWord::kClassBits + SlotWord::kTagBits == 64);

struct alignas(base::kCacheLineBytes) Bucket {
  /// Keys whose first bucket is this one and that are in their second.
  std::atomic<std::uint64_t> overflow{0};                           // egress: rw, readers: r
  std::array<std::atomic<std::uint64_t>, kSlotsPerBucket> slots{};  // egress: rw, readers: r
};
static_assert(sizeof(Bucket) == kBucketBytes && kBucketBytes == base::kCacheLineBytes &&
              alignof(Bucket) == base::kCacheLineBytes);
static_assert(offsetof(Bucket, slots) == 8);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// Maps a hash to its buckets and its tag. Immutable once the cache is built.
struct TableShape {
  static constexpr unsigned kMaxShardBits = 4;
  unsigned shard_bits = 0;
  unsigned bucket_bits = 0;  // of one shard; at least 1

  [[nodiscard]] std::size_t buckets() const noexcept { return std::size_t{1} << (shard_bits + bucket_bits); }
  [[nodiscard]] std::size_t shards() const noexcept { return std::size_t{1} << shard_bits; }
  [[nodiscard]] std::size_t shard(std::uint64_t hash) const noexcept {
    return (hash >> (64 - kMaxShardBits)) >> (kMaxShardBits - shard_bits);
  }
  [[nodiscard]] std::size_t first(std::uint64_t hash) const noexcept {
    return shard(hash) << bucket_bits | (hash & mask());
  }
  /// Differs from first().
  [[nodiscard]] std::size_t second(std::uint64_t hash) const noexcept {
    const std::uint64_t low = hash & mask();
    const std::uint64_t other = (hash >> 22U) & mask();
    return shard(hash) << bucket_bits | (other == low ? other ^ 1U : other);
  }
  [[nodiscard]] static std::uint16_t tag(std::uint64_t hash) noexcept {
    return static_cast<std::uint16_t>(hash >> 44U);
  }

 private:
  [[nodiscard]] std::uint64_t mask() const noexcept { return (std::uint64_t{1} << bucket_bits) - 1; }
};

}  // namespace cache
