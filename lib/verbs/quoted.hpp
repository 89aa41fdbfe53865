// SPDX-License-Identifier: Apache-2.0
/// @file quoted.hpp – an operator's own text inside an error sentence.
///
/// Purpose    quotes at most kMaxQuotedBytes of it, so that an error line stays short.
/// Threads    pure function.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace verbs {

inline constexpr std::size_t kMaxQuotedBytes = 80;

[[nodiscard]] inline std::string in_quotes(std::string_view text) {
  if (text.size() <= kMaxQuotedBytes) return fmt::format("'{}'", text);
  return fmt::format("'{}...'", text.substr(0, kMaxQuotedBytes));
}

}  // namespace verbs
