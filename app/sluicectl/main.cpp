// SPDX-License-Identifier: Apache-2.0
// sluicectl: sends one request to a running appliance and prints the reply.
// Exit status 0: done; 1: the request was wrong; 2: no appliance answers, or it cannot do this now; 3: a bug.
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "client.hpp"
#include "commands.hpp"
#include "render.hpp"

namespace sluicectl {
namespace {

constexpr int kWrongRequest = 1;
constexpr std::chrono::seconds kSlowReplyTimeout{600};  // a snapshot of gigabytes goes to a disk

struct Options {
  std::string socket = "/run/sluice/control.sock";
  bool json = false;
};

int show(const Options& options, const Commands& commands, bool is_live) {
  const bool is_slow = commands.verb().pace == verbs::Pace::kSlow;
  const auto data = ask(options.socket, commands.request(), is_slow ? kSlowReplyTimeout : kReplyTimeout);
  if (!data) {
    fmt::print(stderr, "sluicectl: {}\n", data.error().sentence());
    return data.error().exit_status();
  }
  std::string text = options.json ? data->dump(2) + "\n" : render(commands.verb().name, *data);
  constexpr const char* kClearScreen = "\x1b[H\x1b[2J";
  if (is_live && !options.json) text.insert(0, kClearScreen);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  return 0;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Sends a request to a running Sluice appliance over its control socket.", "sluicectl");
  app.set_version_flag("--version", std::string("sluicectl " SLUICE_VERSION));
  app.add_option("--socket", options.socket, "Control socket of the appliance")
      ->envname("SLUICE_CONTROL")
      ->capture_default_str();
  app.add_flag("--json", options.json, "Print the data of the reply as JSON");
  app.require_subcommand(1);
  Commands commands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongRequest;
  }
  const bool is_live = commands.verb().pace == verbs::Pace::kLive && !commands.once() && isatty(STDOUT_FILENO) == 1;
  int status = show(options, commands, is_live);
  while (is_live && status == 0) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    status = show(options, commands, is_live);
  }
  return status;
}

}  // namespace
}  // namespace sluicectl

int main(int argc, char** argv) {
  try {
    return sluicectl::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sluicectl: %s\n", error.what());
    return 3;
  }
}
