// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "convert.hpp"
#include "generate.hpp"
#include "inspect.hpp"

namespace sluice_rig {

std::vector<std::unique_ptr<Command>> make_commands(CLI::App& app) {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<Generate>(app));
  commands.push_back(std::make_unique<Convert>(app));
  commands.push_back(std::make_unique<Inspect>(app));
  return commands;
}

}  // namespace sluice_rig
