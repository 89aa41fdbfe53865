// SPDX-License-Identifier: Apache-2.0
/// @file fair_queue.hpp – self-clocked fair queueing among the items of a span, and an index of them by queue length.
///
/// Purpose    FairQueue serves the item with the earliest virtual finish time; that time becomes the queue's virtual time.
///            An item pays kRound steps of virtual time per service, or fewer. LengthIndex finds the item with the longest
///            queue, to within one rank.
/// Threads    egress only.
/// Ownership  items live in a span of the caller; the links are members of the items.
/// Cost       O(1) each.
/// Invariants
///   1. Finish times lie within kRound steps after the virtual time, so kSlots slots are enough.
///   2. Items of one slot are served in the order in which they were inserted.
///
///   time             time + kRound                  time + kSlots
///    ▼                     ▼                             ▼
///    ├──┬──┬──┬──┬── … ────┬──┬── …  (never used) ───────┤     one ring per slot, oldest at its head
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "egress_queue/slot_id.hpp"

namespace egress {

/// Link of a ring; the ring's owner keeps the SlotId of its head, and the head's `previous` is the last item.
struct RingLink {
  SlotId previous = kNoSlot;
  SlotId next = kNoSlot;
};

template <auto kLink, class Items>
void ring_append(const Items& items, SlotId& head, SlotId item) noexcept {
  RingLink& link = items[item].*kLink;
  if (head == kNoSlot) {
    link = {item, item};
    head = item;
    return;
  }
  const SlotId last = (items[head].*kLink).previous;
  link = {last, head};
  (items[last].*kLink).next = item;
  (items[head].*kLink).previous = item;
}

template <auto kLink, class Items>
void ring_remove(const Items& items, SlotId& head, SlotId item) noexcept {
  const RingLink link = items[item].*kLink;
  if (link.next == item) {
    head = kNoSlot;
    return;
  }
  (items[link.previous].*kLink).next = link.next;
  (items[link.next].*kLink).previous = link.previous;
  if (head == item) head = link.next;
}

/// An item has `RingLink by_finish` and `std::uint32_t finish_time`.
class FairQueue {
 public:
  static constexpr std::uint32_t kRound = 16;
  static constexpr std::uint32_t kSlots = 32;

  FairQueue() noexcept { heads_.fill(kNoSlot); }

  [[nodiscard]] std::uint32_t time() const noexcept { return time_; }
  [[nodiscard]] bool is_empty() const noexcept { return filled_ == 0; }
  /// Virtual finish time of a service that starts at `start` and costs `cost` <= kRound; at least the virtual time.
  [[nodiscard]] std::uint32_t end_of(std::uint32_t start, std::uint32_t cost) const noexcept {
    const std::uint32_t end = start + cost;
    return static_cast<std::int32_t>(end - time_) > 0 ? end : time_;
  }
  template <class Items>
  void insert(const Items& items, SlotId item, std::uint32_t ends) noexcept {
    using Item = typename Items::value_type;
    items[item].finish_time = ends;
    ring_append<&Item::by_finish>(items, heads_[ends % kSlots], item);
    filled_ |= 1U << ends % kSlots;
  }
  template <class Items>
  void remove(const Items& items, SlotId item) noexcept {
    using Item = typename Items::value_type;
    const std::uint32_t slot = items[item].finish_time % kSlots;
    ring_remove<&Item::by_finish>(items, heads_[slot], item);
    if (heads_[slot] == kNoSlot) filled_ &= ~(1U << slot);
  }
  /// The item with the earliest finish time. Not while the queue is empty.
  [[nodiscard]] SlotId first() const noexcept {
    const auto ahead =
        static_cast<std::uint32_t>(std::countr_zero(std::rotr(filled_, static_cast<int>(time_ % kSlots))));
    return heads_[(time_ + ahead) % kSlots];
  }
  /// The item with this finish time was served.
  void advance_to(std::uint32_t ends) noexcept { time_ = ends; }

 private:
  std::array<SlotId, kSlots> heads_;
  std::uint32_t filled_ = 0;  // one bit for each slot
  std::uint32_t time_ = 0;
};

/// An item has `RingLink by_length` and `std::uint8_t rank`. Ranks grow by a factor of 2 every kSteps ranks.
template <std::size_t kRanks, unsigned kSteps>
class LengthIndex {
  static_assert(kRanks <= 64 && std::has_single_bit(kSteps));

 public:
  LengthIndex() noexcept { heads_.fill(kNoSlot); }

  [[nodiscard]] bool is_empty() const noexcept { return filled_ == 0; }
  template <class Items>
  void insert(const Items& items, SlotId item, std::uint32_t length) noexcept {
    using Item = typename Items::value_type;
    const std::size_t rank = rank_of(length);
    items[item].rank = static_cast<std::uint8_t>(rank);
    ring_append<&Item::by_length>(items, heads_[rank], item);
    filled_ |= std::uint64_t{1} << rank;
  }
  template <class Items>
  void remove(const Items& items, SlotId item) noexcept {
    using Item = typename Items::value_type;
    const std::size_t rank = items[item].rank;
    ring_remove<&Item::by_length>(items, heads_[rank], item);
    if (heads_[rank] == kNoSlot) filled_ &= ~(std::uint64_t{1} << rank);
  }
  template <class Items>
  void change(const Items& items, SlotId item, std::uint32_t length) noexcept {
    if (items[item].rank == rank_of(length)) return;
    remove(items, item);
    insert(items, item, length);
  }
  /// The item that has been in the highest rank for longest. Not while the index is empty.
  [[nodiscard]] SlotId longest() const noexcept {
    return heads_[static_cast<std::size_t>(std::bit_width(filled_)) - 1];
  }

 private:
  static constexpr unsigned kStepBits = std::bit_width(kSteps) - 1;
  [[nodiscard]] static std::size_t rank_of(std::uint32_t length) noexcept {
    if (length < 2 * kSteps) return length < kRanks ? length : kRanks - 1;
    const auto width = static_cast<unsigned>(std::bit_width(length));
    const unsigned below = width - 1 - kStepBits;
    const std::size_t rank = std::size_t{below} * kSteps + (length >> below);
    return rank < kRanks ? rank : kRanks - 1;
  }
  std::array<SlotId, kRanks> heads_;
  std::uint64_t filled_ = 0;
};

}  // namespace egress
