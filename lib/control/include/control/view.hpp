// SPDX-License-Identifier: Apache-2.0
/// @file view.hpp – the running appliance as the control plane sees it.
///
/// Purpose    everything that a report, a metric or a command may look at, borrowed in one struct, so that reports can
///            be tested on objects without EAL.
/// Threads    used by the control thread only; what it points to is read with the threads rules of each header.
/// Ownership  borrows; boot owns everything and outlives the control server.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "config/settings.hpp"
#include "control/blocks.hpp"
#include "control/watcher.hpp"
#include "egress/engine.hpp"
#include "policy/forward_table.hpp"
#include "slowpath/counters.hpp"
#include "tcp_server/counters.hpp"
#include "upstream_tcp/counters.hpp"
#include "worker/egress_role.hpp"
#include "worker/tcp_responder.hpp"
#include "worker/worker.hpp"

namespace control {

class Snapshots;

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

class ClosedLoop;

struct View {
  const config::Settings* settings = nullptr;
  const base::Clock* clock = nullptr;
  base::Instant started_at;
  std::span<const worker::Worker* const> workers;
  const worker::TcpResponder* tcp_responder = nullptr;  // nullptr: no TCP
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
  worker::Mailbox* mailbox = nullptr;                      // to the egress role; control is its only client
  const ClosedLoop* closed_loop = nullptr;                 // nullptr: budgets stay as they are
  std::span<egress::MissRing* const> misses{};             // one for each asker
  std::span<egress::CompletionRing* const> completions{};  // likewise
  const Watcher* watcher = nullptr;                        // nullptr: nobody is watched
  Blocks* blocks = nullptr;                                // nullptr: nobody is ever blocked
  Snapshots* snapshots = nullptr;                          // nullptr: the cache goes nowhere
  std::function<PortStats()> port;
  std::function<bool()> healthy;           // every polling thread has moved lately
  std::function<ReloadStatus()> reload{};  // not set: nothing is ever reloaded
};

}  // namespace control
