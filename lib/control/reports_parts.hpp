// SPDX-License-Identifier: Apache-2.0
/// @file reports_parts.hpp – pieces that several reports share.
///
/// Purpose    budgets and upstreams of the View in the form in which status, stats and upstreams show them.
/// Threads    any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cache/cache.hpp"
#include "control/json.hpp"
#include "control/view.hpp"
#include "egress/settings.hpp"

namespace control {

/// In the order of egress::NameClass.
inline constexpr std::array<std::string_view, egress::kNameClasses> kClassNames{"known", "new", "unknown"};

/// A figure of the cache under its name, with its line of help.
struct CacheStat {
  std::string_view name;
  std::string_view help;
  std::uint64_t cache::Stats::*value;
};
inline constexpr std::array kCacheStats{
    CacheStat{"entries", "answers that the cache holds", &cache::Stats::entries},
    CacheStat{"bytes_used", "memory of these answers, in whole blocks", &cache::Stats::bytes_used},
    CacheStat{"bytes_capacity", "memory of the cache", &cache::Stats::bytes_capacity},
    CacheStat{"inserts", "answers kept, replacements included", &cache::Stats::inserts},
    CacheStat{"replacements", "answers that took the place of one to the same question", &cache::Stats::replacements},
    CacheStat{"evictions", "answers removed to make room", &cache::Stats::evictions},
    CacheStat{"expired", "answers removed because they were of no use any more", &cache::Stats::expired},
    CacheStat{"flushed", "answers removed by an operator", &cache::Stats::flushed},
    CacheStat{"rejected_too_big", "answers not kept: larger than the largest block", &cache::Stats::rejected_too_big},
    CacheStat{"rejected_no_room", "answers not kept: every candidate was still being read",
              &cache::Stats::rejected_no_room},
    CacheStat{"pending_reclaim", "blocks that wait until no reader can see them", &cache::Stats::pending_reclaim},
    CacheStat{"evicted_dead", "of the evictions: answers that nobody could have used", &cache::Stats::evicted_dead},
    CacheStat{"evicted_stale", "of the evictions: expired, and not asked for since", &cache::Stats::evicted_stale},
    CacheStat{"evicted_probation", "of the evictions: asked for once only", &cache::Stats::evicted_probation},
    CacheStat{"evicted_main", "of the evictions: asked for again, but not lately", &cache::Stats::evicted_main},
    CacheStat{"evicted_negative", "of the evictions: negative answers above cache.negative_share",
              &cache::Stats::evicted_negative},
    CacheStat{"evicted_bucket", "of the evictions: the fourteen slots of a hash were full",
              &cache::Stats::evicted_bucket},
    CacheStat{"evicted_moving", "of the evictions: their page went to answers of another size",
              &cache::Stats::evicted_moving},
    CacheStat{"ghost_hits", "names that came back soon after their answer was evicted", &cache::Stats::ghost_hits},
    CacheStat{"promoted", "answers that were asked for again on probation", &cache::Stats::promoted},
    CacheStat{"reinserted", "answers of the main queue that were asked for again", &cache::Stats::reinserted},
    CacheStat{"pages_moved", "pages that went from answers of one size to those of another",
              &cache::Stats::pages_moved},
    CacheStat{"pages_fresh", "pages that nobody has used yet", &cache::Stats::pages_fresh},
    CacheStat{"relocated", "answers copied out of a page that moves", &cache::Stats::relocated},
    CacheStat{"negative_bytes", "memory of negative answers and failures", &cache::Stats::negative_bytes},
};

static_assert(kCacheStats.size() * sizeof(std::uint64_t) == sizeof(cache::Stats), "a figure has no name");

/// A figure of the reloads under its name, with its line of help.
struct ReloadStat {
  std::string_view name;
  std::string_view help;
  std::uint64_t (*value)(const ReloadStatus& status);
};
inline constexpr std::array kReloadStats{
    ReloadStat{"generation", "number of the settings in force; 1 are those of the start",
               [](const ReloadStatus& s) { return s.generation; }},
    ReloadStat{"reload_ok", "reloads that were applied", [](const ReloadStatus& s) { return s.ok; }},
    ReloadStat{"reload_failed", "reloads that were refused and changed nothing",
               [](const ReloadStatus& s) { return s.failed; }},
    ReloadStat{"config_last_reload_success", "1: the last reload was applied, or there was none; 0: it was refused",
               [](const ReloadStatus& s) { return s.last_failed ? std::uint64_t{0} : std::uint64_t{1}; }},
    ReloadStat{"config_last_reload_time_sec", "when that was, in seconds since 1970; 0: there was none",
               [](const ReloadStatus& s) { return s.last_at_sec; }},
    ReloadStat{"restart_needed", "changed keys of the file whose new values wait for a restart",
               [](const ReloadStatus& s) { return std::uint64_t{s.restart_needed.size()}; }},
};

/// {"generation", "reload_ok", …}
[[nodiscard]] Json reload_stats_json(const View& view);
[[nodiscard]] std::string uplink_name(const config::Settings& settings, std::size_t uplink);
/// [{"uplink", "limit_pps", "used_pkts", "queued", "refreshes"}]
[[nodiscard]] Json budgets_json(const View& view);
[[nodiscard]] std::vector<egress::ServerStats> servers_of(const View& view);
/// {"up", "total"}
[[nodiscard]] Json upstream_totals_json(const View& view);

}  // namespace control
