// SPDX-License-Identifier: Apache-2.0
/// @file hash_index.hpp – from a hash to a slot of a table: open addressing without tombstones.
///
/// Purpose    finds pending queries, clients and waiters in O(1). The caller compares keys; a hash only locates.
/// Threads    one owner.
/// Ownership  the words are the caller's; at least half of them are empty, so that probes are short.
/// Cost       mostly one cache line. erase() moves later entries back, so that probes do not grow.
///
///   word   63 ── hash:32 ── 32 ── slot + 1 ── 0      0 = empty
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/contract.hpp"

namespace coalesce {

class HashIndex {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// Words for at most `slots` entries.
  [[nodiscard]] static constexpr std::size_t words_for(std::size_t slots) noexcept { return std::bit_ceil(2 * slots); }
  /// `words` are zero, as many as words_for() says.
  explicit HashIndex(std::span<std::uint64_t> words) noexcept : words_(words), mask_(words.size() - 1) {
    SLUICE_REQUIRE(std::has_single_bit(words.size()));
  }

  void prefetch(std::uint32_t hash) const noexcept { __builtin_prefetch(&words_[hash & mask_]); }
  /// The first slot with this hash that `same(slot)` accepts, or kNone.
  template <class Same>
  [[nodiscard]] std::uint32_t find(std::uint32_t hash, Same&& same) const noexcept {
    for (std::size_t at = hash & mask_; words_[at] != 0; at = (at + 1) & mask_) {
      if (hash_of(words_[at]) == hash && same(place_of(words_[at]))) return place_of(words_[at]);
    }
    return kNone;
  }
  void insert(std::uint32_t hash, std::uint32_t slot) noexcept {
    std::size_t at = hash & mask_;
    while (words_[at] != 0) at = (at + 1) & mask_;
    words_[at] = make(hash, slot);
  }
  /// The entry must be there.
  void erase(std::uint32_t hash, std::uint32_t slot) noexcept {
    std::size_t hole = hash & mask_;
    while (words_[hole] != make(hash, slot)) {
      SLUICE_REQUIRE(words_[hole] != 0);
      hole = (hole + 1) & mask_;
    }
    for (std::size_t at = (hole + 1) & mask_; words_[at] != 0; at = (at + 1) & mask_) {
      const std::size_t from_home = (at - (hash_of(words_[at]) & mask_)) & mask_;
      const std::size_t from_hole = (at - hole) & mask_;
      if (from_home < from_hole) continue;  // its probe starts behind the hole
      words_[hole] = words_[at];
      hole = at;
    }
    words_[hole] = 0;
  }

 private:
  [[nodiscard]] static std::uint64_t make(std::uint32_t hash, std::uint32_t slot) noexcept {
    return std::uint64_t{hash} << 32U | (slot + 1);
  }
  [[nodiscard]] static std::uint32_t hash_of(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word >> 32U);
  }
  [[nodiscard]] static std::uint32_t place_of(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word) - 1;
  }

  std::span<std::uint64_t> words_;
  std::size_t mask_;
};

/// Free slot numbers, last in first out. Slots that were never taken need no memory access.
class FreeList {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// `links` need no values.
  explicit FreeList(std::span<std::uint32_t> links) noexcept : links_(links) {}
  [[nodiscard]] std::uint32_t take() noexcept {
    if (head_ != kNone) {
      const std::uint32_t slot = head_;
      head_ = links_[slot];
      return slot;
    }
    return ever_ < links_.size() ? ever_++ : kNone;
  }
  void give_back(std::uint32_t slot) noexcept {
    links_[slot] = head_;
    head_ = slot;
  }
  [[nodiscard]] bool empty() const noexcept { return head_ == kNone && ever_ == links_.size(); }
  /// Slots below this number were taken at least once.
  [[nodiscard]] std::uint32_t ever_taken() const noexcept { return ever_; }

 private:
  std::span<std::uint32_t> links_;
  std::uint32_t head_ = kNone;
  std::uint32_t ever_ = 0;
};

}  // namespace coalesce
