// SPDX-License-Identifier: Apache-2.0
// Sums and shares of one configuration's counts.
#include "rig/stats.hpp"

#include <algorithm>
#include <numeric>

namespace rig {
namespace {

void add_series(std::vector<std::uint32_t>& to, const std::vector<std::uint32_t>& from) {
  if (from.size() > to.size()) to.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

}  // namespace

void Stats::add(const Stats& other) {
  queries += other.queries;
  hits += other.hits;
  stale_hits += other.stale_hits;
  waited += other.waited;
  joined += other.joined;
  repeats += other.repeats;
  answered += other.answered;
  stale_later += other.stale_later;
  lost_overload += other.lost_overload;
  lost_timeout += other.lost_timeout;
  lost_late += other.lost_late;
  packets += other.packets;
  refresh_packets += other.refresh_packets;
  wait.merge(other.wait);
  entries_most += other.entries_most;
  bytes_most += other.bytes_most;
  evictions += other.evictions;
  windows += other.windows;
  windows_above += other.windows_above;
  add_series(packets_by_second, other.packets_by_second);
  add_series(queries_by_second, other.queries_by_second);
}

double Stats::mean_pps() const noexcept {
  const std::size_t seconds = std::max(queries_by_second.size(), packets_by_second.size());  // some leave afterwards
  return seconds == 0 ? 0.0 : static_cast<double>(packets) / static_cast<double>(seconds);
}

std::uint32_t Stats::quantile_pps(double fraction) const {
  if (packets_by_second.empty()) return 0;
  std::vector<std::uint32_t> sorted = packets_by_second;
  const auto at = static_cast<std::size_t>(fraction * static_cast<double>(sorted.size() - 1) + 0.5);
  std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(at));
  return sorted[at];
}

}  // namespace rig
