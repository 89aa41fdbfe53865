// SPDX-License-Identifier: Apache-2.0
/// @file eal_args.hpp – the argument vector of rte_eal_init(), as a pure function.
///
/// Purpose    lcores, memory and devices follow from EalSpec; further arguments of the operator come last and, where one
///            is an option of ours, replaces it. Options that select lcores are rejected.
/// Threads    control, at start.
/// Ownership  returns its own strings; element 0 is the program's name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.hpp"
#include "diag/result.hpp"
#include "profile/profile.hpp"

namespace profile {

struct LcorePlace {
  base::LcoreId lcore;
  std::uint32_t cpu = 0;
};

/// What the configuration decides of EAL.
struct EalSpec {
  Profile profile;
  std::string device;
  std::uint16_t workers = 1;
  std::vector<LcorePlace> lcores;  // the last one is the main lcore, which control runs on
  bool hugepages = false;
  std::uint64_t eal_bytes = 0;           // what EAL must find
  std::filesystem::path control_socket;  // two daemons of one machine differ in it, and so in their file prefix
  std::vector<std::string> arguments;    // of the configuration file's `eal`
};

/// `extra` comes from the command line, after "--"; it follows EalSpec::arguments.
[[nodiscard]] diag::Result<std::vector<std::string>> eal_args(const EalSpec& spec,
                                                              std::span<const std::string> extra = {});

/// What makes an EAL argument unacceptable, or an empty string.
[[nodiscard]] std::string eal_argument_problem(std::string_view argument);

}  // namespace profile
