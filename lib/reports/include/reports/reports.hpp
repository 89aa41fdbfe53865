// SPDX-License-Identifier: Apache-2.0
/// @file reports.hpp – what the appliance says of itself: pure functions from the View to JSON.
///
/// Purpose    one source for the control socket, for telemetry and later for metrics. Names are stable: counters are called
///            as in their lists (docs/metrics.md), everything else as docs/control-protocol.md says.
/// Threads    all but lookup_report() read only what any thread may read, a moment stale; lookup_report() belongs to the
///            control thread, the owner of the View's reader slot.
/// Ownership  results own all they hold.
/// Cost       a report reads every counter once; worker counters up to kMaxReadings times until their laws hold.
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
#include "answer/counters.hpp"

namespace reports {

using WorkerSums = stats::CounterSums<answer::Counter>;

/// A running worker counts a packet in several steps: readings are repeated so often until none is between two of them.
inline constexpr std::size_t kMaxReadings = 1'000;

/// A server is taken for silent after so many timeouts in a row.
inline constexpr std::uint32_t kSilentAfterTimeouts = 3;

[[nodiscard]] Json version_report(std::string_view dpdk);
[[nodiscard]] Json status_report(const View& view);
[[nodiscard]] Json stats_report(const View& view);
[[nodiscard]] Json cache_report(const View& view);
/// What `sluicectl cache stats` shows: the figures, and where the memory is.
[[nodiscard]] Json cache_stats_report(const View& view);
[[nodiscard]] Json upstreams_report(const View& view);
[[nodiscard]] Json lcores_report(const View& view);
[[nodiscard]] Json inflight_report(const View& view, std::span<const egress::InflightRow> rows);
/// Servers and zones whose quota holds questions back now.
[[nodiscard]] Json fetchlimit_report(const View& view, std::span<const egress::ZoneRow> zones);
[[nodiscard]] Json lookup_report(const View& view, const verbs::Request& request);

// The parts, for who has only a part of the View.

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

/// queries = sum of all fates; rx_pkts = queries + responses + punted + sum of all frame drops.
struct Law {
  std::uint64_t counted = 0;
  std::uint64_t accounted = 0;
  [[nodiscard]] bool holds() const noexcept { return counted == accounted; }
};
[[nodiscard]] Law query_law(const WorkerSums& sums) noexcept;
[[nodiscard]] Law packet_law(const WorkerSums& sums) noexcept;
/// Accepted and not ended.
[[nodiscard]] std::uint64_t open_connections(const stats::CounterSums<tcp_server::Counter>& sums) noexcept;
[[nodiscard]] Json conservation_json(const WorkerSums& sums);

/// One reading in which both laws hold, or the last of kMaxReadings.
[[nodiscard]] WorkerSums read_settled(const answer::Counters& counters) noexcept;
/// {"queries": {"total", "fates"}, "frame_drops", "flows"}
[[nodiscard]] Json worker_json(const WorkerSums& sums);
[[nodiscard]] Json cache_json(const cache::Stats& stats);
/// [{"name", "limit", "used", "headroom"}]: everything that can run out.
[[nodiscard]] Json limits_json(const View& view);
[[nodiscard]] Json server_json(const egress::ServerStats& server);
/// The name from the settings, or the number of an uplink that has none.
[[nodiscard]] std::string uplink_name(const config::Settings& settings, std::size_t uplink);
[[nodiscard]] bool is_up(const egress::ServerStats& server) noexcept;

}  // namespace reports
