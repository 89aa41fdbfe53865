// SPDX-License-Identifier: Apache-2.0
/// @file command.hpp – one subcommand of sluice-rig.
///
/// Purpose    each has a file of its own: it declares its options when it is made, and runs when it was named. commands.cpp
///            lists them.
/// Threads    main.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "diag/result.hpp"

namespace sluice_rig {

class Command {
 public:
  Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;

  [[nodiscard]] virtual CLI::App* command() const noexcept = 0;
  /// `line`: the command as it was given. An error's exit status becomes the program's: 1 for wrong input, 2 when it
  /// could not run.
  [[nodiscard]] virtual diag::Status run(const std::string& line) = 0;
};

/// All subcommands, in the order of --help.
[[nodiscard]] std::vector<std::unique_ptr<Command>> make_commands(CLI::App& app);

}  // namespace sluice_rig
