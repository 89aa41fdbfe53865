// SPDX-License-Identifier: Apache-2.0
// Retry profiles by name.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "trace/dictionary.hpp"

namespace trace {

inline constexpr std::array<std::string_view, kRetryProfiles> kRetryNames{"", "none", "glibc", "cares", "windows"};

[[nodiscard]] inline std::string_view retry_name(RetryProfile profile) noexcept {
  return kRetryNames[static_cast<std::size_t>(profile)];
}
[[nodiscard]] inline std::optional<RetryProfile> retry_from_name(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kRetryProfiles; ++i) {
    if (kRetryNames[i] == name) return static_cast<RetryProfile>(i);
  }
  return std::nullopt;
}

}  // namespace trace
