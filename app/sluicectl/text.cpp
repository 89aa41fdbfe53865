// SPDX-License-Identifier: Apache-2.0
// Numbers, times and tables as text.
#include "text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/core.h>

namespace sluicectl {

std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string uptime_text(std::uint64_t seconds) {
  const std::uint64_t days = seconds / 86'400;
  const std::string clock = fmt::format("{:02}:{:02}:{:02}", seconds / 3'600 % 24, seconds / 60 % 60, seconds % 60);
  return days == 0 ? clock : fmt::format("{} d {}", days, clock);
}

std::string micros_text(std::uint64_t microseconds) {
  if (microseconds < 1'000) return fmt::format("{} us", microseconds);
  if (microseconds < 10'000) return fmt::format("{:.1f} ms", static_cast<double>(microseconds) / 1e3);
  if (microseconds < 1'000'000) return fmt::format("{} ms", microseconds / 1'000);
  return fmt::format("{:.1f} s", static_cast<double>(microseconds) / 1e6);
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.1f} %", static_cast<double>(part) * 100 / static_cast<double>(whole));
}

std::string Table::text() const {
  std::vector<std::size_t> widths(columns_.size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool is_last = i + 1 == row.size();
      if (columns_[i] == Align::kRight) {
        text += fmt::format("{:>{}}", row[i], widths[i]);
      } else {
        text += is_last ? row[i] : fmt::format("{:<{}}", row[i], widths[i]);
      }
      text += is_last ? "\n" : "  ";
    }
  }
  return text;
}

}  // namespace sluicectl
