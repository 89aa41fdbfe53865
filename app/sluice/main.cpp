// SPDX-License-Identifier: Apache-2.0
// The daemon: command line, configuration, then the appliance until SIGTERM.
#include <cstdio>
#include <span>

#include <fmt/core.h>

#include "config/command_line.hpp"
#include "config/config.hpp"
#include "control/daemon.hpp"
#include "diag/log.hpp"
#include "profile/eal_args.hpp"
#include "profile/machine.hpp"

namespace {

diag::Status run(const config::CommandLine& line) {
  const auto machine = profile::probe_machine();
  if (!machine) return diag::fail(machine.error());
  // Probed once: later this thread runs on one CPU, and the hugepages are in use.
  const control::Loader load = [&line, &machine] {
    auto settings = config::load(line.file, *machine, profile::profile_dirs(line.profiles));
    if (settings && line.log_level) settings->log_level = *line.log_level;
    return settings;
  };
  auto settings = load();
  if (!settings) return diag::fail(settings.error());
  auto eal = profile::eal_args(config::eal_spec(*settings), line.eal);
  if (!eal) return diag::fail(eal.error());
  if (line.action == config::Action::kCheckConfig) {
    fmt::print("{}: no errors\n", line.file.string());
    return {};
  }
  diag::start_log(settings->log_level);
  return control::run_daemon(*settings, std::move(*eal), load);
}

}  // namespace

int main(int argc, char** argv) {
  const auto line = config::parse_command_line(std::span<const char* const>(argv, static_cast<std::size_t>(argc)));
  if (line && line->action == config::Action::kPrint) {
    fmt::print("{}", line->output);
    return 0;
  }
  const diag::Status status = line ? run(*line) : diag::Status(diag::fail(line.error()));
  if (status) return 0;
  fmt::print(stderr, "{}\n", status.error().sentence());
  return status.error().exit_status();
}
