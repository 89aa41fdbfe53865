// SPDX-License-Identifier: Apache-2.0
// sluice-blast: asks a DNS server as many clients would. Exit status 0: done; 1: the command line is wrong; 2: it could
// not run; 3: there were wrong answers.
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fstream>

#include <fmt/core.h>
#include <sched.h>
#include <sys/prctl.h>

#include "loadgen/report.hpp"
#include "loadgen/run.hpp"
#include "loadgen/socket_backend.hpp"
#include "net/text.hpp"
#include "options.hpp"
#include "port.hpp"
#include "progress.hpp"

namespace sluice_blast {
namespace {

constexpr int kCannotRun = 2;
constexpr int kWrongAnswers = 3;

diag::Status pin_to(std::size_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (::sched_setaffinity(0, sizeof set, &set) == 0) return {};
  return diag::fail(diag::Error::from_errno(errno, fmt::format("--cpu {}", cpu)));
}

/// Only for this thread, after set-up: otherwise EAL's other threads would starve behind the polling one.
diag::Status be_realtime(int priority) {
  const sched_param wanted{.sched_priority = priority};
  if (::sched_setscheduler(0, SCHED_FIFO, &wanted) == 0) return {};
  return diag::fail(
      diag::Error::from_errno(errno, fmt::format("--realtime {} (needs root or CAP_SYS_NICE)", priority)));
}

std::string wall_clock() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

diag::Status write_json(const std::string& where, const std::string& text) {
  if (where == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return {};
  }
  std::ofstream out(where);
  out << text;
  out.close();
  if (out) return {};
  return diag::fail(diag::Code::kUnavailable, fmt::format("--json {}: cannot be written", where));
}

diag::Result<loadgen::Report> run(const Options& options, loadgen::Backend& backend, std::string name) {
  auto engine = loadgen::Engine::create(options.run, backend);
  if (!engine) return diag::fail(engine.error());
  Progress progress(options.quiet ? Show::kNothing : Show::kLine);
  const loadgen::MonotonicClock clock;
  const std::string began_at = wall_clock();
  if (options.realtime) {
    if (auto raised = be_realtime(*options.realtime); !raised) return diag::fail(raised.error());
  }
  const base::Instant end = loadgen::run(**engine, backend, clock, progress);
  return loadgen::make_report(
      **engine, {.server = fmt::format("{} port {}", net::to_text(options.server).view(), options.server_port.value()),
                 .backend = std::move(name),
                 .began_at = began_at,
                 .seed = options.run.seed,
                 .end = end,
                 .bad_checksums = backend.bad_checksums(),
                 .backend_stats = backend.stats()});
}

diag::Result<loadgen::Report> run_on_port(const Options& options, std::vector<loadgen::Endpoint> endpoints) {
  net::IpAddress asker;
  if (!endpoints.empty()) asker = endpoints.front().source;
  if (endpoints.empty() && !options.run.sources.empty()) asker = options.run.sources.front();
  if (asker == net::IpAddress{} && !options.port->next_hop_mac) {
    return diag::fail(diag::Code::kInvalid,
                      "--port needs an address of its own; allowed: --sources, or --next-hop-mac");
  }
  auto port = OpenPort::open(*options.port, {.server = options.server,
                                             .server_port = options.server_port,
                                             .endpoints = std::move(endpoints),
                                             .asker = asker,
                                             .cpu = options.cpu.value_or(static_cast<std::size_t>(::sched_getcpu()))});
  if (!port) return diag::fail(port.error());
  return run(options, (*port)->backend(), options.port->profile);
}

diag::Result<loadgen::Report> run_any(Options& options) {
  if (options.cpu) {
    if (auto pinned = pin_to(*options.cpu); !pinned) return diag::fail(pinned.error());
  }
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // naps end when they should
  auto endpoints = loadgen::plan_endpoints(options.run);
  if (!endpoints) return diag::fail(endpoints.error());
  if (options.port) return run_on_port(options, std::move(*endpoints));
  auto backend = loadgen::SocketBackend::create(
      {.server = options.server, .port = options.server_port, .endpoints = std::move(*endpoints)});
  if (!backend) return diag::fail(backend.error());
  return run(options, **backend, "sockets");
}

int give_up(const diag::Error& error) {
  fmt::print(stderr, "sluice-blast: {}\n", error.sentence());
  return error.code() == diag::Code::kInvalid ? 1 : kCannotRun;
}

int main_of(int argc, const char* const* argv) {
  auto options = parse_options(argc, argv);
  if (!options) return give_up(options.error());
  if (options->exit_status) return *options->exit_status;
  const auto report = run_any(*options);
  if (!report) return give_up(report.error());
  if (!options->quiet) fmt::print(options->json == "-" ? stderr : stdout, "{}", report->page);
  if (!options->json.empty()) {
    if (auto written = write_json(options->json, report->json); !written) return give_up(written.error());
  }
  return report->wrong_answers == 0 ? 0 : kWrongAnswers;
}

}  // namespace
}  // namespace sluice_blast

int main(int argc, char** argv) {
  try {
    return sluice_blast::main_of(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sluice-blast: %s\n", error.what());
    return 2;
  }
}
