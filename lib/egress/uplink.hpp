// SPDX-License-Identifier: Apache-2.0
/// @file uplink.hpp – a group of upstream servers behind one budget: servers, budget, queues, published stats.
///
/// Purpose    one Uplink per `uplinks` entry of the configuration, and the set of them.
/// Threads    egress only; stats() by any thread, at most one publish() old.
/// Ownership  in the engine's memory; queue tables are shared by all uplinks of a set.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "egress/settings.hpp"
#include "egress/stats.hpp"
#include "egress_queue/budget.hpp"
#include "egress_queue/queue_pool.hpp"
#include "egress_queue/scheduler.hpp"
#include "egress_queue/waiting_list.hpp"
#include "egress_upstream/servers.hpp"
#include "stats/counter.hpp"

namespace egress {

class Uplink {
 public:
  Uplink(const UplinkSettings& settings, std::span<std::uint64_t> log, QueuePool& pool,
         std::span<QueueLink> links) noexcept
      : servers_(settings), budget_(settings.budget, log), queue_(pool, links), refreshes_(links) {}

  [[nodiscard]] Servers& servers() noexcept { return servers_; }
  [[nodiscard]] const Servers& servers() const noexcept { return servers_; }
  [[nodiscard]] Budget& budget() noexcept { return budget_; }
  [[nodiscard]] const Budget& budget() const noexcept { return budget_; }
  [[nodiscard]] Scheduler& queue() noexcept { return queue_; }
  [[nodiscard]] const Scheduler& queue() const noexcept { return queue_; }
  [[nodiscard]] WaitingList& refreshes() noexcept { return refreshes_; }
  [[nodiscard]] const WaitingList& refreshes() const noexcept { return refreshes_; }

  /// Takes a token for the queue. Counts nothing; note_dry() says whether this is the first refusal.
  [[nodiscard]] Budget::Ticket take_for_queue(base::Instant now) noexcept;
  /// True when the budget has just run dry, false when it was dry already.
  [[nodiscard]] bool note_dry() noexcept;
  /// Takes a token for a packet of the kernel. Where tokens are short, such packets and fetches alternate.
  [[nodiscard]] bool charge_foreign(base::Instant now) noexcept;

  /// Applies the uplink's budget scale; returns false under the same conditions as Budget::set().
  bool set_budget(const BudgetSettings& configured) noexcept;
  bool scale_budget(std::uint32_t permille, const BudgetSettings& configured) noexcept;

  /// While all servers fail: whether a fetch may probe them now. At most one per kProbeEvery.
  [[nodiscard]] bool may_probe(base::Instant now) noexcept;

  /// A fetch goes over TCP. Returns the share counter, for end_tcp().
  [[nodiscard]] std::uint64_t begin_tcp() noexcept;
  /// Its share of the TCP segments that were charged meanwhile, in thousandths of a packet.
  [[nodiscard]] std::uint32_t end_tcp(std::uint64_t share_from) noexcept;

  void note_served(NameClass name_class) noexcept { classes_[static_cast<std::size_t>(name_class)].sent.add(); }
  void note_shed(NameClass name_class) noexcept { classes_[static_cast<std::size_t>(name_class)].shed.add(); }

  void publish(const BudgetSettings& configured, base::Instant now) noexcept;
  [[nodiscard]] UplinkStats stats() const noexcept;

 private:
  struct PublishedClass {
    stats::Gauge queued;
    stats::Gauge limit;
    stats::Gauge wait_msec;
    stats::Counter sent;
    stats::Counter shed;
  };

  Servers servers_;
  Budget budget_;
  Scheduler queue_;
  WaitingList refreshes_;
  std::uint32_t tcp_open_ = 0;             // fetches over TCP now
  std::uint64_t tcp_share_ = 0;            // thousandths of a packet: the cost of a fetch that was over TCP all along
  base::Instant probed_at_;                // while all servers fail
  bool foreign_was_last_ = false;          // the last token went to a packet of the kernel
  bool is_dry_ = false;                    // the budget refused, and nothing was sent since
  std::uint32_t budget_permille_ = 1'000;  // of the configured budget
  stats::Gauge limit_pps_;                 // egress: rw, control: r
  stats::Gauge configured_pps_;
  stats::Gauge used_pkts_;
  stats::Gauge queued_;
  stats::Gauge refreshing_;
  std::array<PublishedClass, kNameClasses> classes_;
};

class UplinkSet {
 public:
  UplinkSet(base::Arena& arena, const Settings& settings) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] Uplink& operator[](std::size_t uplink) noexcept { return *uplinks_[uplink]; }
  [[nodiscard]] const Uplink& operator[](std::size_t uplink) const noexcept { return *uplinks_[uplink]; }

  /// Bounds of the queues; they follow the budgets, so call it again when those change.
  void set_queue_rules(const Settings& settings) noexcept;

 private:
  QueuePool pool_;
  std::span<QueueLink> links_;
  std::size_t count_;
  std::array<Uplink*, kMaxUplinks> uplinks_{};
};

}  // namespace egress
