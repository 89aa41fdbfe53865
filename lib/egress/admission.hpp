// SPDX-License-Identifier: Apache-2.0
/// @file admission.hpp – what becomes of a miss: answered by now, joined, opened or refused.
///
/// Purpose    one question per key in the whole appliance. A full table gives up what nobody waits for; it never gives up
///            what somebody waits for in favour of a newcomer.
/// Threads    egress only.
/// RFC        5452 §5.
#pragma once

#include "base/instant.hpp"
#include "completer.hpp"
#include "egress/miss.hpp"
#include "sender.hpp"
#include "tables.hpp"

namespace egress {

class Admission {
 public:
  Admission(Tables& tables, Sender& sender, Completer& completer) noexcept
      : tables_(&tables), sender_(&sender), completer_(&completer) {}

  void ask(const Miss& miss, base::Instant now) noexcept;
  void refresh(const Miss& miss, base::Instant now) noexcept;
  /// Looks at the next `slots` places of the table for queued questions that nobody waits for any more.
  void drop_unwanted(std::size_t slots, base::Instant now) noexcept;
  /// Keeps the queues as short as their budgets demand.
  void shed(base::Instant now) noexcept;

 private:
  enum class Reclaim : std::uint8_t { kQueued, kAll };

  [[nodiscard]] bool answer_from_cache(const Miss& miss, base::Instant now) noexcept;
  enum class Stale : std::uint8_t { kWait, kAtOnce, kAtOnceAndAsk };
  [[nodiscard]] Stale stale_rule(const Miss& miss, SlotId found, base::Instant now) noexcept;
  [[nodiscard]] bool answer_stale(const Miss& miss, SlotId found, base::Instant now) noexcept;
  void expect_by(SlotId fetch, const Miss& miss, base::Instant now) noexcept;
  void place(Fetch& fetch, const Miss& miss, base::Instant now) noexcept;
  [[nodiscard]] QueueKind queue_kind_of(const Miss& miss, base::Instant now) const noexcept;
  [[nodiscard]] bool is_known(const Miss& miss) const noexcept;
  [[nodiscard]] std::uint64_t client_hash(const net::IpAddress& client) const noexcept;
  /// Gives up what is too much, `most` at once.
  void shed(Uplink& uplink, std::size_t most, base::Instant now) noexcept;
  void join(SlotId fetch, const Miss& miss, base::Instant now) noexcept;
  [[nodiscard]] SlotId open(const Miss& miss, base::Instant now) noexcept;
  void refuse(const Miss& miss, EngineCounter reason,
              policy::OverloadAction action = policy::OverloadAction::kServFail) noexcept;
  [[nodiscard]] bool is_zone_full(const Miss& miss, base::Instant now) noexcept;
  void note_demand(SlotId fetch, base::Instant now) noexcept;
  void reclaim(std::size_t slots, Reclaim what, base::Instant now) noexcept;

  Tables* tables_;
  Sender* sender_;
  Completer* completer_;
  SlotId cursor_ = 0;
};

}  // namespace egress
