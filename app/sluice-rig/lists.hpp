// SPDX-License-Identifier: Apache-2.0
/// @file lists.hpp – comma-separated words of a command line as values.
///
/// Purpose    each dimension of a grid is a list; an error quotes the wrong word and says what is allowed.
/// Threads    main.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "diag/result.hpp"

namespace sluice_rig {

/// Each word by parse(word); the option's name goes in front of an error.
template <class Parse>
auto parse_list(std::string_view option, const std::vector<std::string>& words, Parse&& parse)
    -> diag::Result<std::vector<typename decltype(parse(std::string_view{}))::value_type>> {
  std::vector<typename decltype(parse(std::string_view{}))::value_type> values;
  if (words.empty()) return diag::fail(diag::Code::kInvalid, fmt::format("{} has no value", option));
  for (const std::string& word : words) {
    auto value = parse(std::string_view(word));
    if (!value) return diag::fail(value.error().at(option));
    values.push_back(*value);
  }
  return values;
}

/// A whole number from `least` to `most`.
[[nodiscard]] inline diag::Result<std::uint32_t> parse_count(std::string_view word, std::uint32_t least,
                                                             std::uint32_t most) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error == std::errc{} && end == word.data() + word.size() && value >= least && value <= most) return value;
  return diag::fail(diag::Code::kInvalid, fmt::format("'{}' is no number from {} to {}", word, least, most));
}

}  // namespace sluice_rig
