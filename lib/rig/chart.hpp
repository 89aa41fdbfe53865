// SPDX-License-Identifier: Apache-2.0
/// @file chart.hpp – pictures of figures as SVG.
///
/// Purpose    lines and bars that a page shows without help from a network, and that a black-and-white printer does not
///            spoil: lines differ by dashes and markers, not only by shade.
/// Threads    pure functions.
/// Cost       text in memory, some kilobytes a chart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rig {

enum class Scale { kLinear, kLog };

struct Tick {
  double at = 0;
  std::string text;
};

struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;  // by x
  bool has_markers = true;
};

/// A horizontal line of its own: a limit.
struct Level {
  double at = 0;
  std::string text;
};

struct Chart {
  std::string title;
  std::string x_label;
  std::string y_label;
  Scale x_scale = Scale::kLinear;
  Scale y_scale = Scale::kLinear;
  std::vector<Line> lines;
  std::vector<Level> levels;
  std::vector<Tick> x_ticks;     // empty: round numbers
  std::optional<double> y_from;  // else what the points need
  std::optional<double> y_to;
  std::string y_unit;  // behind the numbers of the axis: " %"
};

struct Bar {
  std::string name;
  double value = 0;
};

struct BarChart {
  std::string title;
  std::string x_label;  // of the values
  std::vector<Bar> bars;
  std::string unit;
  int digits = 1;
};

[[nodiscard]] std::string to_svg(const Chart& chart);
[[nodiscard]] std::string to_svg(const BarChart& chart);

/// With &, <, > and quotes as entities.
[[nodiscard]] std::string escaped(std::string_view text);
/// 950, 12k, 3.4M: short for an axis.
[[nodiscard]] std::string short_number(double value);

}  // namespace rig
