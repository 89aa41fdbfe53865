// SPDX-License-Identifier: Apache-2.0
// The list of subcommands.
#include "command.hpp"
#include "convert.hpp"
#include "generate.hpp"
#include "inspect.hpp"
#include "plan.hpp"
#include "replay.hpp"
#include "simulate.hpp"

namespace sluice_rig {

std::vector<std::unique_ptr<Command>> make_commands(CLI::App& app) {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<Generate>(app));
  commands.push_back(std::make_unique<Convert>(app));
  commands.push_back(std::make_unique<Inspect>(app));
  commands.push_back(std::make_unique<Simulate>(app));
  commands.push_back(std::make_unique<Plan>(app));
  commands.push_back(std::make_unique<Replay>(app));
  return commands;
}

}  // namespace sluice_rig
