// SPDX-License-Identifier: Apache-2.0
/// @file view.hpp – the running appliance as reports see it.
///
/// Purpose    borrows everything that a report may read, in one struct, so that reports are tested without EAL.
/// Threads    used by the control thread; the telemetry thread may use what any thread may read.
/// Ownership  borrows; the appliance owns everything and outlives the control server.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "answer/tcp_responder.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "blocking/blocks.hpp"
#include "blocking/watcher.hpp"
#include "cache/cache.hpp"
#include "config/settings.hpp"
#include "egress/engine.hpp"
#include "policy/forward_table.hpp"
#include "slowpath/counters.hpp"
#include "stats/counter.hpp"
#include "tcp_server/counters.hpp"
#include "upstream_tcp/counters.hpp"
#include "verbs/json.hpp"
#include "worker/egress_role.hpp"
#include "worker/worker.hpp"

namespace reports {

using verbs::Json;

/// Statistics of the port and its packet pools, under the names of its driver.
struct PortStats {
  std::string driver;
  bool link_up = false;
  std::uint32_t mbufs_in_use = 0;
  std::uint32_t mbufs_total = 0;
  std::vector<std::pair<std::string, std::uint64_t>> xstats;  // name, value
};

/// The result of the reloads so far.
struct ReloadStatus {
  std::uint64_t generation = 1;  // in force
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  bool last_failed = false;
  std::uint64_t last_at_sec = 0;            // since 1970; 0: no reload yet
  std::string last_error;                   // one problem a line; empty after success
  std::vector<std::string> restart_needed;  // changed keys that need a restart
};

/// What the closed loop counts (control::ClosedLoop writes, reports read).
struct ClosedLoopStats {
  std::array<stats::Counter, egress::kMaxUplinks> lowered;  // times that an uplink's budget was lowered
  stats::Counter exceeded;  // packets that the provider has dropped for an allowance since the first look
};

struct View {
  const config::Settings* settings = nullptr;
  const base::Clock* clock = nullptr;
  base::Instant started_at;
  std::span<const worker::Worker* const> workers;
  const answer::TcpResponder* tcp_responder = nullptr;  // nullptr: no TCP
  const tcp_server::Counters* tcp = nullptr;            // the same
  const egress::Engine* engine = nullptr;
  const worker::EgressRoleCounters* egress_role = nullptr;
  const slowpath::Counters* slowpath = nullptr;          // nullptr: no TAP
  const upstream_tcp::Counters* upstream_tcp = nullptr;  // nullptr: no TAP
  const cache::Cache* cache = nullptr;
  const base::KeyedHash* hash = nullptr;
  const policy::ForwardTable* forward = nullptr;
  base::Qsbr* qsbr = nullptr;
  std::size_t qsbr_reader = 0;                             // control's own reader slot, offline between lookups
  const ClosedLoopStats* closed_loop = nullptr;            // nullptr: budgets stay as they are
  std::span<egress::MissRing* const> misses{};             // one for each worker, then TCP
  std::span<egress::CompletionRing* const> completions{};  // the same
  const blocking::Watcher* watcher = nullptr;              // nullptr: topk is off
  const blocking::Blocks* blocks = nullptr;                // nullptr: client blocking is not enabled
  std::function<PortStats()> port;
  std::function<bool()> healthy;           // every polling thread has polled in the last second
  std::function<Json()> snapshot{};        // state of the snapshot job; not set: snapshots are disabled
  std::function<ReloadStatus()> reload{};  // not set: there is no configuration file
};

}  // namespace reports
