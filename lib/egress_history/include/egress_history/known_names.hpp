// SPDX-License-Identifier: Apache-2.0
/// @file known_names.hpp – names that were answered before, remembered longer than the cache holds the answer.
///
/// Purpose    a fetch of such a name queues in the class kKnown. Another name may take the slot; the name then queues as
///            a new one.
/// Threads    egress only.
/// Ownership  a fixed table in the engine's memory: one 32-bit tag per slot, found by the keyed hash.
/// Cost       one cache line.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "base/arena.hpp"

namespace egress {

class KnownNames {
 public:
  static constexpr std::uint32_t kPerFetch = 4;  // 2^18 slots for 65,536 fetches

  KnownNames(base::Arena& arena, std::uint32_t max_fetches) noexcept
      : tags_(arena.take<std::uint32_t>(std::size_t{max_fetches} * kPerFetch)) {
    SLUICE_REQUIRE(std::has_single_bit(max_fetches));
  }

  void note(std::uint64_t hash) noexcept {
    std::uint32_t& tag = tags_[slot_of(hash)];
    if (tag == 0) ++used_;
    tag = tag_of(hash);
  }
  [[nodiscard]] bool knows(std::uint64_t hash) const noexcept { return tags_[slot_of(hash)] == tag_of(hash); }
  [[nodiscard]] std::uint32_t used() const noexcept { return used_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(tags_.size()); }

 private:
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash) const noexcept { return hash & (tags_.size() - 1); }
  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 32U) | 1U;  // 0: free
  }

  std::span<std::uint32_t> tags_;
  std::uint32_t used_ = 0;
};

}  // namespace egress
