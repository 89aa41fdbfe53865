// SPDX-License-Identifier: Apache-2.0
// Times as logs write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace trace {

/// 1973: what is earlier counts from a trace's beginning, or lacks its year.
inline constexpr std::int64_t kFirstUnixNs = 100'000'000'000'000'000;

/// A time at the front of a text, and how many characters it takes.
struct Stamp {
  std::int64_t unix_ns = 0;
  std::size_t chars = 0;
  bool has_year = true;
};

/// One of
///   2026-11-26T04:34:14.123Z   2026-11-26 04:34:14,123+01:00   RFC 3339 and what is close to it; no zone: UTC
///   26-Nov-2026 04:34:14.123                                   BIND
///   Nov 26 04:34:14            Nov  6 04:34:14                 syslog: no year, taken for 1970
[[nodiscard]] std::optional<Stamp> read_stamp(std::string_view text) noexcept;

/// Seconds with or without a fraction, to the nanosecond.
[[nodiscard]] std::optional<std::int64_t> read_seconds(std::string_view text) noexcept;

/// Times without a year: those that jump back by more than half a year are of the next one.
class YearGuess {
 public:
  [[nodiscard]] std::int64_t place(const Stamp& stamp) noexcept;

 private:
  std::int64_t years_ns_ = 0;
  std::int64_t last_ns_ = 0;
};

}  // namespace trace
