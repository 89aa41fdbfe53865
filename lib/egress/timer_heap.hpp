// SPDX-License-Identifier: Apache-2.0
/// @file timer_heap.hpp – one timer per fetch, earliest first.
///
/// Purpose    a binary heap with at most one entry per fetch, so that arming again moves it.
/// Threads    egress only.
/// Cost       O(log n); at most about a thousand times a second.
#pragma once

#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "egress_queue/slot_id.hpp"

namespace egress {

class TimerHeap {
 public:
  TimerHeap(base::Arena& arena, std::uint32_t max_fetches) noexcept;

  void arm(SlotId fetch, base::Instant at) noexcept;
  void disarm(SlotId fetch) noexcept;

  [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }
  [[nodiscard]] base::Instant next_at() const noexcept { return is_empty() ? base::Instant::never() : heap_[0].at; }
  /// Of next_at(); not when empty.
  [[nodiscard]] SlotId next() const noexcept { return heap_[0].fetch; }

 private:
  struct Entry {
    base::Instant at;
    SlotId fetch = kNoSlot;
  };
  void put(std::size_t place, const Entry& entry) noexcept;
  void settle(std::size_t place, const Entry& entry) noexcept;

  std::span<Entry> heap_;
  std::span<SlotId> place_of_;  // of each question
  std::size_t size_ = 0;
};

}  // namespace egress
