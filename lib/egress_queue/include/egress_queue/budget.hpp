// SPDX-License-Identifier: Apache-2.0
/// @file budget.hpp – the packets an uplink may send: an exact sliding log behind a pacer.
///
/// Purpose    in every window of `window` at most `limit` packets, whatever the moment the window begins; a pacer
///            (GCRA) spreads what the log allows. A token bucket alone would admit rate * window + burst.
/// Threads    egress only.
/// Ownership  the log's slots are memory given at creation: limit_pps entries, or room_pps if that is more.
/// Cost       O(1) per packet; used() walks the log.
///
///   take(now)            a ticket, or none                  the place in the log is taken, "in flight"
///   confirm(ticket, at)  the port accepted it at `at`       the place counts from then
///   give_back(ticket)    the port refused it                the place is free again
///
/// Why it is exact: a place is taken again only when `window` has passed since its packet was accepted, so any window
/// holds at most one packet of each place, in whatever order the verdicts come.
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

  /// What is left of the limit without the reserve.
  [[nodiscard]] static std::uint32_t own_share(const BudgetSettings& settings) noexcept;
  [[nodiscard]] static std::size_t log_slots(const BudgetSettings& settings) noexcept;
  Budget(const BudgetSettings& settings, std::span<std::uint64_t> log) noexcept;

  /// Another limit, at most as large as the log, for an uplink that is metered and stays so; false: nothing changed.
  /// Packets sent before count on: whatever window looks back over the change, what is sent after it fits into it.
  /// While verdicts are outstanding, take() refuses: the new limit begins with the last of them.
  bool set(const BudgetSettings& settings) noexcept;

  [[nodiscard]] Ticket take(base::Instant now) noexcept;
  void confirm(Ticket ticket, base::Instant at) noexcept;
  void give_back(Ticket ticket) noexcept;

  /// Little was sent of late: nobody will miss a packet spent on something that can wait.
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

  std::span<std::uint64_t> room_;  // all the memory there is for the log
  std::span<std::uint64_t> log_;   // its first limit_ places
  std::uint32_t limit_ = 0;
  std::uint32_t turn_ = 0;                // the place that is taken next
  std::uint32_t returned_ = kNoPlace;     // places given back, taken before it is anybody's turn
  std::uint32_t pending_ = 0;             // places whose verdict is outstanding
  std::optional<BudgetSettings> next_;    // waits until nothing is pending
  std::uint64_t forgotten_until_ns_ = 0;  // packets that a smaller limit had no place for are out of the window then
  std::uint64_t window_ns_ = 0;
  std::uint64_t interval_ns_ = 0;   // the pacer's
  std::uint64_t tolerance_ns_ = 0;  // how far ahead of the pace a burst may run
  std::uint64_t due_ns_ = 0;        // when the next packet is due at the pace (GCRA's theoretical arrival time)
};

}  // namespace egress
