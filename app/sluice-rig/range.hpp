// SPDX-License-Identifier: Apache-2.0
/// @file range.hpp – numbers of a command line that have bounds.
///
/// Purpose    CLI::Range lets "nan" pass, which is within no bounds.
/// Threads    main.
#pragma once

#include <charconv>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

namespace sluice_rig {

[[nodiscard]] inline CLI::Validator within(double least, double most) {
  const auto check = [=](const std::string& text) -> std::string {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    if (is_number && value >= least && value <= most) return {};
    return fmt::format("'{}' is no number from {} to {}", text, least, most);
  };
  return {check, fmt::format("{} to {}", least, most)};
}

}  // namespace sluice_rig
