// SPDX-License-Identifier: Apache-2.0
// sluicectl: asks a running appliance. Exit status 0: done; 1: the request was wrong; 2: no appliance answers.
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "client.hpp"
#include "render.hpp"

namespace sluicectl {
namespace {

constexpr int kWrongRequest = 1;

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
};

void add_cache(CLI::App& app, Options& options, Json& request) {
  auto* const cache =
      app.add_subcommand("cache", "Look into the cache, or empty it")->require_subcommand(1)->fallthrough();
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
    inflight->add_option("--limit", options.limit, "Rows to show at most (default 1000)");
    inflight->callback([&request, &options, verb] {
      request = {{"verb", verb}};
      if (options.limit != 0) request["args"] = {{"limit", options.limit}};
    });
  }
  add_cache(app, options, request);
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
  const auto data = ask(options.socket, request);
  if (!data) {
    fmt::print(stderr, "sluicectl: {}\n", data.error().sentence());
    return data.error().exit_status();
  }
  const std::string text = options.json ? data->dump(2) + "\n" : render(request["verb"].get<std::string>(), *data);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
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
