// SPDX-License-Identifier: Apache-2.0
/// @file engine_core.hpp – the parts of an engine and how they are connected.
///
/// Purpose    one place that shows which part acts on which.
/// Threads    egress only; published gauges by any thread.
///
///   Admission ─▶ Queues ◀─ Retries ◀─ Replies          decisions
///       │           │         │          │
///       ▼           ▼         ▼          ▼
///   Completer ◀─ Dispatcher ─▶ PacketSender, TcpFetches   sends and ends
///                   all on EngineState                  state
#pragma once

#include <span>

#include "admission.hpp"
#include "base/arena.hpp"
#include "base/instant.hpp"
#include "completer.hpp"
#include "dispatcher.hpp"
#include "egress/engine.hpp"
#include "engine_state.hpp"
#include "loop_probes.hpp"
#include "packet_sender.hpp"
#include "queues.hpp"
#include "replies.hpp"
#include "retries.hpp"
#include "tcp_fetches.hpp"

namespace egress {

struct Engine::Core {
  Core(base::Arena& arena, const Settings& settings, const cache::Settings& cache_settings,
       const Dependencies& deps) noexcept
      : state(arena, settings, cache_settings, deps),
        costs(state),
        deadlines(arena, state),
        queues(state, costs, deadlines),
        transactions(state),
        completer(state, queues, transactions, deadlines, costs),
        tcp(state, queues, transactions, deadlines),
        sender(state, queues, transactions, deadlines, costs),
        dispatcher(state, sender, tcp, completer),
        retries(state, queues, transactions, deadlines, completer),
        replies(arena, state, retries, tcp, completer),
        admission(state, queues, deadlines, retries, completer),
        loops(state, dispatcher, completer) {}

  void publish(base::Instant now) noexcept;
  [[nodiscard]] InflightRow row_of(SlotId fetch, base::Instant now) const noexcept;

  EngineState state;
  Costs costs;
  Deadlines deadlines;
  Queues queues;
  OpenTransactions transactions;
  Completer completer;
  TcpFetches tcp;
  PacketSender sender;
  Dispatcher dispatcher;
  Retries retries;
  Replies replies;
  Admission admission;
  LoopProbes loops;
  base::Instant now;  // of the last poll
  base::Instant published_at;
  stats::Gauge open;  // egress: rw, control: r
  stats::Gauge zones_used;
  stats::Gauge known_used;
  stats::Gauge subscribers_used;
  stats::Gauge fullest_zone;
};

}  // namespace egress
