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
struct CacheFigure {
  std::string_view name;
  std::string_view help;
  std::uint64_t cache::Figures::*value;
};
inline constexpr std::array kCacheFigures{
    CacheFigure{"entries", "answers that the cache holds", &cache::Figures::entries},
    CacheFigure{"bytes_used", "memory of these answers, in whole blocks", &cache::Figures::bytes_used},
    CacheFigure{"bytes_capacity", "memory of the cache", &cache::Figures::bytes_capacity},
    CacheFigure{"inserts", "answers kept, replacements included", &cache::Figures::inserts},
    CacheFigure{"replacements", "answers that took the place of one to the same question",
                &cache::Figures::replacements},
    CacheFigure{"evictions", "answers removed to make room", &cache::Figures::evictions},
    CacheFigure{"expired", "answers removed because they were of no use any more", &cache::Figures::expired},
    CacheFigure{"flushed", "answers removed by an operator", &cache::Figures::flushed},
    CacheFigure{"rejected_too_big", "answers not kept: larger than the largest block",
                &cache::Figures::rejected_too_big},
    CacheFigure{"rejected_no_room", "answers not kept: every candidate was still being read",
                &cache::Figures::rejected_no_room},
    CacheFigure{"pending_reclaim", "blocks that wait until no reader can see them", &cache::Figures::pending_reclaim},
    CacheFigure{"evicted_dead", "of the evictions: answers that nobody could have used", &cache::Figures::evicted_dead},
    CacheFigure{"evicted_stale", "of the evictions: expired, and not asked for since", &cache::Figures::evicted_stale},
    CacheFigure{"evicted_probation", "of the evictions: asked for once only", &cache::Figures::evicted_probation},
    CacheFigure{"evicted_main", "of the evictions: asked for again, but not lately", &cache::Figures::evicted_main},
    CacheFigure{"evicted_negative", "of the evictions: negative answers above cache.negative_share",
                &cache::Figures::evicted_negative},
    CacheFigure{"evicted_bucket", "of the evictions: the fourteen slots of a hash were full",
                &cache::Figures::evicted_bucket},
    CacheFigure{"evicted_moving", "of the evictions: their page went to answers of another size",
                &cache::Figures::evicted_moving},
    CacheFigure{"ghost_hits", "names that came back soon after their answer was evicted", &cache::Figures::ghost_hits},
    CacheFigure{"promoted", "answers that were asked for again on probation", &cache::Figures::promoted},
    CacheFigure{"reinserted", "answers of the main queue that were asked for again", &cache::Figures::reinserted},
    CacheFigure{"pages_moved", "pages that went from answers of one size to those of another",
                &cache::Figures::pages_moved},
    CacheFigure{"pages_fresh", "pages that nobody has used yet", &cache::Figures::pages_fresh},
    CacheFigure{"relocated", "answers copied out of a page that moves", &cache::Figures::relocated},
    CacheFigure{"negative_bytes", "memory of negative answers and failures", &cache::Figures::negative_bytes},
};

static_assert(kCacheFigures.size() * sizeof(std::uint64_t) == sizeof(cache::Figures), "a figure has no name");

/// A figure of the reloads under its name, with its line of help.
struct ReloadFigure {
  std::string_view name;
  std::string_view help;
  std::uint64_t (*value)(const ReloadStatus& status);
};
inline constexpr std::array kReloadFigures{
    ReloadFigure{"generation", "number of the settings in force; 1 are those of the start",
                 [](const ReloadStatus& s) { return s.generation; }},
    ReloadFigure{"reload_ok", "reloads that were applied", [](const ReloadStatus& s) { return s.ok; }},
    ReloadFigure{"reload_failed", "reloads that were refused and changed nothing",
                 [](const ReloadStatus& s) { return s.failed; }},
    ReloadFigure{"config_last_reload_success", "1: the last reload was applied, or there was none; 0: it was refused",
                 [](const ReloadStatus& s) { return s.last_failed ? std::uint64_t{0} : std::uint64_t{1}; }},
    ReloadFigure{"config_last_reload_time_sec", "when that was, in seconds since 1970; 0: there was none",
                 [](const ReloadStatus& s) { return s.last_at_sec; }},
    ReloadFigure{"restart_needed", "changed keys of the file whose new values wait for a restart",
                 [](const ReloadStatus& s) { return std::uint64_t{s.restart_needed.size()}; }},
};

/// {"generation", "reload_ok", …}
[[nodiscard]] Json reload_figures_json(const View& view);
[[nodiscard]] std::string uplink_name(const config::Settings& settings, std::size_t uplink);
/// [{"uplink", "limit_pps", "used_pkts", "queued", "refreshes"}]
[[nodiscard]] Json budgets_json(const View& view);
[[nodiscard]] std::vector<egress::ServerFigures> servers_of(const View& view);
/// {"up", "total"}
[[nodiscard]] Json upstream_totals_json(const View& view);

}  // namespace control
