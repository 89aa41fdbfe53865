// SPDX-License-Identifier: Apache-2.0
/// @file hash_index.hpp – from a hash to a place in a table: open addressing without tombstones.
///
/// Purpose    finds questions, clients and waiters in O(1); equality is the caller's, a hash only locates.
/// Threads    one owner.
/// Ownership  the words are given; half of them stay empty at most fill, so that probes end soon.
/// Cost       one cache line as a rule; erase moves the entries behind it back, so that probes never grow long.
///
///   word   63 ── hash:32 ── 32 ── place + 1 ── 0      0 = empty
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

  /// Words for at most `places` entries.
  [[nodiscard]] static constexpr std::size_t words_for(std::size_t places) noexcept {
    return std::bit_ceil(2 * places);
  }
  /// `words` are zero, as many as words_for() says.
  explicit HashIndex(std::span<std::uint64_t> words) noexcept : words_(words), mask_(words.size() - 1) {
    SLUICE_REQUIRE(std::has_single_bit(words.size()));
  }

  void prefetch(std::uint32_t hash) const noexcept { __builtin_prefetch(&words_[hash & mask_]); }
  /// The first place with this hash that `same(place)` accepts, or kNone.
  template <class Same>
  [[nodiscard]] std::uint32_t find(std::uint32_t hash, Same&& same) const noexcept {
    for (std::size_t at = hash & mask_; words_[at] != 0; at = (at + 1) & mask_) {
      if (hash_of(words_[at]) == hash && same(place_of(words_[at]))) return place_of(words_[at]);
    }
    return kNone;
  }
  void insert(std::uint32_t hash, std::uint32_t place) noexcept {
    std::size_t at = hash & mask_;
    while (words_[at] != 0) at = (at + 1) & mask_;
    words_[at] = make(hash, place);
  }
  /// The entry must be there.
  void erase(std::uint32_t hash, std::uint32_t place) noexcept {
    std::size_t hole = hash & mask_;
    while (words_[hole] != make(hash, place)) {
      SLUICE_REQUIRE(words_[hole] != 0);
      hole = (hole + 1) & mask_;
    }
    for (std::size_t at = (hole + 1) & mask_; words_[at] != 0; at = (at + 1) & mask_) {
      const std::size_t from_home = (at - (hash_of(words_[at]) & mask_)) & mask_;
      const std::size_t from_hole = (at - hole) & mask_;
      if (from_home < from_hole) continue;  // its probe begins behind the hole
      words_[hole] = words_[at];
      hole = at;
    }
    words_[hole] = 0;
  }

 private:
  [[nodiscard]] static std::uint64_t make(std::uint32_t hash, std::uint32_t place) noexcept {
    return std::uint64_t{hash} << 32U | (place + 1);
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

/// Numbers of free places, the last given back first; places that were never taken are not written down.
class FreeList {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// `links` need no values.
  explicit FreeList(std::span<std::uint32_t> links) noexcept : links_(links) {}
  [[nodiscard]] std::uint32_t take() noexcept {
    if (head_ != kNone) {
      const std::uint32_t place = head_;
      head_ = links_[place];
      return place;
    }
    return ever_ < links_.size() ? ever_++ : kNone;
  }
  void give_back(std::uint32_t place) noexcept {
    links_[place] = head_;
    head_ = place;
  }
  [[nodiscard]] bool empty() const noexcept { return head_ == kNone && ever_ == links_.size(); }
  /// Places below this were taken at least once.
  [[nodiscard]] std::uint32_t ever_taken() const noexcept { return ever_; }

 private:
  std::span<std::uint32_t> links_;
  std::uint32_t head_ = kNone;
  std::uint32_t ever_ = 0;
};

}  // namespace coalesce
