// SPDX-License-Identifier: Apache-2.0
/// @file queues.hpp – fetches into and out of the queues of their uplinks.
///
/// Purpose    keeps the stage of a fetch and its place in a queue in step.
/// Threads    egress only.
///
/// Invariants
///   1. A fetch in stage kQueued is in its uplink's scheduler, one in kRefresh in its refresh list, others in neither.
#pragma once

#include "base/instant.hpp"
#include "costs.hpp"
#include "deadlines.hpp"
#include "engine_state.hpp"

namespace egress {

class Queues {
 public:
  Queues(EngineState& state, Costs& costs, Deadlines& deadlines) noexcept
      : state_(&state), costs_(&costs), deadlines_(&deadlines) {}

  void enqueue(SlotId fetch, base::Instant now) noexcept;
  void enqueue_refresh(SlotId fetch, base::Instant now) noexcept;
  /// The fetch is sent, by whatever transport: it pays for its place and leaves the queue.
  void take_out(SlotId fetch, base::Instant now) noexcept;
  /// Out of the queue without being sent.
  void remove(SlotId fetch) noexcept;

  /// A further client asks it: a queued fetch moves to that client's queue if this one is shorter.
  void join(SlotId fetch, std::uint64_t client_hash, base::Instant now) noexcept;
  /// The number of waiting clients may have changed.
  void update_demand(SlotId fetch, base::Instant now) noexcept;
  /// The class of new names of this fetch's zone has changed.
  void reclassify_zone_of(const Fetch& fetch) noexcept;

 private:
  EngineState* state_;
  Costs* costs_;
  Deadlines* deadlines_;
};

}  // namespace egress
