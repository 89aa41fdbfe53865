// SPDX-License-Identifier: Apache-2.0
// CLI11 to Options; its exceptions end here.
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "loadgen/values.hpp"
#include "net/text.hpp"

namespace sluice_blast {
namespace {

struct Words {
  std::string server;
  std::string server_port = "53";
  std::string duration = "10";
  std::string sources;
  std::string seed = "1";
  std::string outstanding = "0";
  std::string cpu;
  std::string realtime;
  std::vector<std::string> streams;
  PortOptions port;
  std::string gateway;
  std::string next_hop_mac;
  std::string authority;
  bool sockets = false;
};

void describe(CLI::App& app, Words& words, Options& options) {
  app.set_version_flag("--version", std::string("sluice-blast " SLUICE_VERSION));
  app.add_option("--server", words.server, "Address of the server")->required();
  app.add_option("--server-port", words.server_port, "Its UDP port")->capture_default_str();
  app.add_option("--stream", words.streams, "A stream of questions, key=value,...; may be repeated")
      ->required()
      ->allow_extra_args(false);
  app.add_option("--duration", words.duration, "How long streams ask that do not say it: 90, 1.5s, 2m")
      ->capture_default_str();
  app.add_option("--sources", words.sources, "Addresses of the clients: A-B, A/26, joined by '+'");
  app.add_option("--seed", words.seed, "The same seed asks the same questions")->capture_default_str();
  app.add_option("--outstanding", words.outstanding,
                 "Questions kept at once; 0: as many as rates and client timeouts need")
      ->capture_default_str();
  app.add_option("--cpu", words.cpu, "Run on this CPU");
  app.add_option("--realtime", words.realtime, "Ask with this priority of SCHED_FIFO: 1 to 99");
  auto* const sockets = app.add_flag("--sockets", words.sockets, "By UDP sockets (the default)");
  auto* const port =
      app.add_option("--port", words.port.profile, "By a port of DPDK: a profile (af_xdp, af_packet, memif, ...)")
          ->excludes(sockets);
  auto* const device =
      app.add_option("--device", words.port.device, "The port's interface, PCI address or socket")->needs(port);
  port->needs(device);
  app.add_option("--profiles", words.port.profiles, "Directory of profiles to look into first")->needs(port);
  app.add_option("--gateway", words.gateway, "The next hop, for a server that is not on the port's link")->needs(port);
  app.add_option("--next-hop-mac", words.next_hop_mac, "Its MAC, instead of asking for it")->needs(port);
  app.add_option("--authority", words.authority,
                 "Answer the server's own questions to this address: every name has an A")
      ->needs(port);
  app.add_option("--eal", words.port.eal, "An argument of EAL, may be repeated: --eal=--no-huge")
      ->needs(port)
      ->allow_extra_args(false);
  app.add_option("--json", options.json, "Write the report as JSON to this file, '-' for standard output");
  app.add_flag("--quiet", options.quiet, "No page and no progress");
  app.footer("Keys of a stream:\n" + loadgen::stream_help() +
             "\nExit status: 0 done, 1 the command line is wrong, 2 it could not run, 3 there were wrong answers.");
}

auto wrong(std::string_view option, const diag::Error& error) { return diag::fail(error.at(option)); }

diag::Status take_numbers(const Words& words, Options& options) {
  const auto port = loadgen::parse_whole(words.server_port, 1, 65'535);
  if (!port) return wrong("--server-port", port.error());
  options.server_port = base::UdpPort(static_cast<std::uint16_t>(*port));
  const auto seed = loadgen::parse_whole(words.seed, 0, ~std::uint64_t{0});
  if (!seed) return wrong("--seed", seed.error());
  options.run.seed = *seed;
  const auto open = loadgen::parse_whole(words.outstanding, 0, loadgen::kMaxOpenQueries);
  if (!open) return wrong("--outstanding", open.error());
  options.run.max_open = static_cast<std::uint32_t>(*open);
  if (!words.cpu.empty()) {
    const auto cpu = loadgen::parse_whole(words.cpu, 0, 1'023);
    if (!cpu) return wrong("--cpu", cpu.error());
    options.cpu = *cpu;
  }
  if (!words.realtime.empty()) {
    const auto priority = loadgen::parse_whole(words.realtime, 1, 99);
    if (!priority) return wrong("--realtime", priority.error());
    options.realtime = static_cast<int>(*priority);
  }
  return {};
}

diag::Status take_addresses(const Words& words, Options& options) {
  const auto server = net::parse_address(words.server);
  if (!server) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("--server: '{}' is no address; allowed: 10.77.0.53, fd77::53", words.server));
  }
  options.server = *server;
  if (!words.sources.empty()) {
    auto sources = loadgen::parse_addresses(words.sources);
    if (!sources) return wrong("--sources", sources.error());
    options.run.sources = std::move(*sources);
  }
  return {};
}

diag::Status take_streams(const Words& words, Options& options) {
  const auto duration = loadgen::parse_duration(words.duration);
  if (!duration) return wrong("--duration", duration.error());
  if (words.streams.size() > loadgen::kMaxStreams) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("--stream: {} of them; allowed: {}", words.streams.size(), loadgen::kMaxStreams));
  }
  for (const std::string& text : words.streams) {
    auto stream = loadgen::parse_stream(text, {.duration = *duration, .number = options.run.streams.size() + 1});
    if (!stream) return diag::fail(stream.error());
    options.run.streams.push_back(std::move(*stream));
  }
  return {};
}

diag::Status take_port(const Words& words, Options& options) {
  if (words.port.profile.empty()) return {};
  options.port = words.port;
  if (!words.gateway.empty()) {
    options.port->gateway = net::parse_address(words.gateway);
    if (!options.port->gateway || options.port->gateway->is_v4() != options.server.is_v4()) {
      return diag::fail(diag::Code::kInvalid,
                        fmt::format("--gateway: '{}' is no address of the server's family; allowed: "
                                    "10.77.0.1, fd77::1",
                                    words.gateway));
    }
  }
  if (!words.authority.empty()) {
    const auto authority = net::parse_address(words.authority);
    if (!authority) {
      return diag::fail(diag::Code::kInvalid,
                        fmt::format("--authority: '{}' is no address; allowed: 10.77.0.2, fd77::2", words.authority));
    }
    options.port->authority = *authority;
  }
  if (words.next_hop_mac.empty()) return {};
  options.port->next_hop_mac = net::parse_mac(words.next_hop_mac);
  if (options.port->next_hop_mac) return {};
  return diag::fail(diag::Code::kInvalid,
                    fmt::format("--next-hop-mac: '{}' is no MAC; allowed: 02:77:00:00:00:53", words.next_hop_mac));
}

diag::Status same_family(const Options& options) {
  const auto check = [&](const std::vector<net::IpAddress>& sources) -> diag::Status {
    for (const net::IpAddress& source : sources) {
      if (source.is_v4() == options.server.is_v4()) continue;
      return diag::fail(diag::Code::kInvalid,
                        fmt::format("sources: {} is of another family than the server {}", net::to_text(source).view(),
                                    net::to_text(options.server).view()));
    }
    return {};
  };
  if (auto same = check(options.run.sources); !same) return same;
  for (const loadgen::StreamSpec& stream : options.run.streams) {
    if (auto same = check(stream.sources); !same) return same;
    if (stream.spoof && stream.spoof->address.is_v4() != options.server.is_v4()) {
      return diag::fail(diag::Code::kInvalid,
                        fmt::format("stream '{}': spoof: {} is of another family than the server {}", stream.name,
                                    net::to_text(*stream.spoof).view(), net::to_text(options.server).view()));
    }
    if (stream.spoof && !options.port) {
      return diag::fail(diag::Code::kInvalid, fmt::format("stream '{}': spoof: sockets cannot send from addresses that "
                                                          "are not theirs; allowed: with --port",
                                                          stream.name));
    }
  }
  return {};
}

}  // namespace

diag::Result<Options> parse_options(int argc, const char* const* argv) {
  Options options;
  Words words;
  CLI::App app("Asks a DNS server as many clients would, and verifies every answer.", "sluice-blast");
  describe(app, words, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    options.exit_status = app.exit(error) == 0 ? 0 : 1;
    return options;
  }
  for (const auto take : {&take_numbers, &take_addresses, &take_port, &take_streams}) {
    if (auto taken = take(words, options); !taken) return diag::fail(taken.error());
  }
  if (auto same = same_family(options); !same) return diag::fail(same.error());
  return options;
}

}  // namespace sluice_blast
