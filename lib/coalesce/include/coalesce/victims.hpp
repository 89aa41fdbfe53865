// SPDX-License-Identifier: Apache-2.0
/// @file victims.hpp – which waiter is dropped when too many clients wait.
///
/// Purpose    the order of arrival of all waiters of a worker, and a random choice: newest, oldest, or any.
/// Threads    one owner.
/// Ownership  links in memory given at creation; slot numbers are the caller's.
/// Cost       O(1), including the random choice: the slots in use are also kept in a dense array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "coalesce/hash_index.hpp"
#include "coalesce/settings.hpp"

namespace coalesce {

enum class Drop : std::uint8_t { kNewest, kRandom, kOldest };

/// xorshift64*. Its seed is secret and independent of what clients send.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) noexcept : state_(seed != 0 ? seed : 1) {}

  [[nodiscard]] std::uint32_t below(std::uint32_t sides) noexcept {
    state_ ^= state_ >> 12U;
    state_ ^= state_ << 25U;
    state_ ^= state_ >> 27U;
    const std::uint64_t drawn = state_ * 0x2545'f491'4f6c'dd1dU >> 32U;
    return static_cast<std::uint32_t>(drawn * sides >> 32U);
  }
  [[nodiscard]] Drop draw(const DropPolicy& policy) noexcept {
    const std::uint32_t percent = below(100);
    if (percent < policy.newest_percent) return Drop::kNewest;
    return percent < std::uint32_t{policy.newest_percent} + policy.random_percent ? Drop::kRandom : Drop::kOldest;
  }

 private:
  std::uint64_t state_;
};

class Arrivals {
 public:
  static constexpr std::uint32_t kNone = HashIndex::kNone;
  struct Link {
    std::uint32_t older = kNone;
    std::uint32_t newer = kNone;
    std::uint32_t standing = 0;  // index of the slot in the dense array
  };

  /// Neither needs values.
  Arrivals(std::span<Link> links, std::span<std::uint32_t> standing) noexcept : links_(links), standing_(standing) {}

  void push(std::uint32_t slot) noexcept {
    links_[slot] = {newest_, kNone, size_};
    (newest_ == kNone ? oldest_ : links_[newest_].newer) = slot;
    newest_ = slot;
    standing_[size_++] = slot;
  }
  void remove(std::uint32_t slot) noexcept {
    const Link link = links_[slot];
    (link.older == kNone ? oldest_ : links_[link.older].newer) = link.newer;
    (link.newer == kNone ? newest_ : links_[link.newer].older) = link.older;
    const std::uint32_t last = standing_[--size_];
    standing_[link.standing] = last;
    links_[last].standing = link.standing;
  }
  [[nodiscard]] std::uint32_t oldest() const noexcept { return oldest_; }
  [[nodiscard]] std::uint32_t newest() const noexcept { return newest_; }
  [[nodiscard]] std::uint32_t older(std::uint32_t slot) const noexcept { return links_[slot].older; }
  [[nodiscard]] std::uint32_t newer(std::uint32_t slot) const noexcept { return links_[slot].newer; }
  [[nodiscard]] std::uint32_t any(Dice& dice) const noexcept { return standing_[dice.below(size_)]; }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

 private:
  std::span<Link> links_;
  std::span<std::uint32_t> standing_;
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
  std::uint32_t size_ = 0;
};

}  // namespace coalesce
