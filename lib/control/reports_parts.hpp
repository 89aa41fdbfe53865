// SPDX-License-Identifier: Apache-2.0
/// @file reports_parts.hpp – pieces that several reports share.
///
/// Purpose    budgets and upstreams of the View in the form in which status, stats and upstreams show them.
/// Threads    any.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "control/json.hpp"
#include "control/view.hpp"

namespace control {

[[nodiscard]] std::string uplink_name(const config::Settings& settings, std::size_t uplink);
/// [{"uplink", "limit_pps", "used_pkts", "queued", "refreshes"}]
[[nodiscard]] Json budgets_json(const View& view);
/// {"up", "total"}
[[nodiscard]] Json upstream_totals_json(const View& view);

}  // namespace control
