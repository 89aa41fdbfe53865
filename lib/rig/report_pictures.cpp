// SPDX-License-Identifier: Apache-2.0
// The charts of a report, each with its explanation.
#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "chart.hpp"
#include "rig/report.hpp"

namespace rig {
namespace {

constexpr double kMiB = 1'048'576;

/// The same configuration but for size and policy; pictures compare within the first such family.
Configuration family_of(Configuration cell) {
  cell.size_bytes = 0;
  cell.policy = Policy::kS3Fifo;
  return cell;
}

std::vector<const ResultRow*> first_family(const Results& results) {
  std::vector<const ResultRow*> rows;
  if (results.rows.empty()) return rows;
  const Configuration family = family_of(results.rows.front().configuration);
  for (const ResultRow& row : results.rows) {
    if (family_of(row.configuration) == family) rows.push_back(&row);
  }
  return rows;
}

std::vector<std::uint64_t> sizes_of(const std::vector<const ResultRow*>& rows) {
  std::vector<std::uint64_t> sizes;
  for (const ResultRow* row : rows) {
    if (row->configuration.size_bytes != 0) sizes.push_back(row->configuration.size_bytes);
  }
  std::ranges::sort(sizes);
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

std::vector<Tick> size_ticks(const std::vector<std::uint64_t>& sizes) {
  std::vector<Tick> ticks;
  for (const std::uint64_t size : sizes) ticks.push_back({static_cast<double>(size) / kMiB, size_text(size)});
  return ticks;
}

template <class Value>
std::vector<Line> lines_by_policy(const std::vector<const ResultRow*>& rows, const std::vector<std::uint64_t>& sizes,
                                  Value&& value) {
  std::vector<Line> lines;
  std::vector<Policy> policies;
  for (const ResultRow* row : rows) {
    if (std::ranges::find(policies, row->configuration.policy) == policies.end()) {
      policies.push_back(row->configuration.policy);
    }
  }
  for (const Policy policy : policies) {
    Line line{.name = std::string(name_of(policy)), .points = {}};
    for (const ResultRow* row : rows) {
      if (row->configuration.policy != policy) continue;
      if (policy != Policy::kInfinite) {
        line.points.emplace_back(static_cast<double>(row->configuration.size_bytes) / kMiB, value(*row));
        continue;
      }
      for (const std::uint64_t size : sizes) line.points.emplace_back(static_cast<double>(size) / kMiB, value(*row));
    }
    std::ranges::sort(line.points);
    lines.push_back(std::move(line));
  }
  return lines;
}

Picture hit_ratio_by_size(const std::vector<const ResultRow*>& rows, const std::vector<std::uint64_t>& sizes) {
  double least = 1;
  for (const ResultRow* row : rows) least = std::min(least, row->hit_ratio);
  const Chart chart{.title = "Answers from the cache, by its size",
                    .x_label = "size of the cache",
                    .y_label = "hit ratio",
                    .x_scale = Scale::kLog,
                    .lines = lines_by_policy(rows, sizes, [](const ResultRow& row) { return 100 * row.hit_ratio; }),
                    .levels = {},
                    .x_ticks = size_ticks(sizes),
                    .y_from = std::max(0.0, std::floor(10 * least - 0.5) * 10),
                    .y_to = {},
                    .y_unit = " %"};
  return {"hit-ratio", to_svg(chart),
          "Where a line becomes flat, more memory brings nothing: the remaining misses are names that were never asked "
          "before or whose TTL has passed."};
}

Picture packets_by_size(const std::vector<const ResultRow*>& rows, const std::vector<std::uint64_t>& sizes,
                        const World& world) {
  Chart chart{.title = "Packets upstream, by the cache's size",
              .x_label = "size of the cache",
              .y_label = "packets a second, on average",
              .x_scale = Scale::kLog,
              .lines = lines_by_policy(rows, sizes, [](const ResultRow& row) { return row.pps_mean; }),
              .levels = {{static_cast<double>(world.limit_pps), fmt::format("limit {}/s", world.limit_pps)}},
              .x_ticks = size_ticks(sizes),
              .y_from = {},
              .y_to = {},
              .y_unit = ""};
  return {
      "packets-by-size", to_svg(chart),
      "What is far below the limit needs one interface; what comes near it is above it in busy seconds, where clients "
      "wait or are refused because there is no room (see the table)."};
}

Picture packets_over_time(const std::vector<const ResultRow*>& rows, const World& world) {
  Chart chart{.title = "Packets upstream over time (the busiest second of each point)",
              .x_label = "minutes since the trace began",
              .y_label = "packets a second",
              .lines = {},
              .levels = {{static_cast<double>(world.limit_pps), fmt::format("limit {}/s", world.limit_pps)}},
              .x_ticks = {},
              .y_from = {},
              .y_to = {},
              .y_unit = ""};
  for (const ResultRow* row : rows) {
    if (row->configuration.policy != rows.front()->configuration.policy || chart.lines.size() >= 4) continue;
    Line line{.name = label_of(row->configuration), .points = {}, .has_markers = false};
    for (std::size_t i = 0; i < row->series.packets_most.size(); ++i) {
      line.points.emplace_back(static_cast<double>(i * row->series.seconds_per_point) / 60,
                               static_cast<double>(row->series.packets_most[i]));
    }
    chart.lines.push_back(std::move(line));
  }
  return {
      "packets-over-time", to_svg(chart),
      "The beginning is a cold cache. What rises above the limit would be dropped by the provider without a budget; "
      "with one it waits."};
}

Picture policies_at(const std::vector<const ResultRow*>& rows, std::uint64_t size) {
  BarChart chart{.title = fmt::format("Policies at {}", size_text(size)),
                 .x_label = "hit ratio",
                 .bars = {},
                 .unit = " %",
                 .digits = 2};
  for (const ResultRow* row : rows) {
    if (row->configuration.size_bytes != size && row->configuration.policy != Policy::kInfinite) continue;
    chart.bars.push_back({std::string(name_of(row->configuration.policy)), 100 * row->hit_ratio});
  }
  std::ranges::sort(chart.bars, std::greater<>(), &Bar::value);
  return {
      "policies", to_svg(chart),
      "s3fifo is the appliance's own cache; belady knows the future and infinite never evicts: no policy can do better "
      "than these two."};
}

Picture popularity(const Profile& profile) {
  Line line{.name = "questions by rank", .points = {}, .has_markers = false};
  for (const auto& [rank, count] : profile.popularity) {
    line.points.emplace_back(static_cast<double>(rank), static_cast<double>(count));
  }
  const Chart chart{.title = "How often each question is asked",
                    .x_label = "rank",
                    .y_label = "queries",
                    .x_scale = Scale::kLog,
                    .y_scale = Scale::kLog,
                    .lines = {std::move(line)},
                    .levels = {},
                    .x_ticks = {},
                    .y_from = {},
                    .y_to = {},
                    .y_unit = ""};
  const double share =
      profile.items == 0 ? 0 : 100 * static_cast<double>(profile.one_shots) / static_cast<double>(profile.items);
  return {
      "popularity", to_svg(chart),
      fmt::format("A straight line is Zipf's law. {:.1f} % of the distinct questions were asked once only.", share)};
}

Picture ttls(const Profile& profile) {
  Line line{.name = "queries", .points = {}, .has_markers = false};
  std::uint64_t sum = 0;
  for (const auto& [ttl, count] : profile.ttls) {
    const double x = std::max(1.0, static_cast<double>(ttl));
    line.points.emplace_back(x, 100 * static_cast<double>(sum) / static_cast<double>(profile.queries));
    sum += count;
    line.points.emplace_back(x, 100 * static_cast<double>(sum) / static_cast<double>(profile.queries));
  }
  if (!line.points.empty()) line.points.emplace_back(std::max(line.points.back().first * 1.5, 60.0), 100);
  const Chart chart{.title = "TTLs of what is asked for (cumulative)",
                    .x_label = "TTL",
                    .y_label = "queries",
                    .x_scale = Scale::kLog,
                    .lines = {std::move(line)},
                    .levels = {},
                    .x_ticks = {{1, "1 s"}, {5, "5 s"}, {60, "1 min"}, {300, "5 min"}, {3'600, "1 h"}, {86'400, "1 d"}},
                    .y_from = 0,
                    .y_to = 100,
                    .y_unit = " %"};
  return {"ttls", to_svg(chart),
          "Short TTLs are asked upstream again however large the cache is; --min-ttl shows what a clamp changes."};
}

}  // namespace

std::vector<Picture> pictures_of(const Results& results) {
  std::vector<Picture> pictures;
  const std::vector<const ResultRow*> rows = first_family(results);
  const std::vector<std::uint64_t> sizes = sizes_of(rows);
  if (sizes.size() >= 2) {
    pictures.push_back(hit_ratio_by_size(rows, sizes));
    pictures.push_back(packets_by_size(rows, sizes, results.world));
  }
  if (!rows.empty()) pictures.push_back(packets_over_time(rows, results.world));
  if (!sizes.empty() && rows.size() > sizes.size()) pictures.push_back(policies_at(rows, sizes.front()));
  if (!results.profile.popularity.empty()) pictures.push_back(popularity(results.profile));
  if (!results.profile.ttls.empty()) pictures.push_back(ttls(results.profile));
  return pictures;
}

}  // namespace rig
