// SPDX-License-Identifier: Apache-2.0
/// @file reports.hpp – the state of the appliance as JSON: pure functions of a View.
///
/// Purpose    one source for the control socket and for telemetry. Names are stable: counters have the names of their
///            lists (docs/metrics.md), the rest is in docs/control-protocol.md.
/// Threads    any, except lookup_report(): that one belongs to the control thread, which owns the View's reader slot.
/// Ownership  results own what they hold.
/// Cost       a report reads every counter once; worker counters up to kMaxReadings times until they balance.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "answer/counters.hpp"
#include "cache/cache.hpp"
#include "egress/engine.hpp"
#include "reports/view.hpp"
#include "stats/counter_block.hpp"
#include "tcp_server/counters.hpp"
#include "verbs/json.hpp"
#include "verbs/request.hpp"

namespace reports {

using WorkerSums = stats::CounterSums<answer::Counter>;

/// A running worker counts a packet in several steps. A reading between two steps does not balance and is repeated, at
/// most this often.
inline constexpr std::size_t kMaxReadings = 1'000;

/// A server with this many timeouts in a row is reported as silent.
inline constexpr std::uint32_t kSilentAfterTimeouts = 3;

[[nodiscard]] Json version_report(std::string_view dpdk);
[[nodiscard]] Json status_report(const View& view);
[[nodiscard]] Json stats_report(const View& view);
[[nodiscard]] Json cache_report(const View& view);
/// What `sluicectl cache stats` shows: counters, gauges, and memory by size class.
[[nodiscard]] Json cache_stats_report(const View& view);
[[nodiscard]] Json upstreams_report(const View& view);
[[nodiscard]] Json lcores_report(const View& view);
[[nodiscard]] Json inflight_report(const View& view, std::span<const egress::InflightRow> rows);
/// Servers and zones that are at their fetch quota.
[[nodiscard]] Json fetchlimit_report(const View& view, std::span<const egress::ZoneRow> zones);
[[nodiscard]] Json lookup_report(const View& view, const verbs::Request& request);

// Parts of reports, for callers without a whole View.

/// {"name": value, …} in the order of the list.
template <stats::CounterEnum E>
[[nodiscard]] Json counters_json(const stats::CounterSums<E>& sums) {
  Json json = Json::object();
  const auto infos = counter_infos(E::kCount);
  for (std::size_t i = 0; i < infos.size(); ++i) json[std::string(infos[i].name)] = sums[i];
  return json;
}
template <stats::CounterEnum E>
[[nodiscard]] Json counters_json(const stats::CounterBlock<E>& block) {
  const std::array blocks{&block};
  return counters_json<E>(stats::sum<E>(blocks));
}

/// Two sides of an invariant: queries = sum of all outcomes; rx_pkts = queries + responses + punted + sum of all frame drops.
struct Balance {
  std::uint64_t counted = 0;
  std::uint64_t accounted = 0;
  [[nodiscard]] bool holds() const noexcept { return counted == accounted; }
};
[[nodiscard]] Balance query_balance(const WorkerSums& sums) noexcept;
[[nodiscard]] Balance packet_balance(const WorkerSums& sums) noexcept;
/// Connections that were accepted and have not ended.
[[nodiscard]] std::uint64_t open_connections(const stats::CounterSums<tcp_server::Counter>& sums) noexcept;
[[nodiscard]] Json conservation_json(const WorkerSums& sums);

/// A reading in which both invariants hold, or the last of kMaxReadings.
[[nodiscard]] WorkerSums read_settled(const answer::Counters& counters) noexcept;
/// {"queries": {"total", "outcomes"}, "frame_drops", "flows"}
[[nodiscard]] Json worker_json(const WorkerSums& sums);
[[nodiscard]] Json cache_json(const cache::Stats& stats);
/// [{"name", "limit", "used", "headroom"}]: every limited resource.
[[nodiscard]] Json limits_json(const View& view);
[[nodiscard]] Json server_json(const egress::ServerStats& server);
/// The name from the settings, or the number of an uplink that has none.
[[nodiscard]] std::string uplink_name(const config::Settings& settings, std::size_t uplink);
[[nodiscard]] bool is_up(const egress::ServerStats& server) noexcept;

}  // namespace reports
