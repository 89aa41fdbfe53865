// SPDX-License-Identifier: Apache-2.0
/// @file waiting_list.hpp – a doubly linked list of fetches in order of arrival.
///
/// Purpose    first in, first out, with removal anywhere.
/// Threads    egress only.
/// Ownership  links live in one array for all lists of the engine: a fetch is in at most one list.
/// Cost       O(1).
#pragma once

#include <cstdint>
#include <span>

#include "egress_queue/slot_id.hpp"

namespace egress {

struct QueueLink {
  SlotId previous = kNoSlot;
  SlotId next = kNoSlot;
};

class WaitingList {
 public:
  explicit WaitingList(std::span<QueueLink> links) noexcept : links_(links) {}

  void push(SlotId fetch) noexcept {
    links_[fetch] = {newest_, kNoSlot};
    (newest_ == kNoSlot ? oldest_ : links_[newest_].next) = fetch;
    newest_ = fetch;
    ++size_;
  }
  void remove(SlotId fetch) noexcept {
    const QueueLink link = links_[fetch];
    (link.previous == kNoSlot ? oldest_ : links_[link.previous].next) = link.next;
    (link.next == kNoSlot ? newest_ : links_[link.next].previous) = link.previous;
    --size_;
  }
  [[nodiscard]] SlotId oldest() const noexcept { return oldest_; }
  [[nodiscard]] SlotId newest() const noexcept { return newest_; }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }

 private:
  std::span<QueueLink> links_;
  SlotId oldest_ = kNoSlot;
  SlotId newest_ = kNoSlot;
  std::uint32_t size_ = 0;
};

}  // namespace egress
