// SPDX-License-Identifier: Apache-2.0
/// @file tables.hpp – all that an engine remembers, in one place for its parts.
///
/// Purpose    questions, attempts, timers, uplinks and counters; the parts (Sender, ReplyMatcher, Finisher) act on it.
/// Threads    egress only, but for counters, figures and gauges.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "arena.hpp"
#include "attempt_table.hpp"
#include "base/contract.hpp"
#include "cache/settings.hpp"
#include "dns/response.hpp"
#include "egress/budget.hpp"
#include "egress/counters.hpp"
#include "egress/engine.hpp"
#include "egress/settings.hpp"
#include "entropy.hpp"
#include "failure_memory.hpp"
#include "question_table.hpp"
#include "queue.hpp"
#include "servers.hpp"
#include "timer_heap.hpp"

namespace egress {

/// A group of servers behind one budget.
struct Uplink {
  Uplink(const UplinkSettings& settings, QueueOrder order, std::span<std::uint64_t> log,
         std::span<QueueLink> links) noexcept
      : servers(settings),
        budget(settings.budget, log),
        asks(links, order, settings.budget.limit_pps),
        refreshes(links) {}

  /// How long a question that is asked now will stand in the queue.
  [[nodiscard]] base::Duration predicted_wait() const noexcept {
    const std::uint32_t per_second = budget.limit_pps();
    return per_second == 0 ? base::Duration::zero()
                           : base::Duration(std::chrono::seconds(1)) * asks.size() / per_second;
  }

  Servers servers;
  Budget budget;
  Queue asks;
  WaitingList refreshes;
  std::uint32_t streams_open = 0;  // questions asked over TCP now
  std::uint64_t stream_share = 0;  // thousandths of a packet: what a question asked over TCP all along would have cost
  base::Instant probed_at;         // while all servers fail
  bool foreign_was_last = false;   // the last token went to a packet of the kernel's
  std::uint32_t budget_permille = 1'000;  // of what is configured
  bool ran_dry = false;                   // the budget refused, and nothing was sent since
  stats::Gauge limit_pps;                 // egress: rw, control: r
  stats::Gauge configured_pps;
  stats::Gauge used_pkts;
  stats::Gauge queued;
  stats::Gauge refreshing;
};

struct Tables {
  Tables(Arena& arena, const Settings& settings, const cache::Settings& cache_settings,
         const Surroundings& around) noexcept;
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  /// Takes over what may change while questions are open.
  void apply(const Settings& chosen, const cache::Settings& chosen_cache) noexcept;
  /// What is left of it by the uplink's factor; false: as Budget::set().
  bool set_budget(std::size_t uplink, const BudgetSettings& configured) noexcept;
  [[nodiscard]] Uplink& uplink_of(const Question& question) noexcept { return *uplinks[question.uplink]; }
  /// What the cache has for it, of its type or of every type: what is fresh goes before what is not; nullptr: nothing.
  template <class Asked>  // a Question or a Miss
  [[nodiscard]] const cache::Entry* known(const Asked& asked, base::Instant now) const noexcept {
    return known(asked.hash, asked.nxdomain_hash, asked.key.view(), now);
  }
  void count(EngineCounter which) noexcept { counters.add(which); }
  /// The earliest moment at which the question wants attention becomes its timer.
  void arm(Index question) noexcept;
  /// Out of the queue that its stage says.
  void unqueue(Index question) noexcept;
  void close_attempt(Index attempt, base::Instant now) noexcept;
  /// Both pairs: what still comes for them is late.
  void close_attempts(Question& question, base::Instant now) noexcept;
  void enter_stream(Index question, std::uint8_t server, StreamReason reason, base::Instant deadline) noexcept;
  /// To be called whenever the stage is to change; nothing happens unless it is kStream.
  void leave_stream(Question& question) noexcept;

  [[nodiscard]] const cache::Entry* known(std::uint64_t hash, std::uint64_t nxdomain_hash, dns::KeyView key,
                                          base::Instant now) const noexcept;

  Settings settings;
  cache::Settings cache_settings;
  Surroundings around;
  EngineCounters counters;
  stats::Gauge open_gauge;  // egress: rw, control: r
  EntropyBuffer entropy;
  QuestionTable questions;
  AttemptTable attempts;
  TimerHeap timers;
  FailureMemory failures;
  FailureBackOff back_off;
  std::uint32_t stream_serial = 0;       // of the last StreamAsk
  std::uint32_t streams_unanswered = 0;  // StreamAsks without their StreamReply
  std::span<QueueLink> links;
  std::array<Uplink*, kMaxUplinks> uplinks{};
  std::span<dns::ResponseScratch> scratch;  // one
};

}  // namespace egress
