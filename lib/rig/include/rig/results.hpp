// SPDX-License-Identifier: Apache-2.0
/// @file results.hpp – the outcome of a grid as plain figures: what JSON, CSV, report and planner share.
///
/// Purpose    one row a configuration, with the trace they belong to; written, and read again to go on with a run.
/// Threads    values.
/// Ownership  a row's series has at most kSeriesPoints points, however long the trace is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "diag/result.hpp"
#include "rig/configuration.hpp"
#include "rig/profile.hpp"
#include "rig/stats.hpp"

namespace rig {

inline constexpr std::size_t kSeriesPoints = 600;

/// Seconds of a trace, some of them together.
struct Series {
  std::uint32_t seconds_per_point = 1;
  std::vector<double> packets_mean;  // a second
  std::vector<std::uint32_t> packets_most;
  std::vector<double> queries_mean;
};

struct ResultRow {
  Configuration configuration;
  std::uint64_t queries = 0, hits = 0, stale_hits = 0, waited = 0, joined = 0, repeats = 0;
  std::uint64_t answered = 0, stale_later = 0, lost_overload = 0, lost_timeout = 0, lost_late = 0;
  std::uint64_t packets = 0, refresh_packets = 0, entries_most = 0, bytes_most = 0, evictions = 0;
  std::uint64_t windows = 0, windows_above = 0;
  double hit_ratio = 0, stale_ratio = 0, loss_ratio = 0;
  double pps_mean = 0;
  std::uint32_t pps_p99 = 0, pps_most = 0;
  double wait_ms_mean = 0, wait_ms_p50 = 0, wait_ms_p99 = 0, wait_ms_p999 = 0;
  double cpu_seconds = 0;
  Series series;
};
[[nodiscard]] ResultRow row_of(const Outcome& outcome);

/// A file of the trace, as it was when it was read.
struct TraceFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const TraceFile&, const TraceFile&) = default;
};

struct Results {
  std::vector<TraceFile> files;
  std::string reading;  // options that say which of their events count; empty: all
  World world;
  Profile profile;
  std::vector<ResultRow> rows;

  [[nodiscard]] const ResultRow* find(const Configuration& configuration) const;
};

/// A document with "tool", "trace", "world" and "results"; docs/simulation.md has the fields.
[[nodiscard]] std::string to_json(const Results& results);
[[nodiscard]] diag::Result<Results> from_json(const std::string& text);
/// A header and a line for each row, without series.
[[nodiscard]] std::string to_csv(const Results& results);

/// Whether a file stands under this name, or could: no pipe, no device, no "-".
[[nodiscard]] bool is_file_name(const std::string& path);
/// Replaces the file as a whole: a reader, or a run that goes on, never sees half of it. "-": standard output. Pipes and
/// devices are written to and stay what they are.
[[nodiscard]] diag::Status write_whole(const std::string& path, const std::string& text);
/// Whether write_whole() could begin; fine for an empty path.
[[nodiscard]] diag::Status check_writable(const std::string& path);
[[nodiscard]] diag::Result<std::string> read_whole(const std::string& path);

}  // namespace rig
