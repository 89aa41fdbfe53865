// SPDX-License-Identifier: Apache-2.0
/// @file tables.hpp – all that an engine remembers, in one place for its parts.
///
/// Purpose    questions, attempts, timers, uplinks and counters; the parts (Sender, ReplyMatcher, Completer) act on it.
/// Threads    egress only, but for counters, figures and gauges.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/contract.hpp"
#include "cache/settings.hpp"
#include "client_standings.hpp"
#include "dns/response.hpp"
#include "egress/budget.hpp"
#include "egress/counters.hpp"
#include "egress/engine.hpp"
#include "egress/settings.hpp"
#include "entropy.hpp"
#include "failure_memory.hpp"
#include "fetch_table.hpp"
#include "known_names.hpp"
#include "scheduler.hpp"
#include "servers.hpp"
#include "timer_heap.hpp"
#include "transaction_table.hpp"
#include "zone_table.hpp"

namespace egress {

/// A group of servers behind one budget.
struct Uplink {
  Uplink(const UplinkSettings& settings, std::span<std::uint64_t> log, QueuePool& queue_pool,
         std::span<QueueLink> links) noexcept
      : servers(settings), budget(settings.budget, log), asks(queue_pool, links), refreshes(links) {}

  Servers servers;
  Budget budget;
  Scheduler asks;
  WaitingList refreshes;
  std::uint32_t tcp_open = 0;     // questions asked over TCP now
  std::uint64_t tcp_share = 0;    // thousandths of a packet: what a question asked over TCP all along would have cost
  base::Instant probed_at;        // while all servers fail
  bool foreign_was_last = false;  // the last token went to a packet of the kernel's
  std::uint32_t budget_permille = 1'000;  // of what is configured
  bool ran_dry = false;                   // the budget refused, and nothing was sent since
  stats::Gauge limit_pps;                 // egress: rw, control: r
  stats::Gauge configured_pps;
  stats::Gauge used_pkts;
  stats::Gauge queued;
  stats::Gauge refreshing;
  struct PublishedClass {
    stats::Gauge queued;
    stats::Gauge limit;
    stats::Gauge wait_msec;
    stats::Counter sent;
    stats::Counter shed;
  };
  std::array<PublishedClass, kNameClasses> classes;
};

struct Tables {
  Tables(base::Arena& arena, const Settings& settings, const cache::Settings& cache_settings,
         const Dependencies& around) noexcept;
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  /// Takes over what may change while questions are open.
  void apply(const Settings& chosen, const cache::Settings& chosen_cache) noexcept;
  /// What is left of it by the uplink's factor; false: as Budget::set().
  bool set_budget(std::size_t uplink, const BudgetSettings& configured) noexcept;
  [[nodiscard]] Uplink& uplink_of(const Fetch& fetch) noexcept { return *uplinks[fetch.uplink]; }
  /// What the cache has for it, of its type or of every type: what is fresh goes before what is not; nullptr: nothing.
  /// A signed message is never answered from there.
  template <class Asked>  // a Fetch or a Miss
  [[nodiscard]] const cache::Entry* known(const Asked& asked, base::Instant now) const noexcept {
    if (asked.opaque != nullptr) return nullptr;
    return around.cache->find_best(asked.hash, asked.nxdomain_hash, asked.key.view(), now);
  }
  void count(EngineCounter which) noexcept { counters.add(which); }
  /// Whether a question is given up when nobody waits for it any more; a plain first in, first out does not look.
  [[nodiscard]] bool heeds_timeout() const noexcept { return settings.order != QueueOrder::kFifo; }
  /// So many packets were spent on it.
  void record_cost(const Fetch& fetch, std::uint32_t packets) noexcept;
  /// The earliest moment at which the question wants attention becomes its timer.
  void arm(SlotId fetch) noexcept;
  /// Into its uplink's queue.
  void enqueue(SlotId fetch, base::Instant now) noexcept;
  /// Its turn has come: it pays for it. unqueue() follows.
  void charge(SlotId fetch, base::Instant now) noexcept;
  /// A packet for it has left, or a stream has begun.
  void note_out(Fetch& fetch) noexcept;
  [[nodiscard]] SlotId zone_of_name(dns::KeyView key, base::Instant now) noexcept;
  /// As many of its questions wait for a reply as may.
  [[nodiscard]] bool is_zone_full(SlotId zone) const noexcept {
    return settings.fetches_per_zone != 0 && zones[zone].name_bytes != 0 &&
           zones[zone].outstanding >= settings.fetches_per_zone;
  }
  /// fetches_per_zone refuses a question of it.
  void note_refused(SlotId zone, base::Instant now) noexcept;
  /// The fullest zone may have emptied: the others are looked at in turn.
  void look_for_fullest_zone() noexcept;
  /// What came of asking it.
  void note_answer(const Fetch& fetch, ZoneAnswer answer, base::Instant now) noexcept;
  [[nodiscard]] NameClass class_of(QueueKind queue_kind, SlotId zone) const noexcept;
  /// The queues' bounds follow the budgets.
  void set_rules() noexcept;
  /// Out of the queue that its stage says.
  void unqueue(SlotId fetch) noexcept;
  void close_transaction(SlotId transaction, base::Instant now) noexcept;
  /// Both pairs: what still comes for them is late.
  void close_transactions(Fetch& fetch, base::Instant now) noexcept;
  void enter_tcp(SlotId fetch, std::uint8_t server, TcpReason reason, base::Instant now) noexcept;
  /// To be called whenever the stage is to change; nothing happens unless it is kTcp.
  void leave_tcp(Fetch& fetch) noexcept;

  Settings settings;
  cache::Settings cache_settings;
  Dependencies around;
  EngineCounters counters;
  stats::Gauge open_gauge;  // egress: rw, control: r
  EntropyBuffer entropy;
  FetchTable fetches;
  TransactionTable transactions;
  TimerHeap timers;
  FailureMemory failures;
  FailureBackOff back_off;
  std::uint32_t tcp_serial = 0;      // of the last TcpFetch
  std::uint32_t tcp_unanswered = 0;  // StreamAsks without their TcpReply
  ZoneTable zones;
  KnownNames known_names;
  ClientStandings standings;
  QueuePool queue_pool;
  std::uint64_t client_secret = 0;
  stats::Gauge zones_used;  // egress: rw, control: r
  stats::Gauge known_used;
  stats::Gauge askers_used;
  stats::Gauge streams_used;
  stats::Gauge fullest_zone_out;
  SlotId fullest_zone = 0;  // most of its questions wait for a reply
  SlotId zone_look_at = 0;
  std::span<QueueLink> links;
  std::array<Uplink*, kMaxUplinks> uplinks{};
  std::span<dns::ResponseScratch> scratch;  // one
};

}  // namespace egress
