// SPDX-License-Identifier: Apache-2.0
// Index, free list and timer wheel.
#include "loadgen/query_table.hpp"

#include <algorithm>
#include <bit>

namespace loadgen {
namespace {

constexpr std::uint64_t kSlotMask = (1U << 24U) - 1;

}  // namespace

QueryTable::QueryTable(std::uint32_t capacity)
    : queries_(capacity),
      index_(std::bit_ceil(std::max<std::size_t>(std::size_t{capacity} * 2, 4))),
      index_shift_(64U - static_cast<unsigned>(std::bit_width(index_.size() - 1))),
      wheel_(kWheelSlots, kNone) {
  SLUICE_REQUIRE(capacity >= 1 && capacity <= kMaxOpenQueries);
  for (std::uint32_t i = 0; i < capacity; ++i) {
    queries_[i].next = i + 1 < capacity ? i + 1 : kNone;
    queries_[i].previous = i;  // in no wheel slot
  }
}

std::uint32_t QueryTable::open(std::uint32_t endpoint, std::uint16_t id) noexcept {
  if (free_ == kNone) return kNone;
  SLUICE_ASSUME(endpoint < kMaxEndpoints);
  const std::uint32_t slot = free_;
  free_ = queries_[slot].next;
  OpenQuery& query = queries_[slot];
  query = OpenQuery{};
  query.endpoint = endpoint;
  query.id = id;
  query.previous = slot;
  query.next = kNone;
  const std::uint64_t key = key_of(endpoint, id);
  std::size_t at = home_of(key);
  while (index_[at] != 0) at = (at + 1) & (index_.size() - 1);
  index_[at] = key << 24U | (slot + 1);
  ++size_;
  return slot;
}

std::uint32_t QueryTable::find(std::uint32_t endpoint, std::uint16_t id) const noexcept {
  const std::uint64_t key = key_of(endpoint, id);
  for (std::size_t at = home_of(key); index_[at] != 0; at = (at + 1) & (index_.size() - 1)) {
    if (index_[at] >> 24U == key) return static_cast<std::uint32_t>(index_[at] & kSlotMask) - 1;
  }
  return kNone;
}

void QueryTable::close(std::uint32_t slot) noexcept {
  unlink(slot);
  erase_index(key_of(queries_[slot].endpoint, queries_[slot].id));
  queries_[slot].next = free_;
  free_ = slot;
  --size_;
}

// Those behind move up, so that no search ends at the gap too early.
void QueryTable::erase_index(std::uint64_t key) noexcept {
  const std::size_t mask = index_.size() - 1;
  std::size_t gap = home_of(key);
  while (index_[gap] >> 24U != key || index_[gap] == 0) gap = (gap + 1) & mask;
  for (std::size_t at = (gap + 1) & mask; index_[at] != 0; at = (at + 1) & mask) {
    const std::size_t home = home_of(index_[at] >> 24U);
    if (((at - home) & mask) < ((at - gap) & mask)) continue;  // its home lies behind the gap
    index_[gap] = index_[at];
    gap = at;
  }
  index_[gap] = 0;
}

void QueryTable::set_deadline(std::uint32_t slot, base::Instant deadline) noexcept {
  unlink(slot);
  queries_[slot].deadline = deadline;
  link(slot);
}

// A query in no wheel slot has itself as its previous; the first one of a slot has kNone.
void QueryTable::link(std::uint32_t slot) noexcept {
  OpenQuery& query = queries_[slot];
  const std::uint64_t wanted = query.deadline.ns() >> kTickShift;
  query.wheel_slot = static_cast<std::uint16_t>(std::clamp(wanted, floor_, tick_ + kWheelSlots - 1) % kWheelSlots);
  std::uint32_t& head = wheel_[query.wheel_slot];
  query.next = head;
  query.previous = kNone;
  if (head != kNone) queries_[head].previous = slot;
  head = slot;
}

void QueryTable::unlink(std::uint32_t slot) noexcept {
  OpenQuery& query = queries_[slot];
  if (query.previous == slot) return;
  if (query.next != kNone) queries_[query.next].previous = query.previous;
  if (query.previous != kNone) {
    queries_[query.previous].next = query.next;
  } else {
    wheel_[query.wheel_slot] = query.next;
  }
  query.previous = slot;
  query.next = kNone;
}

}  // namespace loadgen
