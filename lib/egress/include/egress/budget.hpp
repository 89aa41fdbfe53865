// SPDX-License-Identifier: Apache-2.0
/// @file budget.hpp – the packets an uplink may send: an exact sliding log behind a pacer.
///
/// Purpose    in every window of `window` at most `limit` packets, whatever the moment the window begins; a pacer
///            (GCRA) spreads what the log allows. A token bucket alone would admit rate * window + burst.
/// Threads    egress only.
/// Ownership  the log's slots are memory given at creation: limit_pps entries.
/// Cost       O(1) per packet.
///
///   take(now)            a ticket, or none                  the place in the log is taken, "in flight"
///   confirm(ticket, at)  the port accepted it at `at`       the place counts from then
///   give_back(ticket)    the port refused it                the place is free again
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/instant.hpp"
#include "egress/settings.hpp"

namespace egress {

class Budget {
 public:
  using Ticket = std::uint64_t;
  static constexpr Ticket kNoTicket = ~Ticket{0};

  [[nodiscard]] static std::size_t log_slots(const BudgetSettings& settings) noexcept;
  Budget(const BudgetSettings& settings, std::span<std::uint64_t> log) noexcept;

  [[nodiscard]] Ticket take(base::Instant now) noexcept;
  void confirm(Ticket ticket, base::Instant at) noexcept;
  void give_back(Ticket ticket) noexcept;

  /// When take() may next succeed; `now` if at once.
  [[nodiscard]] base::Instant next_chance(base::Instant now) const noexcept;
  [[nodiscard]] std::uint32_t limit_pps() const noexcept;
  /// Packets accounted for in the window that ends at `now`.
  [[nodiscard]] std::uint32_t used(base::Instant now) const noexcept;
};

}  // namespace egress
