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

namespace control {

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
};

static_assert(kCacheFigures.size() * sizeof(std::uint64_t) == sizeof(cache::Figures), "a figure has no name");

[[nodiscard]] std::string uplink_name(const config::Settings& settings, std::size_t uplink);
/// [{"uplink", "limit_pps", "used_pkts", "queued", "refreshes"}]
[[nodiscard]] Json budgets_json(const View& view);
/// {"up", "total"}
[[nodiscard]] Json upstream_totals_json(const View& view);

}  // namespace control
