// SPDX-License-Identifier: Apache-2.0
/// @file known_names.hpp – questions that had an answer, remembered after the cache has let go of it.
///
/// Purpose    what was answered before is worth more than what nobody has ever heard of. A question whose place another
///            one took is forgotten, nothing worse.
/// Threads    egress only.
/// Ownership  a fixed table in the engine's memory: one tag for each place, found by the keyed hash.
/// Cost       one cache line.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "base/arena.hpp"

namespace egress {

class KnownNames {
 public:
  static constexpr std::uint32_t kPerFetch = 4;  // 2^18 places for 65,536 questions

  KnownNames(base::Arena& arena, std::uint32_t max_fetches) noexcept
      : tags_(arena.take<std::uint32_t>(std::size_t{max_fetches} * kPerFetch)) {
    SLUICE_REQUIRE(std::has_single_bit(max_fetches));
  }

  void note(std::uint64_t hash) noexcept {
    std::uint32_t& tag = tags_[place_of(hash)];
    if (tag == 0) ++used_;
    tag = tag_of(hash);
  }
  [[nodiscard]] bool knows(std::uint64_t hash) const noexcept { return tags_[place_of(hash)] == tag_of(hash); }
  [[nodiscard]] std::uint32_t used() const noexcept { return used_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(tags_.size()); }

 private:
  [[nodiscard]] std::size_t place_of(std::uint64_t hash) const noexcept { return hash & (tags_.size() - 1); }
  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 32U) | 1U;  // 0: nobody is here
  }

  std::span<std::uint32_t> tags_;
  std::uint32_t used_ = 0;
};

}  // namespace egress
