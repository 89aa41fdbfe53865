// SPDX-License-Identifier: Apache-2.0
/// @file command_line.hpp – the daemon's options.
///
/// Purpose    sluice -c FILE [--check-config] [--profiles DIR] [--log-level LEVEL] [-- EAL ARGUMENTS…], and options that
///            only print: --print-schema, --print-config-docs, --version, --help.
/// Threads    control, at start.
/// Errors     a sentence of CLI11 and where help is; its exceptions end here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "diag/log.hpp"
#include "diag/result.hpp"

namespace config {

inline constexpr const char* kDefaultFile = "/etc/sluice/sluice.yaml";

enum class Action : std::uint8_t {
  kRun,
  kCheckConfig,  // load the file, print its errors or that there are none, and exit
  kPrint,        // write CommandLine::output to stdout and exit with status 0
};

struct CommandLine {
  Action action = Action::kRun;
  std::filesystem::path file = kDefaultFile;
  std::filesystem::path profiles;           // for profile_dirs(); empty: the usual places
  std::optional<diag::LogLevel> log_level;  // overrides log.level
  std::vector<std::string> eal;             // what stood after "--", for eal_args()
  std::string output;                       // of kPrint
};

/// `arguments[0]` is the program's name.
[[nodiscard]] diag::Result<CommandLine> parse_command_line(std::span<const char* const> arguments);

}  // namespace config
