// SPDX-License-Identifier: Apache-2.0
// sluice-rig: simulates caches over recorded or generated queries. Exit status 0: done; 1: the command line or a file is wrong;
// 2: it could not run; 3: a fault of its own.
#include <cstdio>
#include <new>
#include <system_error>

#include <fmt/core.h>

#include "command.hpp"

namespace sluice_rig {
namespace {

constexpr int kWrongRequest = 1;
constexpr int kCannotRun = 2;
constexpr int kOurFault = 3;

int cannot_run(const char* why) {
  std::fprintf(stderr, "sluice-rig: %s\n", why);
  return kCannotRun;
}

int run(int argc, char** argv) {
  CLI::App app("What caches of this size would do to these questions, before anything is bought.", "sluice-rig");
  app.set_version_flag("--version", std::string("sluice-rig " SLUICE_VERSION));
  app.require_subcommand(1);
  const auto commands = make_commands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongRequest;
  }
  std::string line = "sluice-rig";
  for (int i = 1; i < argc; ++i) line += fmt::format(" {}", argv[i]);
  for (const auto& command : commands) {
    if (!command->command()->parsed()) continue;
    const diag::Status done = command->run(line);
    if (done) return std::fflush(stdout) == 0 ? 0 : cannot_run("standard output cannot be written");
    fmt::print(stderr, "sluice-rig: {}\n", done.error().sentence());
    return done.error().exit_status();
  }
  return kWrongRequest;
}

}  // namespace
}  // namespace sluice_rig

int main(int argc, char** argv) {
  try {
    return sluice_rig::run(argc, argv);
  } catch (const std::bad_alloc&) {
    return sluice_rig::cannot_run("there is not enough memory");
  } catch (const std::system_error& error) {
    return sluice_rig::cannot_run(error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sluice-rig: %s\n", error.what());
    return sluice_rig::kOurFault;
  }
}
