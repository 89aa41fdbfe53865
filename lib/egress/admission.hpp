// SPDX-License-Identifier: Apache-2.0
/// @file admission.hpp – what happens to a miss: answered from the cache, joined to a fetch, opened as one, or refused.
///
/// Purpose    one fetch per question in the whole appliance, and queues as short as their budgets demand.
/// Threads    egress only.
/// RFC        5452 §5 (one outstanding query per question), 8767 §5 (stale data).
///
/// Invariants
///   1. A full table gives up fetches that no client waits for; it never gives up one with waiting clients for a new one.
///   2. Cache, fetch table and zone table are looked up once per miss (Context).
///   3. A refused miss changes neither fetches nor history.
#pragma once

#include "base/instant.hpp"
#include "completer.hpp"
#include "deadlines.hpp"
#include "egress/miss.hpp"
#include "engine_state.hpp"
#include "queues.hpp"
#include "retries.hpp"

namespace egress {

class Admission {
 public:
  Admission(EngineState& state, Queues& queues, Deadlines& deadlines, Retries& retries, Completer& completer) noexcept
      : state_(&state), queues_(&queues), deadlines_(&deadlines), retries_(&retries), completer_(&completer) {}

  void ask(const Miss& miss, base::Instant now) noexcept;
  void refresh(const Miss& miss, base::Instant now) noexcept;
  /// Looks at the next `slots` slots of the fetch table for queued fetches that no client waits for.
  void drop_unwanted(std::size_t slots, base::Instant now) noexcept;
  /// Shortens the queues to what the budgets can serve.
  void shed(base::Instant now) noexcept;

 private:
  /// What was looked up for a miss.
  struct Context {
    const Miss& miss;
    std::uint16_t uplink = 0;
    const cache::Entry* entry = nullptr;  // best cached entry, of whatever freshness
    SlotId fetch = kNoSlot;               // fetch of the same question
    std::uint64_t client_hash = 0;
    base::Bytes zone_name{};
    ZoneTable::Found zone{};
    QueueKind queue_kind = QueueKind::kByZone;
  };
  enum class Stale : std::uint8_t { kWait, kAtOnce, kAtOnceAndFetch };
  enum class Reclaim : std::uint8_t { kQueued, kAll };

  [[nodiscard]] Context look_up(const Miss& miss, base::Instant now) const noexcept;
  /// Zone and queue of a miss that may be opened.
  void classify(Context& context, base::Instant now) const noexcept;
  [[nodiscard]] QueueKind queue_kind_of(const Context& context, base::Instant now) const noexcept;
  [[nodiscard]] bool is_known(const Context& context) const noexcept;

  [[nodiscard]] bool answer_fresh(const Context& context, base::Instant now) noexcept;
  [[nodiscard]] bool answer_stale(Context& context, base::Instant now) noexcept;
  [[nodiscard]] Stale stale_rule(Context& context, base::Instant now) noexcept;
  /// Schedules stale data for a fetch that the client now waits for.
  void expect_stale(SlotId fetch, const Context& context, base::Instant now) noexcept;

  void join(const Context& context, base::Instant now) noexcept;
  void open_for_client(const Context& context, base::Instant now) noexcept;
  [[nodiscard]] SlotId open(const Context& context, base::Instant now) noexcept;
  void refuse(const Miss& miss, EngineCounter reason,
              policy::OverloadAction action = policy::OverloadAction::kServFail) noexcept;

  void shed(Uplink& uplink, std::size_t most, base::Instant now) noexcept;
  void reclaim(std::size_t slots, Reclaim what, base::Instant now) noexcept;

  EngineState* state_;
  Queues* queues_;
  Deadlines* deadlines_;
  Retries* retries_;
  Completer* completer_;
  SlotId cursor_ = 0;
};

}  // namespace egress
