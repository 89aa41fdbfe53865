// SPDX-License-Identifier: Apache-2.0
/// @file data_plane.hpp – workers, TCP responder and egress core with everything that connects them.
///
/// Purpose    the one place where the data path is put together. Ports, clock, hash, entropy, generations and memory are
///            given, so the daemon (DPDK, TSC, kernel entropy) and a test (heap port, fake clock) run the same wiring.
/// Threads    made and destroyed by one thread. In between each role belongs to the thread that polls it; what other
///            threads may read (counters, gauges, recorders) says so in its own header.
/// Ownership  owns all parts; borrows everything in Dependencies, which outlives it.
/// Cost       creation touches the tables once; the roles get plain pointers, so a poll costs nothing more.
///
/// Invariants
///   1. The constructor takes exactly bytes_needed(plan) bytes of table_memory: both run the same placing code.
///   2. A completion ring has room for every question that its in-flight table can have open, so it never overflows.
///   3. Packets that are in a ring to a role belong to that role: release_all() gives them back to the port.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "answer/generation.hpp"
#include "answer/tcp_responder.hpp"
#include "appliance/plan.hpp"
#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "coalesce/inflight.hpp"
#include "egress/budget_factors.hpp"
#include "egress/engine.hpp"
#include "packet/packet.hpp"
#include "policy/allowance.hpp"
#include "topk/recorder.hpp"
#include "worker/egress_role.hpp"
#include "worker/links.hpp"
#include "worker/worker.hpp"

namespace appliance {

struct Dependencies {
  base::MutableBytes table_memory;  // DataPlane::bytes_needed(plan), aligned to a cache line
  base::MutableBytes cache_memory;  // zeroed, aligned to a cache line; all of it becomes the cache
  std::vector<packet::PacketPort*> worker_ports;
  packet::PacketPort* egress_port = nullptr;  // where upstream packets leave, and where their buffers come from
  const base::Clock* clock = nullptr;
  const base::KeyedHash* hash = nullptr;
  egress::EntropySource* entropy = nullptr;
  const egress::BudgetFactors* factors = nullptr;                   // nullptr: budgets stay as the settings say
  std::function<answer::GenerationReader(std::size_t)> generation;  // for a reader slot of the plan
};

class DataPlane {
 public:
  [[nodiscard]] static std::size_t bytes_needed(const Plan& plan);

  DataPlane(const Plan& plan, const Dependencies& with);
  DataPlane(const DataPlane&) = delete;
  DataPlane& operator=(const DataPlane&) = delete;

  [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
  [[nodiscard]] cache::Cache& cache() noexcept { return cache_; }
  [[nodiscard]] base::Qsbr& qsbr() noexcept { return qsbr_; }

  [[nodiscard]] worker::Worker& worker(std::size_t index) noexcept { return workers_[index]; }
  [[nodiscard]] std::span<const worker::Worker* const> workers() const noexcept { return worker_views_; }
  [[nodiscard]] answer::TcpResponder* tcp_responder() noexcept { return tcp_responder_.get(); }  // nullptr: left out
  [[nodiscard]] const answer::TcpResponder* tcp_responder() const noexcept { return tcp_responder_.get(); }
  [[nodiscard]] worker::EgressRole& egress_role() noexcept { return *egress_role_; }
  [[nodiscard]] egress::Engine& engine() noexcept { return *engine_; }
  [[nodiscard]] const worker::EgressRoleCounters& egress_counters() const noexcept { return egress_counters_; }
  [[nodiscard]] worker::Mailbox& mailbox() noexcept { return mailbox_; }
  /// The egress core's first, then one per subscriber.
  [[nodiscard]] std::span<const topk::Recorder* const> recorders() const noexcept { return recorder_views_; }

  // Rings, for the slow path and for tests that take the place of a role. nullptr: left out by the plan.
  [[nodiscard]] std::span<egress::MissRing* const> misses() const noexcept { return misses_; }
  [[nodiscard]] std::span<egress::CompletionRing* const> completions() const noexcept { return completions_; }
  [[nodiscard]] const std::vector<packet::PacketRing*>& punts() const noexcept { return punts_; }
  [[nodiscard]] packet::PacketRing* injects() const noexcept { return injects_; }
  [[nodiscard]] packet::ForeignRing* foreign() const noexcept { return foreign_; }
  [[nodiscard]] egress::PathRing* paths() const noexcept { return paths_; }
  [[nodiscard]] egress::TcpFetchRing* tcp_fetches() const noexcept { return tcp_fetches_; }
  [[nodiscard]] egress::TcpReplyRing* tcp_replies() const noexcept { return tcp_replies_; }

  /// What worker `index` was made of.
  [[nodiscard]] const worker::Worker::Spec& worker_spec(std::size_t index) const noexcept { return specs_[index]; }

  /// Before the workers' threads begin, and after they have ended: reclamation in the cache waits for online readers.
  void online() noexcept;
  void offline() noexcept;

  /// Each worker once; returns how much work that was.
  std::size_t poll_workers(base::Instant now) noexcept;
  /// For a clean stop, after the last poll: packets in rings go back to the port.
  void release_all() noexcept;

 private:
  struct Placed;  // all rings and tables, where the arena put them
  DataPlane(const Plan& plan, const Dependencies& with, const Placed& placed);

  egress::Wire& make_wire();
  void make_recorders(const Placed& placed);
  void make_egress(const Placed& placed);
  void make_workers();
  void make_tcp_responder();

  const Plan plan_;
  const Dependencies with_;
  base::Qsbr qsbr_;
  cache::Cache cache_;

  std::vector<egress::MissRing*> misses_;             // one per subscriber
  std::vector<egress::CompletionRing*> completions_;  // one per subscriber
  std::vector<worker::ResponseRing*> responses_;      // one per worker
  std::vector<packet::PacketRing*> punts_;            // one per worker
  packet::PacketRing* injects_;
  packet::ForeignRing* foreign_;
  egress::PathRing* paths_;
  egress::TcpFetchRing* tcp_fetches_;
  egress::TcpReplyRing* tcp_replies_;
  worker::RelayRing* relays_;
  worker::RelayedRing* relayed_;

  std::deque<topk::Recorder> recorders_;
  std::vector<const topk::Recorder*> recorder_views_;
  std::deque<policy::MissAllowance> allowances_;  // one per subscriber, over the same cells
  std::deque<coalesce::InflightTable> inflight_;  // one per subscriber
  worker::EgressRoleCounters egress_counters_;
  worker::Mailbox mailbox_;
  std::optional<worker::PortWire> port_wire_;  // one of the two, as the plan says
  std::optional<worker::RelayWire> relay_wire_;
  std::unique_ptr<egress::Engine> engine_;
  std::unique_ptr<worker::EgressRole> egress_role_;
  std::vector<worker::Worker::Spec> specs_;
  std::deque<worker::Worker> workers_;
  std::vector<const worker::Worker*> worker_views_;
  std::unique_ptr<answer::TcpResponder> tcp_responder_;
};

}  // namespace appliance
