// SPDX-License-Identifier: Apache-2.0
// Sift-up and sift-down of the heap, with the position of each fetch.
#include "timer_heap.hpp"

#include <algorithm>

namespace egress {

TimerHeap::TimerHeap(base::Arena& arena, std::uint32_t max_fetches) noexcept
    : heap_(arena.take<Entry>(max_fetches)), place_of_(arena.take<SlotId>(max_fetches)) {
  std::fill(place_of_.begin(), place_of_.end(), kNoSlot);
}

void TimerHeap::arm(SlotId fetch, base::Instant at) noexcept {
  const bool is_new = place_of_[fetch] == kNoSlot;
  settle(is_new ? size_++ : place_of_[fetch], Entry{at, fetch});
}

void TimerHeap::disarm(SlotId fetch) noexcept {
  const SlotId place = place_of_[fetch];
  if (place == kNoSlot) return;
  place_of_[fetch] = kNoSlot;
  const Entry last = heap_[--size_];
  if (place != size_) settle(place, last);
}

void TimerHeap::put(std::size_t place, const Entry& entry) noexcept {
  heap_[place] = entry;
  place_of_[entry.fetch] = static_cast<SlotId>(place);
}

// Moves `entry` up or down from `place` until no parent is later and no child earlier.
void TimerHeap::settle(std::size_t place, const Entry& entry) noexcept {
  while (place > 0) {
    const std::size_t parent = (place - 1) / 2;
    if (heap_[parent].at <= entry.at) break;
    put(place, heap_[parent]);
    place = parent;
  }
  for (std::size_t child = 2 * place + 1; child < size_; child = 2 * place + 1) {
    if (child + 1 < size_ && heap_[child + 1].at < heap_[child].at) ++child;
    if (heap_[child].at >= entry.at) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, entry);
}

}  // namespace egress
