// SPDX-License-Identifier: Apache-2.0
/// @file eal_args.hpp – the argument vector of rte_eal_init(), as a pure function.
///
/// Purpose    lcores, memory and devices follow from Settings; what an operator passes besides goes last and, where it
///            names the same option, replaces ours. Options that Settings must know (lcores, devices) are refused.
/// Threads    control, at start.
/// Ownership  returns its own strings; element 0 is the program's name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "diag/result.hpp"

namespace config {

/// `extra` comes from the command line, after "--"; it follows Settings::eal.
[[nodiscard]] diag::Result<std::vector<std::string>> eal_args(const Settings& settings,
                                                              std::span<const std::string> extra = {});

/// What makes an EAL argument unacceptable, or an empty string.
[[nodiscard]] std::string eal_argument_problem(std::string_view argument);

}  // namespace config
