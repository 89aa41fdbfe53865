// SPDX-License-Identifier: Apache-2.0
/// @file budget.hpp – the packets that an uplink may send: an exact sliding log behind a pacer.
///
/// Purpose    limits packets per window and spreads them: the log limits, the pacer (GCRA) spreads. A token bucket alone
///            would admit rate * window + burst.
/// Threads    egress only.
/// Ownership  the log's slots are memory given at creation: limit_pps entries, or room_pps if that is more.
/// Cost       O(1) per packet; used() walks the log.
///
///   take(now)            a ticket, or none                  the place in the log is taken, "pending"
///   confirm(ticket, at)  the port accepted it at `at`       the place counts from then
///   give_back(ticket)    the port refused it                the place is free again
///
/// Invariants
///   1. Every window of length `window`, wherever it begins, holds at most `limit` packets. A place is taken again only
///      when `window` has passed since its packet was accepted, so a window holds at most one packet per place, in
///      whatever order the results come.
///   2. Each ticket is confirmed or given back exactly once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/instant.hpp"
#include "egress_queue/settings.hpp"

namespace egress {

class Budget {
 public:
  using Ticket = std::uint64_t;  // below kMaxLimit, or kUnmetered
  static constexpr Ticket kNoTicket = ~Ticket{0};
  static constexpr std::uint32_t kMaxLimit = (1U << 24U) - 2;
  static constexpr Ticket kUnmetered = kMaxLimit + 1;

  /// The limit minus the reserve.
  [[nodiscard]] static std::uint32_t own_share(const BudgetSettings& settings) noexcept;
  [[nodiscard]] static std::size_t log_slots(const BudgetSettings& settings) noexcept;
  Budget(const BudgetSettings& settings, std::span<std::uint64_t> log) noexcept;

  /// Another limit, at most as large as the log, for an uplink that is metered and stays metered; false: nothing changed.
  /// Packets sent before still count, so invariant 1 holds across the change. While results are pending, take() refuses:
  /// the new limit begins with the last of them.
  bool set(const BudgetSettings& settings) noexcept;

  [[nodiscard]] Ticket take(base::Instant now) noexcept;
  void confirm(Ticket ticket, base::Instant at) noexcept;
  void give_back(Ticket ticket) noexcept;

  /// At least a quarter of the window's packets is unspent: packets that can wait may be sent.
  [[nodiscard]] bool is_idle(base::Instant now) const noexcept;
  /// When take() may next succeed; `now` if at once.
  [[nodiscard]] base::Instant next_chance(base::Instant now) const noexcept;
  [[nodiscard]] std::uint32_t limit_pps() const noexcept { return limit_; }  // 0: unmetered
  /// Packets accounted for in the window that ends at `now`.
  [[nodiscard]] std::uint32_t used(base::Instant now) const noexcept;

 private:
  // A place holds the instant from which it may be taken again, kPending, or a link of the list of places given back.
  static constexpr std::uint64_t kPending = ~std::uint64_t{0};
  static constexpr std::uint64_t kLinkTag = std::uint64_t{1} << 63U;
  static constexpr std::uint32_t kNoPlace = 0xffff'ffffU;

  [[nodiscard]] bool is_metered() const noexcept { return limit_ != 0; }
  void set_pace(const BudgetSettings& settings) noexcept;
  void begin_next_limit() noexcept;

  std::span<std::uint64_t> room_;  // memory of the log, for the largest limit
  std::span<std::uint64_t> log_;   // its first limit_ places
  std::uint32_t limit_ = 0;
  std::uint32_t next_place_ = 0;          // the place that is taken next
  std::uint32_t returned_ = kNoPlace;     // places given back; taken first
  std::uint32_t pending_ = 0;             // places without a result
  std::optional<BudgetSettings> next_;    // applied when nothing is pending
  std::uint64_t forgotten_until_ns_ = 0;  // when packets that a smaller limit dropped from the log leave the window
  std::uint64_t window_ns_ = 0;
  std::uint64_t interval_ns_ = 0;   // the pacer's
  std::uint64_t tolerance_ns_ = 0;  // how far ahead of the pace a burst may run
  std::uint64_t due_ns_ = 0;        // when the next packet is due at the pace (GCRA's theoretical arrival time)
};

}  // namespace egress
