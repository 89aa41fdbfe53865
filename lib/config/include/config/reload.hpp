// SPDX-License-Identifier: Apache-2.0
/// @file reload.hpp – compares a new file with the running settings and merges them.
///
/// Purpose    compares settings key by key and makes the settings to go on with: new values where a key may change, the
///            running ones where it needs a restart.
/// Threads    control; pure functions.
/// Ownership  value types.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace config {

/// Texts are empty where a key is not there at all.
struct Change {
  std::string key;
  std::string before;
  std::string after;
};

struct Changes {
  std::vector<Change> live;
  std::vector<Change> restart;  // these keep their old values
  [[nodiscard]] bool none() const noexcept { return live.empty() && restart.empty(); }
};

struct Renewal {
  Settings settings;  // to go on with
  Changes changes;
};

/// Keys that differ, in the order of the file, divided by the column `reload` of the table.
[[nodiscard]] Changes compare(const Settings& running, const Settings& fresh);

/// Both are valid and of one machine. In addition to the table, a restart is needed for
///  - all of `uplinks` when their names differ, and for `forward` when it names an uplink that does not run;
///  - a budget between `none` and a number, or beyond what there is memory for (BudgetSettings::room_pps).
[[nodiscard]] Renewal renew(const Settings& running, Settings fresh);

}  // namespace config
