// SPDX-License-Identifier: Apache-2.0
/// @file text.hpp – numbers, times and tables as text.
///
/// Purpose    1,234,567   12.3 MiB   1 d 02:03:04   450 ms; columns as wide as their widest cell.
/// Threads    pure functions and value types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluicectl {

[[nodiscard]] std::string grouped(std::uint64_t value);
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
[[nodiscard]] std::string uptime_text(std::uint64_t seconds);
[[nodiscard]] std::string micros_text(std::uint64_t microseconds);
/// "98.2 %"; "-" when `whole` is 0.
[[nodiscard]] std::string percent_text(std::uint64_t part, std::uint64_t whole);

enum class Align { kLeft, kRight };

/// Rows of cells; the last column is not padded.
class Table {
 public:
  explicit Table(std::vector<Align> columns) : columns_(std::move(columns)) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sluicectl
