// SPDX-License-Identifier: Apache-2.0
// The columns of CSV, and words for flags and rcodes; docs/rig.md has them for people.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trace {

enum class Column : std::uint8_t {
  kTime,
  kClient,
  kQname,
  kQtype,
  kQclass,
  kTtl,
  kRcode,
  kBytes,
  kFlags,
  kRetry,
  kOther
};
inline constexpr std::size_t kColumns = 10;  // without kOther

/// Also under other tools' names for it.
[[nodiscard]] Column column_from_name(std::string_view name) noexcept;
/// As convert writes them, in order.
[[nodiscard]] std::string_view column_name(Column column) noexcept;

/// "tcp", "do+cd", "" for none.
[[nodiscard]] std::string flags_text(std::uint8_t flags);
[[nodiscard]] std::optional<std::uint8_t> flags_from_text(std::string_view text) noexcept;

}  // namespace trace
