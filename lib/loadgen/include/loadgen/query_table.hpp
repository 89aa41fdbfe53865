// SPDX-License-Identifier: Apache-2.0
/// @file query_table.hpp – the queries that wait for an answer, for a retry or for removal.
///
/// Purpose    finds a query by its endpoint (address and port of a client) and ID, and by the moment
///            at which it is due. Fixed memory: open() fails when the table is full.
/// Threads    one owner.
/// Ownership  owns its memory, all of it taken at creation: 64 bytes a question and 16 to 32 of index.
/// Cost       open, find, close, set_deadline: O(1). A deadline is noticed in its wheel slot of 0.26 ms.
///
///   index word   63 ── endpoint:24 ── 40 ── id:16 ── 24 ── slot + 1:24 ── 0        0: empty
///   wheel        65,536 slots of 2^18 ns (17 s); a later deadline is put into the last slot and looked at again there
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/contract.hpp"
#include "base/instant.hpp"

namespace loadgen {

inline constexpr std::uint32_t kMaxOpenQueries = (1U << 24U) - 2;
inline constexpr std::uint32_t kMaxEndpoints = 1U << 24U;

enum class QueryState : std::uint8_t {
  kWaiting,   // for an answer
  kAnswered,  // kept for a while, to recognise a second answer
  kGivenUp,   // kept for a while, to recognise a late answer
};

struct alignas(64) OpenQuery {
  base::Instant intended;       // when the first try was meant to be sent
  base::Instant deadline;       // of this try, or when the question is forgotten
  std::uint64_t draw = 0;       // the name
  std::uint64_t case_seed = 0;  // its letters' case
  std::uint32_t endpoint = 0;
  std::uint32_t next = 0;  // in its wheel slot or in the free list
  std::uint32_t previous = 0;
  std::uint16_t id = 0;
  std::uint16_t qtype = 0;
  std::uint16_t wheel_slot = 0;
  std::uint8_t stream = 0;
  std::uint8_t tries = 0;
  QueryState state = QueryState::kWaiting;
};
static_assert(sizeof(OpenQuery) == 64);

class QueryTable {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr unsigned kTickShift = 18;
  static constexpr std::size_t kWheelSlots = 1U << 16U;

  /// Room for `capacity` questions (1 … kMaxOpenQueries).
  explicit QueryTable(std::uint32_t capacity);

  /// A question of that key in state kWaiting, without a deadline; kNone when the table is full. The key must be unused.
  [[nodiscard]] std::uint32_t open(std::uint32_t endpoint, std::uint16_t id) noexcept;
  [[nodiscard]] std::uint32_t find(std::uint32_t endpoint, std::uint16_t id) const noexcept;
  void close(std::uint32_t slot) noexcept;
  void set_deadline(std::uint32_t slot, base::Instant deadline) noexcept;

  [[nodiscard]] OpenQuery& operator[](std::uint32_t slot) noexcept { return queries_[slot]; }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(queries_.size()); }

  /// Calls due(slot) for every question whose deadline is not after `now`; it gives the slot a new deadline or closes it,
  /// and leaves the others unchanged. `now` never decreases.
  template <class Due>
  void expire(base::Instant now, Due&& due) noexcept;

 private:
  [[nodiscard]] static std::uint64_t key_of(std::uint32_t endpoint, std::uint16_t id) noexcept {
    return std::uint64_t{endpoint} << 16U | id;
  }
  [[nodiscard]] std::size_t home_of(std::uint64_t key) const noexcept {
    return static_cast<std::size_t>((key * 0x9e37'79b9'7f4a'7c15U) >> index_shift_);
  }
  void link(std::uint32_t slot) noexcept;
  void unlink(std::uint32_t slot) noexcept;
  void erase_index(std::uint64_t key) noexcept;

  std::vector<OpenQuery> queries_;
  std::vector<std::uint64_t> index_;
  unsigned index_shift_;
  std::uint32_t free_ = 0;
  std::uint32_t size_ = 0;
  std::uint64_t tick_ = 0;   // the wheel slot that is looked at next
  std::uint64_t floor_ = 0;  // the earliest one that a deadline may be put into
  std::vector<std::uint32_t> wheel_;
};

template <class Due>
void QueryTable::expire(base::Instant now, Due&& due) noexcept {
  const std::uint64_t now_tick = now.ns() >> kTickShift;
  if (tick_ + kWheelSlots <= now_tick) tick_ = now_tick - kWheelSlots + 1;  // a whole turn: every slot once
  floor_ = now_tick;  // a slot that is overdue again is found at the end of this walk or in the next
  for (; tick_ <= now_tick; ++tick_) {
    for (std::uint32_t slot = wheel_[tick_ % kWheelSlots]; slot != kNone;) {
      const std::uint32_t after = queries_[slot].next;
      if (queries_[slot].deadline <= now) {
        due(slot);
      } else if (queries_[slot].deadline.ns() >> kTickShift != tick_) {
        set_deadline(slot, queries_[slot].deadline);  // was beyond the wheel, and may still be
      }
      slot = after;
    }
  }
  tick_ = now_tick;  // the rest of this slot becomes due later
}

}  // namespace loadgen
