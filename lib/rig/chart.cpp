// SPDX-License-Identifier: Apache-2.0
// Lines in a frame: scales, ticks, dashes and markers; the legend stands beside the frame and repeats both.
#include "chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/core.h>

namespace rig {
namespace {

constexpr double kWidth = 860;
constexpr double kHeight = 400;
constexpr double kLeft = 74;
constexpr double kRight = 210;  // the legend's
constexpr double kTop = 44;
constexpr double kBottom = 58;
constexpr double kPlotWidth = kWidth - kLeft - kRight;
constexpr double kPlotHeight = kHeight - kTop - kBottom;
constexpr double kLegendLine = 22;
constexpr std::size_t kMostLegend = 14;
constexpr std::string_view kFont = "font-family=\"Helvetica,Arial,sans-serif\"";

/// Told apart without colour: shades that stay apart in grey, with dashes and markers of their own.
struct Style {
  std::string_view colour;
  std::string_view dash;
  char marker;
};
constexpr std::array<Style, 8> kStyles{{{"#000000", "", 'o'},
                                        {"#0b5fa5", "7 3", 's'},
                                        {"#b3470b", "2 3", 't'},
                                        {"#4a7d1a", "10 3 2 3", 'd'},
                                        {"#6b3fa0", "5 2 1 2 1 2", 'x'},
                                        {"#7a7a7a", "14 4", 'p'},
                                        {"#008080", "1 2", 'v'},
                                        {"#a8005a", "4 4", 'o'}}};

const Style& style_of(std::size_t line) { return kStyles[line % kStyles.size()]; }

std::string marker(char kind, double x, double y, std::string_view colour) {
  const auto path = [&](std::string_view shape, std::string_view fill) {
    return fmt::format(
        "<path transform=\"translate({:.1f} {:.1f})\" d=\"{}\" fill=\"{}\" stroke=\"{}\" "
        "stroke-width=\"1.5\"/>",
        x, y, shape, fill, colour);
  };
  switch (kind) {
    case 's':
      return path("M-4-4h8v8h-8z", "white");
    case 't':
      return path("M0-5L5 4H-5z", colour);
    case 'd':
      return path("M0-5.5L5.5 0L0 5.5L-5.5 0z", "white");
    case 'x':
      return path("M-4-4L4 4M-4 4L4-4", "none");
    case 'p':
      return path("M-5 0H5M0-5V5", "none");
    case 'v':
      return path("M0 5L5-4H-5z", "white");
    default:
      return path("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", colour);
  }
}

std::string text(double x, double y, std::string_view anchor, double size, std::string_view what,
                 std::string_view more = "") {
  return fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-size=\"{}\" {} fill=\"#111\"{}>{}</text>\n", x, y,
      anchor, size, kFont, more, escaped(what));
}

/// From values to places.
struct Axis {
  Scale scale = Scale::kLinear;
  double from = 0;
  double to = 1;
  double place_from = 0;
  double place_to = 1;

  [[nodiscard]] double place(double value) const {
    const double share = scale == Scale::kLog ? (std::log10(std::max(value, from)) - std::log10(from)) /
                                                    (std::log10(to) - std::log10(from))
                                              : (value - from) / (to - from);
    return place_from + std::clamp(share, -0.02, 1.02) * (place_to - place_from);
  }
};

/// 1, 2 or 5 times a power of ten, so that about `wanted` of them fit.
std::vector<Tick> round_ticks(const Axis& axis, int wanted, std::string_view unit) {
  std::vector<Tick> ticks;
  if (axis.scale == Scale::kLog) {
    for (double at = std::pow(10, std::floor(std::log10(axis.from))); at <= axis.to * 1.001; at *= 10) {
      if (at >= axis.from * 0.999) ticks.push_back({at, short_number(at) + std::string(unit)});
    }
    return ticks;
  }
  const double raw = (axis.to - axis.from) / wanted;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  const double step = raw / power <= 1   ? power
                      : raw / power <= 2 ? 2 * power
                      : raw / power <= 5 ? 5 * power
                                         : 10 * power;
  for (double at = std::ceil(axis.from / step - 1e-9) * step; at <= axis.to + step * 1e-6; at += step) {
    ticks.push_back({at, short_number(std::abs(at) < step * 1e-6 ? 0 : at) + std::string(unit)});
  }
  return ticks;
}

struct Range {
  double from = std::numeric_limits<double>::infinity();
  double to = -std::numeric_limits<double>::infinity();
  void take(double value) {
    from = std::min(from, value);
    to = std::max(to, value);
  }
  [[nodiscard]] bool is_empty() const { return from > to; }
};

Axis axis_over(Range range, Scale scale, double place_from, double place_to) {
  if (range.is_empty()) range = {.from = scale == Scale::kLog ? 1.0 : 0.0, .to = 1.0};
  if (scale == Scale::kLog) range.from = std::max(range.from, 1e-9);
  if (range.to <= range.from) range.to = scale == Scale::kLog ? range.from * 10 : range.from + 1;
  return {scale, range.from, range.to, place_from, place_to};
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart) {
    Range x;
    Range y;
    for (const Line& line : chart.lines) {
      for (const auto& [at, value] : line.points) {
        x.take(at);
        y.take(value);
      }
    }
    for (const Level& level : chart.levels) y.take(level.at);
    if (!y.is_empty() && chart.y_scale == Scale::kLinear) y.to += (y.to - std::min(y.from, 0.0)) * 0.05;
    if (chart.y_scale == Scale::kLinear && !chart.y_from && !y.is_empty()) y.from = std::min(y.from, 0.0);
    if (chart.y_from) y.from = *chart.y_from;
    if (chart.y_to) y.to = *chart.y_to;
    x_ = axis_over(x, chart.x_scale, kLeft, kLeft + kPlotWidth);
    y_ = axis_over(y, chart.y_scale, kTop + kPlotHeight, kTop);
  }

  [[nodiscard]] std::string svg() {
    out_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
        "aria-label=\"{}\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        kWidth, kHeight, escaped(chart_.title));
    out_ += text(kLeft, 24, "start", 16, chart_.title, " font-weight=\"bold\"");
    draw_grid();
    for (const Level& level : chart_.levels) draw_level(level);
    for (std::size_t i = 0; i < chart_.lines.size(); ++i) draw_line(i);
    draw_legend();
    return out_ + "</svg>\n";
  }

 private:
  void draw_grid() {
    const double bottom = kTop + kPlotHeight;
    const double right = kLeft + kPlotWidth;
    for (const Tick& tick : round_ticks(y_, 6, chart_.y_unit)) {
      const double y = y_.place(tick.at);
      out_ += fmt::format("<path d=\"M{} {:.1f}H{}\" stroke=\"#ddd\"/>\n", kLeft, y, right);
      out_ += text(kLeft - 8, y + 4, "end", 12, tick.text);
    }
    const std::vector<Tick> ticks = chart_.x_ticks.empty() ? round_ticks(x_, 8, "") : chart_.x_ticks;
    for (const Tick& tick : ticks) {
      const double x = x_.place(tick.at);
      out_ += fmt::format("<path d=\"M{:.1f} {}v5\" stroke=\"#111\"/>\n", x, bottom);
      out_ += text(x, bottom + 19, "middle", 12, tick.text);
    }
    out_ += fmt::format("<path d=\"M{} {}V{}H{}\" fill=\"none\" stroke=\"#111\"/>\n", kLeft, kTop, bottom, right);
    out_ += text(kLeft + kPlotWidth / 2, bottom + 42, "middle", 13, chart_.x_label);
    const double middle = kTop + kPlotHeight / 2;
    out_ += text(18, middle, "middle", 13, chart_.y_label, fmt::format(" transform=\"rotate(-90 18 {:.1f})\"", middle));
  }
  void draw_level(const Level& level) {
    const double y = y_.place(level.at);
    out_ += fmt::format("<path d=\"M{} {:.1f}H{}\" stroke=\"#111\" stroke-width=\"1.5\" stroke-dasharray=\"1 3\"/>\n",
                        kLeft, y, kLeft + kPlotWidth);
    out_ += text(kLeft + kPlotWidth - 6, y - 5, "end", 12, level.text);
  }
  void draw_line(std::size_t index) {
    const Line& line = chart_.lines[index];
    const Style& style = style_of(index);
    std::string path;
    for (const auto& [x, y] : line.points) {
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x_.place(x), y_.place(y));
    }
    out_ += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-dasharray=\"{}\"/>\n",
                        path, style.colour, line.has_markers ? 2 : 1.4, style.dash);
    if (!line.has_markers) return;
    for (const auto& [x, y] : line.points) out_ += marker(style.marker, x_.place(x), y_.place(y), style.colour);
    out_ += "\n";
  }
  void draw_legend() {
    const double x = kLeft + kPlotWidth + 18;
    const std::size_t count = std::min(chart_.lines.size(), kMostLegend);
    for (std::size_t i = 0; i < count; ++i) {
      const Style& style = style_of(i);
      const double y = kTop + 8 + kLegendLine * static_cast<double>(i);
      out_ += fmt::format("<path d=\"M{:.1f} {:.1f}h34\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>", x,
                          y, style.colour, style.dash);
      if (chart_.lines[i].has_markers) out_ += marker(style.marker, x + 17, y, style.colour);
      out_ += text(x + 42, y + 4, "start", 12, chart_.lines[i].name);
    }
  }

  const Chart& chart_;
  Axis x_;
  Axis y_;
  std::string out_;
};

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string short_number(double value) {
  const double size = std::abs(value);
  if (size >= 1e9) return fmt::format("{:.3g}G", value / 1e9);
  if (size >= 1e6) return fmt::format("{:.3g}M", value / 1e6);
  if (size >= 1e4) return fmt::format("{:.3g}k", value / 1e3);
  return fmt::format("{:.4g}", value);
}

std::string to_svg(const Chart& chart) { return Drawing(chart).svg(); }

std::string to_svg(const BarChart& chart) {
  constexpr double kBar = 24;
  constexpr double kNames = 190;
  const double height = kTop + kBar * static_cast<double>(chart.bars.size()) + 34;
  double most = 0;
  for (const Bar& bar : chart.bars) most = std::max(most, bar.value);
  const double room = kWidth - kNames - 90;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
      "aria-label=\"{}\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kWidth, height, escaped(chart.title));
  out += text(16, 24, "start", 16, chart.title, " font-weight=\"bold\"");
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const double y = kTop + kBar * static_cast<double>(i);
    const double width = most > 0 ? room * chart.bars[i].value / most : 0;
    out += text(kNames - 10, y + 15, "end", 12, chart.bars[i].name);
    out +=
        fmt::format("<rect x=\"{}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" fill=\"#c9d6e4\" stroke=\"#111\"/>\n",
                    kNames, y, width, kBar - 7);
    out += text(kNames + width + 8, y + 15, "start", 12,
                fmt::format("{:.{}f}{}", chart.bars[i].value, chart.digits, chart.unit));
  }
  out += text(kNames, height - 12, "start", 12, chart.x_label);
  return out + "</svg>\n";
}

}  // namespace rig
