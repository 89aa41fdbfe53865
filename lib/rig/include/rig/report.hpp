// SPDX-License-Identifier: Apache-2.0
/// @file report.hpp – results as one HTML page: charts, a table, and a short explanation.
///
/// Purpose    one HTML file that opens without a network and prints in black and white; the pictures alone as SVG files.
/// Threads    pure functions.
#pragma once

#include <string>
#include <vector>

#include "rig/results.hpp"

namespace rig {

struct Picture {
  std::string name;  // of a file: "hit-ratio"
  std::string svg;
  std::string words;  // what to see in it
};

/// Those that these results have figures for.
[[nodiscard]] std::vector<Picture> pictures_of(const Results& results);

/// `command`: how the figures were made.
[[nodiscard]] std::string to_html(const Results& results, const std::string& command);

}  // namespace rig
