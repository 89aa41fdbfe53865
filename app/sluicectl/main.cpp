// SPDX-License-Identifier: Apache-2.0
// sluicectl: asks a running appliance. Exit status 0: done; 1: the request was wrong; 2: no appliance answers.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "client.hpp"
#include "render.hpp"

namespace sluicectl {
namespace {

constexpr int kWrongRequest = 1;
constexpr std::chrono::seconds kMovePatience{600};  // gigabytes to a disk

struct Options {
  std::string socket = "/run/sluice/control.sock";
  bool json = false;
  std::string name;
  std::string type;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  bool suffix = false;
  bool all = false;  // says what no name says, too
  unsigned limit = 0;
  std::string prefix;
  std::string action = "cache-only";
  std::string file;
  std::uint64_t for_sec = 60;
  std::string reason;
  std::string subject = "clients";
  std::string by = "queries";
  bool once = false;
  bool live = false;  // shown anew every second until it is interrupted
};

void add_cache(CLI::App& app, Options& options, Json& request) {
  auto* const cache = app.add_subcommand("cache", "Look into the cache, keep it in a file, or empty it")
                          ->require_subcommand(1)
                          ->fallthrough();
  auto* const lookup = cache->add_subcommand("lookup", "Show what is stored for a question")->fallthrough();
  lookup->add_option("NAME", options.name, "Domain name")->required();
  lookup->add_option("TYPE", options.type, "Record type: A, AAAA, ... or TYPE123")->required();
  lookup->add_flag("--do", options.dnssec_ok, "As stored for clients that set the DO bit");
  lookup->add_flag("--cd", options.checking_disabled, "As stored for clients that set the CD bit");
  lookup->callback([&] {
    request = {{"verb", "cache_lookup"},
               {"args",
                {{"name", options.name},
                 {"type", options.type},
                 {"do", options.dnssec_ok},
                 {"cd", options.checking_disabled}}}};
  });
  cache->add_subcommand("stats", "Show where the memory is, and who has to go")->fallthrough()->callback([&] {
    request = {{"verb", "cache_stats"}};
  });
  const auto add_file = [&](const char* command, const char* verb, const char* help) {
    auto* const moved = cache->add_subcommand(command, help)->fallthrough();
    moved->add_option("FILE", options.file, "File on the appliance's machine")->required();
    moved->callback([&options, &request, verb] {
      request = {{"verb", verb}, {"args", {{"file", std::filesystem::absolute(options.file).string()}}}};
    });
  };
  add_file("dump", "cache_dump", "Write every answer into a file, from which a cache can be loaded");
  add_file("load", "cache_load", "Add the answers of a file, aged by the time since it was written");
  auto* const flush =
      cache->add_subcommand("flush", "Remove a name, a name and all below it, a type, or everything")->fallthrough();
  auto* const name = flush->add_option("NAME", options.name, "Domain name; without one everything is removed");
  flush->add_flag("--suffix,--subtree", options.suffix, "Also everything below the name")->needs(name);
  auto* const type =
      flush->add_option("--type", options.type, "Only what is stored for this record type: A, AAAA, ... or TYPE123");
  flush->add_flag("--all", options.all, "Everything, which is the default without a name")->excludes(name);
  // Given but empty is not the same as not given: an unset variable in a script must not empty the cache.
  flush->callback([&options, &request, name, type] {
    Json args = {{"scope", name->count() == 0 ? "everything" : options.suffix ? "subtree" : "name"}};
    if (name->count() != 0) args["name"] = options.name;
    if (type->count() != 0) args["type"] = options.type;
    request = {{"verb", "cache_flush"}, {"args", args}};
  });
}

void add_top(CLI::App& app, Options& options, Json& request) {
  auto* const top = app.add_subcommand("top", "Who asks most, and for what, each second")->fallthrough();
  top->add_option("SUBJECT", options.subject, "clients, names, zones or types")
      ->check(CLI::IsMember({"clients", "names", "zones", "types"}))
      ->capture_default_str();
  top->add_option("--by", options.by, "queries, misses, upstream or bytes")
      ->check(CLI::IsMember({"queries", "misses", "upstream", "bytes"}))
      ->capture_default_str();
  auto* const limit = top->add_option("--limit", options.limit, "Rows to show at most (default 20)");
  top->add_flag("--once", options.once, "The last second only, as when it does not go to a terminal");
  top->callback([&options, &request, limit] {
    Json args = {{"subject", options.subject}, {"by", options.by}};
    if (limit->count() != 0) args["limit"] = options.limit;
    request = {{"verb", "top"}, {"args", args}};
    options.live = !options.once && isatty(STDOUT_FILENO) == 1;
  });
}

void add_blocks(CLI::App& app, Options& options, Json& request) {
  auto* const blocks =
      app.add_subcommand("blocks", "Clients that are blocked for a while")->require_subcommand(1)->fallthrough();
  blocks->add_subcommand("list", "Who is blocked, why, and for how long")->fallthrough()->callback([&request] {
    request = {{"verb", "blocks_list"}};
  });
  auto* const add = blocks->add_subcommand("add", "Block an address or a network")->fallthrough();
  add->add_option("PREFIX", options.prefix, "10.0.0.7, 10.0.0.0/24, fd00::/64")->required();
  add->add_option("--action", options.action, "cache-only: only what is in the cache; refuse: REFUSED; drop: nothing")
      ->check(CLI::IsMember({"cache-only", "refuse", "drop"}))
      ->capture_default_str();
  const std::map<std::string, std::uint64_t> units{{"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}};
  add->add_option("--for", options.for_sec, "How long: 90s, 10m, 1h")
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::DEFAULT, "TIME"))
      ->capture_default_str();
  add->add_option("--reason", options.reason, "What the log and the list say")->required();
  add->callback([&] {
    request = {{"verb", "blocks_add"},
               {"args",
                {{"prefix", options.prefix},
                 {"action", options.action},
                 {"for_sec", options.for_sec},
                 {"reason", options.reason}}}};
  });
  auto* const clear = blocks->add_subcommand("clear", "End one block, or all")->fallthrough();
  auto* const which = clear->add_option("PREFIX", options.prefix, "As the list shows it; without one all are ended");
  // Given but empty is not the same as not given.
  clear->callback([&options, &request, which] {
    request = {{"verb", "blocks_clear"}};
    if (which->count() != 0) request["args"] = {{"prefix", options.prefix}};
  });
}

void add_verbs(CLI::App& app, Options& options, Json& request) {
  const auto plain = [&](const char* verb, const char* help) {
    app.add_subcommand(verb, help)->fallthrough()->callback([&request, verb] { request = {{"verb", verb}}; });
  };
  plain("status", "How the appliance is, on one screen");
  plain("stats", "Every counter that has moved");
  plain("upstreams", "Budgets, and the servers that are asked");
  plain("reload", "Read the configuration again; a bad file changes nothing");
  plain("version", "Versions of this program and of the appliance");
  plain("fetchlimit", "Servers and zones whose quota holds questions back");
  for (const char* const verb : {"inflight", "recursing"}) {
    auto* const inflight = app.add_subcommand(verb, "Questions on their way upstream, and who waits")->fallthrough();
    auto* const limit = inflight->add_option("--limit", options.limit, "Rows to show at most (default 1000)");
    inflight->callback([&request, &options, verb, limit] {
      request = {{"verb", verb}};
      if (limit->count() != 0) request["args"] = {{"limit", options.limit}};
    });
  }
  add_cache(app, options, request);
  add_top(app, options, request);
  add_blocks(app, options, request);
}

int show(const Options& options, const Json& request) {
  const bool takes_long = request["verb"] == "cache_dump" || request["verb"] == "cache_load";
  const auto data = ask(options.socket, request, takes_long ? kMovePatience : kReplyTimeout);
  if (!data) {
    fmt::print(stderr, "sluicectl: {}\n", data.error().sentence());
    return data.error().exit_status();
  }
  std::string text = options.json ? data->dump(2) + "\n" : render(request["verb"].get<std::string>(), *data);
  constexpr const char* kClearScreen = "\x1b[H\x1b[2J";
  if (options.live && !options.json) text.insert(0, kClearScreen);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  return 0;
}

int run(int argc, char** argv) {
  Options options;
  Json request;
  CLI::App app("Asks a running sluice appliance over its control socket.", "sluicectl");
  app.set_version_flag("--version", std::string("sluicectl " SLUICE_VERSION));
  app.add_option("--socket", options.socket, "The appliance's control socket")
      ->envname("SLUICE_CONTROL")
      ->capture_default_str();
  app.add_flag("--json", options.json, "Print the reply's data as JSON");
  app.require_subcommand(1);
  add_verbs(app, options, request);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongRequest;
  }
  int status = show(options, request);
  while (options.live && status == 0) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    status = show(options, request);
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
