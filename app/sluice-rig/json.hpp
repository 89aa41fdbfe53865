// SPDX-License-Identifier: Apache-2.0
/// @file json.hpp – values of the trace library as JSON.
///
/// Purpose    the same shape in each subcommand's --json.
/// Threads    main.
#pragma once

#include <nlohmann/json.hpp>

#include "trace/skips.hpp"

namespace sluice_rig {

/// {"file_cut": {"count": 1, "damage": true, "places": ["offset 1024"]}}; empty when nothing was passed over.
[[nodiscard]] inline nlohmann::ordered_json skips_json(const trace::Skips& skips) {
  auto out = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < trace::kSkips; ++i) {
    const auto kind = static_cast<trace::Skip>(i);
    const trace::Skips::Entry& entry = skips.of(kind);
    if (entry.count == 0) continue;
    out[std::string(trace::skip_name(kind))] = {{"count", entry.count},
                                                {"damage", trace::skip_sort(kind) == trace::SkipSort::kDamage},
                                                {"places", entry.places}};
  }
  return out;
}

}  // namespace sluice_rig
