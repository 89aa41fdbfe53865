// SPDX-License-Identifier: Apache-2.0
/// @file parts.hpp – parts that several reports share.
///
/// Purpose    budgets, upstream servers and reloads, as status, stats and upstreams show them.
/// Threads    any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cache/cache.hpp"
#include "egress/settings.hpp"
#include "fields.hpp"
#include "reports/reports.hpp"

namespace reports {

/// In the order of egress::NameClass.
inline constexpr std::array<std::string_view, egress::kNameClasses> kClassNames{"known", "new", "unknown"};

using ReloadStat = Field<ReloadStatus>;
inline constexpr std::array kReloadStats{
    ReloadStat{"generation", "generation of the settings in force; 1: those of the start",
               [](const ReloadStatus& s) { return s.generation; }},
    ReloadStat{"reload_ok", "reloads that were applied", [](const ReloadStatus& s) { return s.ok; }},
    ReloadStat{"reload_failed", "reloads that were rejected and changed nothing",
               [](const ReloadStatus& s) { return s.failed; }},
    ReloadStat{"config_last_reload_success", "1: the last reload was applied, or there was none; 0: it was rejected",
               [](const ReloadStatus& s) { return s.last_failed ? std::uint64_t{0} : std::uint64_t{1}; }},
    ReloadStat{"config_last_reload_time_sec", "time of the last reload, in seconds since 1970; 0: there was none",
               [](const ReloadStatus& s) { return s.last_at_sec; }},
    ReloadStat{"restart_needed", "changed keys of the file that need a restart",
               [](const ReloadStatus& s) { return std::uint64_t{s.restart_needed.size()}; }},
};

/// {"generation", "reload_ok", …}
[[nodiscard]] Json reload_stats_json(const View& view);
/// [{"uplink", "limit_pps", "used_pkts", "queued", "refreshes"}]
[[nodiscard]] Json budgets_json(const View& view);
[[nodiscard]] std::vector<egress::ServerStats> servers_of(const View& view);
/// {"up", "total"}
[[nodiscard]] Json upstream_totals_json(const View& view);

}  // namespace reports
