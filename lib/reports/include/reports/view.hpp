// SPDX-License-Identifier: Apache-2.0
/// @file view.hpp – the running appliance as the control plane sees it.
///
/// Purpose    everything that a report, a metric or a command may look at, borrowed in one struct, so that reports can
///            be tested on objects without EAL.
/// Threads    used by the control thread only; what it points to is read with the threads rules of each header.
/// Ownership  borrows; boot owns everything and outlives the control server.
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

/// Stats of the port and its packet pools, by the names that DPDK gives them.
struct PortStats {
  std::string driver;
  bool link_up = false;
  std::uint32_t mbufs_in_use = 0;
  std::uint32_t mbufs_total = 0;
  std::vector<std::pair<std::string, std::uint64_t>> xstats;  // name, value
};

/// How the reloads went.
struct ReloadStatus {
  std::uint64_t generation = 1;  // in force
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  bool last_failed = false;
  std::uint64_t last_at_sec = 0;            // since 1970; 0: there was none
  std::string last_error;                   // one problem a line; empty when it did not fail
  std::vector<std::string> restart_needed;  // keys whose new values wait
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
  const tcp_server::Counters* tcp = nullptr;            // likewise
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
  std::span<egress::MissRing* const> misses{};             // one for each asker
  std::span<egress::CompletionRing* const> completions{};  // likewise
  const blocking::Watcher* watcher = nullptr;              // nullptr: nobody is watched
  const blocking::Blocks* blocks = nullptr;                // nullptr: nobody is ever blocked
  std::function<PortStats()> port;
  std::function<bool()> healthy;           // every polling thread has moved lately
  std::function<Json()> snapshot{};        // state of the snapshot job; not set: snapshots are disabled
  std::function<ReloadStatus()> reload{};  // not set: nothing is ever reloaded
};

}  // namespace reports
