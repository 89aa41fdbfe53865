// SPDX-License-Identifier: Apache-2.0
// CLI11 parses the arguments before "--"; the others are for EAL.
#include "config/command_line.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "reference.hpp"

namespace config {
namespace {

const std::map<std::string, diag::LogLevel> kLevels{{"debug", diag::LogLevel::kDebug},
                                                    {"info", diag::LogLevel::kInfo},
                                                    {"warn", diag::LogLevel::kWarn},
                                                    {"error", diag::LogLevel::kError}};

/// What only prints, and what it prints.
struct Printers {
  bool schema = false;
  bool docs = false;
  bool version = false;

  [[nodiscard]] std::optional<std::string> output() const {
    if (version) return fmt::format("sluice {}\n", SLUICE_VERSION);
    if (schema) return configuration_schema();
    if (docs) return configuration_markdown();
    return std::nullopt;
  }
};

}  // namespace

diag::Result<CommandLine> parse_command_line(std::span<const char* const> arguments) {
  const auto is_end = [](const char* argument) { return std::string_view(argument) == "--"; };
  const auto end = std::find_if(arguments.begin(), arguments.end(), is_end);
  CommandLine line;
  if (end != arguments.end()) line.eal.assign(end + 1, arguments.end());

  CLI::App app("Sluice: a DNS cache for a whole VPC, on DPDK.", "sluice");
  app.footer("Arguments after \"--\" are passed to DPDK's EAL.\nFull reference: docs/configuration.md");
  std::string level;
  bool check_config = false;
  Printers print;
  app.add_option("-c,--config", line.file, fmt::format("configuration file (default {})", kDefaultFile));
  app.add_flag("--check-config", check_config, "check the configuration and exit");
  app.add_option("--profiles", line.profiles, "directory of PMD profiles that is searched first");
  app.add_option("--log-level", level, "debug, info, warn or error; overrides log.level")
      ->check(CLI::IsMember(kLevels));
  app.add_flag("--print-schema", print.schema, "print the JSON Schema of the configuration and exit");
  app.add_flag("--print-config-docs", print.docs, "print docs/configuration.md and exit");
  app.add_flag("-V,--version", print.version, "print the version and exit");
  try {
    app.parse(static_cast<int>(std::distance(arguments.begin(), end)), arguments.data());
  } catch (const CLI::CallForHelp&) {
    line.action = Action::kPrint;
    line.output = app.help();
    return line;
  } catch (const CLI::Error& error) {
    return diag::fail(diag::Code::kInvalid, fmt::format("command line: {}; see sluice --help", error.what()));
  }
  if (!level.empty()) line.log_level = kLevels.at(level);
  if (check_config) line.action = Action::kCheckConfig;
  if (std::optional<std::string> output = print.output()) {
    line.action = Action::kPrint;
    line.output = std::move(*output);
  }
  return line;
}

}  // namespace config
