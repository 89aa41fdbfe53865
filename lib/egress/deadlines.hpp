// SPDX-License-Identifier: Apache-2.0
/// @file deadlines.hpp – when a fetch is retried, and when it next needs attention.
///
/// Purpose    computes retry times from the server's RTT estimate and keeps one timer per fetch.
/// Threads    egress only.
/// RFC        6298 (timeout), 9520 §3.1 (bounded retries).
#pragma once

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "engine_state.hpp"
#include "timer_heap.hpp"

namespace egress {

class Deadlines {
 public:
  Deadlines(base::Arena& arena, EngineState& state) noexcept
      : state_(&state), timers_(arena, state.settings().max_fetches) {}

  /// Sets the retry times of a fetch whose current transaction was just sent.
  void set_due(SlotId fetch) noexcept;
  /// The timer of the fetch follows its times; to be called when one of them has changed.
  void arm(SlotId fetch) noexcept;
  void disarm(SlotId fetch) noexcept { timers_.disarm(fetch); }

  [[nodiscard]] base::Instant next_at() const noexcept { return timers_.next_at(); }
  /// Of next_at(); not when no timer is armed.
  [[nodiscard]] SlotId next() const noexcept { return timers_.next(); }

 private:
  EngineState* state_;
  TimerHeap timers_;
};

}  // namespace egress
