// SPDX-License-Identifier: Apache-2.0
/// @file stats.hpp – the result of a trace in one configuration.
///
/// Purpose    counts of outcomes, of packets upstream per second and of waits; figures derived from them.
/// Threads    values.
///
///   queries = hits + stale_hits + waited + repeats
///   waited  = answered + stale_later + lost_overload + lost_timeout + lost_late       (nothing stays open at the end)
#pragma once

#include <cstdint>
#include <vector>

#include "rig/configuration.hpp"
#include "stats/histogram.hpp"

namespace rig {

struct Stats {
  std::uint64_t queries = 0;
  std::uint64_t hits = 0;        // answered at once from a fresh entry
  std::uint64_t stale_hits = 0;  // answered at once from an expired one
  std::uint64_t waited = 0;      // for the upstream
  std::uint64_t joined = 0;      // of these, for a question that was under way
  std::uint64_t repeats = 0;     // by a client that waits for the same question
  std::uint64_t answered = 0;
  std::uint64_t stale_later = 0;      // of the waiting, answered with expired data
  std::uint64_t lost_overload = 0;    // refused or dropped because there was no room
  std::uint64_t lost_timeout = 0;     // no reply from the upstream
  std::uint64_t lost_late = 0;        // answered after the client had timed out
  std::uint64_t packets = 0;          // upstream
  std::uint64_t refresh_packets = 0;  // of these, for refreshes before expiry
  stats::HistogramCounts wait;        // of those that waited and were answered
  std::uint64_t entries_most = 0;
  std::uint64_t bytes_most = 0;  // of entries in whole blocks, all appliances
  std::uint64_t evictions = 0;
  std::uint64_t windows = 0;                     // seconds, of all appliances
  std::uint64_t windows_above = 0;               // of these, with more packets than the limit
  std::vector<std::uint32_t> packets_by_second;  // of all appliances
  std::vector<std::uint32_t> queries_by_second;

  void add(const Stats& other);

  [[nodiscard]] double hit_ratio() const noexcept { return share(hits); }
  [[nodiscard]] double stale_ratio() const noexcept { return share(stale_hits + stale_later); }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_overload + lost_timeout + lost_late; }
  [[nodiscard]] double loss_ratio() const noexcept { return share(lost()); }
  [[nodiscard]] double mean_pps() const noexcept;
  [[nodiscard]] std::uint32_t quantile_pps(double fraction) const;

 private:
  [[nodiscard]] double share(std::uint64_t part) const noexcept {
    return queries == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(queries);
  }
};

struct Profile;

/// One cell and its result.
struct Outcome {
  Configuration configuration;
  Stats stats;
  double cpu_seconds = 0;            // that the simulation of this cell took
  const Profile* profile = nullptr;  // of the trace; as long as the run
};

}  // namespace rig
