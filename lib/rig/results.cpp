// SPDX-License-Identifier: Apache-2.0
// CSV of results, and files that are replaced as a whole.
#include "rig/results.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include <fmt/core.h>

namespace rig {
namespace {

Series series_of(const Stats& stats) {
  Series series;
  const std::size_t seconds = std::max(stats.packets_by_second.size(), stats.queries_by_second.size());
  series.seconds_per_point = static_cast<std::uint32_t>((seconds + kSeriesPoints - 1) / kSeriesPoints);
  series.seconds_per_point = std::max(series.seconds_per_point, 1U);
  const auto part = [&](const std::vector<std::uint32_t>& all, std::size_t begin) {
    const std::size_t end = std::min(begin + series.seconds_per_point, all.size());
    return begin < end ? std::span(all).subspan(begin, end - begin) : std::span<const std::uint32_t>{};
  };
  const auto mean = [](std::span<const std::uint32_t> values) {
    if (values.empty()) return 0.0;
    const auto sum = std::accumulate(values.begin(), values.end(), std::uint64_t{0});
    return static_cast<double>(sum) / static_cast<double>(values.size());
  };
  for (std::size_t begin = 0; begin < seconds; begin += series.seconds_per_point) {
    const auto packets = part(stats.packets_by_second, begin);
    series.packets_mean.push_back(mean(packets));
    series.packets_most.push_back(packets.empty() ? 0 : *std::ranges::max_element(packets));
    series.queries_mean.push_back(mean(part(stats.queries_by_second, begin)));
  }
  return series;
}

/// Where a name leads, through links: to a file or to nothing yet, which a draft replaces; or to a pipe, a device or
/// what is open already.
struct Target {
  explicit Target(const std::string& name) : path(name) {
    std::error_code unknown;
    const auto real = std::filesystem::weakly_canonical(name, unknown);
    const bool is_open = name.starts_with("/dev/std") || name.starts_with("/dev/fd/") || name.starts_with("/proc/");
    if (unknown || is_open) {
      is_replaced = false;
      return;
    }
    path = real.string();
    const auto status = std::filesystem::status(path, unknown);
    is_replaced = !std::filesystem::exists(status) || std::filesystem::is_regular_file(status);
  }
  [[nodiscard]] std::string draft() const { return is_replaced ? path + ".part" : path; }

  std::string path;
  bool is_replaced = true;
};

auto not_written(const std::string& path) {
  return diag::fail(diag::Error::from_errno(errno, fmt::format("writing {}", path)));
}

double ms(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

}  // namespace

ResultRow row_of(const Outcome& outcome) {
  const Stats& from = outcome.stats;
  const std::uint64_t timed = from.wait.count();
  return {.configuration = outcome.configuration,
          .queries = from.queries,
          .hits = from.hits,
          .stale_hits = from.stale_hits,
          .waited = from.waited,
          .joined = from.joined,
          .repeats = from.repeats,
          .answered = from.answered,
          .stale_later = from.stale_later,
          .lost_overload = from.lost_overload,
          .lost_timeout = from.lost_timeout,
          .lost_late = from.lost_late,
          .packets = from.packets,
          .refresh_packets = from.refresh_packets,
          .entries_most = from.entries_most,
          .bytes_most = from.bytes_most,
          .evictions = from.evictions,
          .windows = from.windows,
          .windows_above = from.windows_above,
          .hit_ratio = from.hit_ratio(),
          .stale_ratio = from.stale_ratio(),
          .loss_ratio = from.loss_ratio(),
          .pps_mean = from.mean_pps(),
          .pps_p99 = from.quantile_pps(0.99),
          .pps_most = from.quantile_pps(1),
          .wait_ms_mean = timed == 0 ? 0 : ms(from.wait.sum_ns() / timed),
          .wait_ms_p50 = ms(from.wait.quantile_ns(0.5)),
          .wait_ms_p99 = ms(from.wait.quantile_ns(0.99)),
          .wait_ms_p999 = ms(from.wait.quantile_ns(0.999)),
          .cpu_seconds = outcome.cpu_seconds,
          .series = series_of(from)};
}

const ResultRow* Results::find(const Configuration& configuration) const {
  const auto found = std::ranges::find(rows, configuration, &ResultRow::configuration);
  return found == rows.end() ? nullptr : &*found;
}

std::string to_csv(const Results& results) {
  std::string csv =
      "policy,size_bytes,min_ttl_sec,max_ttl_sec,stale_sec,prefetch_percent,coalescing,budget_pps,appliances,queries,"
      "hits,stale_hits,waited,joined,repeats,answered,stale_later,lost_overload,lost_timeout,lost_late,hit_ratio,"
      "stale_ratio,loss_ratio,packets,refresh_packets,pps_mean,pps_p99,pps_most,windows,windows_above,wait_ms_mean,"
      "wait_ms_p50,wait_ms_p99,wait_ms_p999,entries_most,bytes_most,evictions,cpu_seconds\n";
  for (const ResultRow& row : results.rows) {
    std::string key = key_of(row.configuration);
    std::ranges::replace(key, ' ', ',');
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{:.6f},{:.6f},{:.6f},{},{},{:.3f},{},{},{},{},", key,
                       row.queries, row.hits, row.stale_hits, row.waited, row.joined, row.repeats, row.answered,
                       row.stale_later, row.lost_overload, row.lost_timeout, row.lost_late, row.hit_ratio,
                       row.stale_ratio, row.loss_ratio, row.packets, row.refresh_packets, row.pps_mean, row.pps_p99,
                       row.pps_most, row.windows, row.windows_above);
    csv +=
        fmt::format("{:.3f},{:.3f},{:.3f},{:.3f},{},{},{},{:.3f}\n", row.wait_ms_mean, row.wait_ms_p50, row.wait_ms_p99,
                    row.wait_ms_p999, row.entries_most, row.bytes_most, row.evictions, row.cpu_seconds);
  }
  return csv;
}

bool is_file_name(const std::string& path) { return !path.empty() && path != "-" && Target(path).is_replaced; }

diag::Status write_whole(const std::string& path, const std::string& text) {
  if (path == "-") {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
      return not_written("standard output");
    }
    return {};
  }
  const Target target(path);
  std::ofstream out(target.draft(), std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) return not_written(path);
  if (target.is_replaced && std::rename(target.draft().c_str(), target.path.c_str()) != 0) return not_written(path);
  return {};
}

diag::Status check_writable(const std::string& path) {
  if (path.empty() || path == "-") return {};
  const Target target(path);
  if (!target.is_replaced && !std::filesystem::is_directory(target.path)) return {};  // a pipe may be opened once
  if (!std::ofstream(target.draft(), std::ios::app)) return not_written(path);
  std::remove(target.draft().c_str());
  return {};
}

diag::Result<std::string> read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return diag::fail(diag::Error::from_errno(errno, fmt::format("reading {}", path)));
  return text.str();
}

}  // namespace rig
