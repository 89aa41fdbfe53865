// SPDX-License-Identifier: Apache-2.0
// sluice-rig replay.
#include "replay.hpp"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "pump.hpp"
#include "range.hpp"
#include "rig/results.hpp"
#include "rig/run.hpp"
#include "traces.hpp"

namespace sluice_rig {
namespace {

/// Runs a program of the PATH and waits; its standard output goes to ours when `output` is null.
diag::Status run_program(const std::vector<std::string>& words, std::string* output) {
  std::array<int, 2> ends{-1, -1};
  if (output != nullptr && ::pipe(ends.data()) != 0) return diag::fail(diag::Error::from_errno(errno, "pipe"));
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return diag::fail(diag::Error::from_errno(errno, "fork"));
  if (child == 0) {
    if (output != nullptr) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
    }
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  if (output != nullptr) {
    ::close(ends[1]);
    std::array<char, 65'536> room{};
    for (ssize_t got = 1; got > 0;) {
      got = ::read(ends[0], room.data(), room.size());
      if (got > 0) output->append(room.data(), static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const std::string how = WIFEXITED(status) && WEXITSTATUS(status) == 127
                              ? "is not in the PATH; scripts/lab exec puts the build's programs there"
                              : "failed; its own message stands above";
  return diag::fail(diag::Code::kUnavailable, fmt::format("{} {}", words[0], how));
}

diag::Result<rig::Counted> count() {
  std::string text;
  if (auto asked = run_program({"sluicectl", "stats", "--json"}, &text); !asked) return diag::fail(asked.error());
  return rig::counted_from(text);
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Replay::Replay(CLI::App& app)
    : command_(app.add_subcommand("replay", "Ask a trace of a running appliance, and compare it with the simulation")) {
  CLI::App& to = *command_;
  to.add_option("FILE", files_, "Traces of any format that convert reads")->required();
  auto* const prepare =
      to.add_option("--prepare", folder_,
                    "Only write root.zone, for the server behind the appliance, "
                    "schedule.txt, for sluice-blast, and settled.strc, the trace as it is asked, to this folder");
  to.add_option("--appliance", appliance_, "Address of the appliance; SLUICE_CONTROL names its control socket")
      ->excludes(prepare);
  to.add_option("--size", size_, "Memory of the appliance's cache")->capture_default_str();
  to.add_option("--budget", budget_pps_, "Its budget; 0: none")->capture_default_str();
  to.add_option("--latency", latency_ms_, "ms until the server behind it answers")
      ->capture_default_str()
      ->check(within(0, 60'000));
  to.add_option("--speed", spec_.speed, "Factor by which the replay is faster; TTLs stay")
      ->capture_default_str()
      ->check(within(0.01, 1'000));
  to.add_option("--appliances", spec_.appliances, "Number of appliances; only the clients of the first are replayed")
      ->capture_default_str()
      ->check(within(1, 64));
  to.add_option("--clients", clients_, "Clients of sluice-blast, each with a port")
      ->capture_default_str()
      ->check(within(1, 4'096));
  to.add_option("--sources", sources_, "Their addresses: A-B, A/26");
  to.add_option("--cpu", cpu_, "Run sluice-blast on this CPU");
  to.add_flag("--json", json_, "What was prepared, or the comparison, as JSON");
  to.add_flag("--quiet", quiet_, "Nothing but the verdict");
  to.footer(
      "Exit status: 0 both agree (hits within 0.5 points, packets within 2 %), 1 the command line or a file is wrong, "
      "2 it could not run, 3 they differ.");
  inputs_.add_to(to);
}

diag::Status Replay::run(const std::string& /*line*/) {
  if (folder_.empty() == appliance_.empty()) {
    return diag::fail(diag::Code::kInvalid, "what to do: allowed is --prepare FOLDER, or --appliance ADDRESS");
  }
  auto traces = Traces::open(files_, inputs_);
  if (!traces) return diag::fail(traces.error());
  auto trace = rig::Settled::create(traces->source(), traces->dictionary(), spec_);
  if (!trace) return diag::fail(trace.error());
  traces->tell_skips();
  if ((*trace)->queries() == 0) {
    return diag::fail(diag::Code::kInvalid, "the trace has no queries that can be asked: there is nothing to replay");
  }
  if (!folder_.empty()) return prepare(**trace, traces->dictionary());
  const auto result = measure(**trace, traces->dictionary());
  if (!result) return diag::fail(result.error());
  return tell(*result, **trace);
}

diag::Status Replay::prepare(rig::Settled& trace, const trace::Dictionary& dictionary) const {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  if (auto done = trace.write_zone(folder_ + "/root.zone"); !done) return done;
  if (auto done = trace.write_schedule(folder_ + "/schedule.txt"); !done) return done;
  if (auto back = trace.rewind(); !back) return back;
  if (auto done = pump(trace, dictionary, folder_ + "/settled.strc", Progress::Show::kNothing); !done) {
    return diag::fail(done.error());
  }
  if (json_) {
    const nlohmann::json document{{"tool", "sluice-rig replay"},
                                  {"folder", folder_},
                                  {"queries", trace.queries()},
                                  {"seconds", trace.seconds()},
                                  {"left_out", trace.left_out()}};
    fmt::print("{}\n", document.dump(1));
  } else if (!quiet_) {
    fmt::print("{}: root.zone, schedule.txt and settled.strc: {} queries in {:.1f} s, {} left out\n", folder_,
               trace.queries(), trace.seconds(), trace.left_out());
  }
  return {};
}

diag::Result<rig::Experience> Replay::play(rig::Settled& trace) const {
  const std::string folder = fmt::format("/tmp/sluice-rig-{}", ::getpid());
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const std::string schedule = folder + "/schedule.txt";
  const std::string report = folder + "/report.json";
  auto experience = trace.write_schedule(schedule).and_then([&]() -> diag::Result<rig::Experience> {
    std::vector<std::string> words{
        "sluice-blast",
        "--server",
        appliance_,
        "--stream",
        fmt::format("name=replay,schedule={},rate={},duration={},clients={},retry=none", schedule,
                    std::max(1U, trace.most_in_a_second()), std::ceil(trace.seconds()) + 1, clients_),
        "--json",
        report};
    if (!sources_.empty()) words.insert(words.end(), {"--sources", sources_});
    if (!cpu_.empty()) words.insert(words.end(), {"--cpu", cpu_});
    if (quiet_ || json_) words.emplace_back("--quiet");
    if (auto ran = run_program(words, nullptr); !ran) return diag::fail(ran.error());
    return rig::read_whole(report).and_then(rig::experience_from);
  });
  std::filesystem::remove_all(folder, failed);
  return experience;
}

diag::Result<Replay::Played> Replay::measure(rig::Settled& trace, const trace::Dictionary& dictionary) const {
  const auto size = rig::parse_size(size_);
  if (!size) return diag::fail(size.error().at("--size"));
  const auto before = count();
  if (!before) return diag::fail(before.error());
  const auto clients = play(trace);
  if (!clients) return diag::fail(clients.error());
  const auto after = count();
  if (!after) return diag::fail(after.error());

  rig::Stats simulated;
  rig::RunSpec spec{.world = {.latency = base::Duration(static_cast<std::int64_t>(latency_ms_ * 1e6))},
                    .cells = {{.size_bytes = *size, .budget_pps = budget_pps_}},
                    .on_progress = {},
                    .on_outcome = {}};
  spec.on_outcome = [&](const rig::Outcome& outcome) -> diag::Status {
    simulated = outcome.stats;
    return {};
  };
  if (auto done = rig::run(trace, dictionary, spec); !done) return diag::fail(done.error());
  return Played{
      .comparison = rig::compare(*before, *after, simulated), .clients = *clients, .simulated = std::move(simulated)};
}

diag::Status Replay::tell(const Played& result, const rig::Settled& trace) const {
  const auto& [measured, expected, hit_points, packets_percent] = result.comparison;
  const rig::Experience& clients = result.clients;
  if (json_) {
    const auto of = [](const rig::Counted& counted) {
      return nlohmann::json{{"queries", counted.queries},
                            {"hits", counted.hits},
                            {"stale", counted.stale},
                            {"packets", counted.packets},
                            {"hit_ratio", ratio(counted.hits, counted.queries)}};
    };
    const nlohmann::json document{{"tool", "sluice-rig replay"},
                                  {"seconds", trace.seconds()},
                                  {"left_out", trace.left_out()},
                                  {"measured", of(measured)},
                                  {"simulated", of(expected)},
                                  {"hit_points", hit_points},
                                  {"packets_percent", packets_percent},
                                  {"agrees", result.comparison.agrees()},
                                  {"clients",
                                   {{"queries", clients.queries},
                                    {"unanswered", clients.unanswered},
                                    {"failed", clients.failed},
                                    {"above_100_ms", clients.above_100_ms}}}};
    fmt::print("{}\n", document.dump(1));
  } else {
    fmt::print("{:<12} {:>12} {:>12} {:>10} {:>10} {:>10}\n", "", "queries", "hits", "hit ratio", "stale", "packets");
    for (const auto& [name, one] : {std::pair{"measured", measured}, std::pair{"simulated", expected}}) {
      fmt::print("{:<12} {:>12} {:>12} {:>8.2f} % {:>10} {:>10}\n", name, one.queries, one.hits,
                 100 * ratio(one.hits, one.queries), one.stale, one.packets);
    }
    fmt::print("difference: {:+.2f} points of hits, {:+.2f} % of packets\n", hit_points, packets_percent);
    fmt::print("the clients: {} of {} queries unanswered, {} failed, {} answered after more than 100 ms\n",
               clients.unanswered, clients.queries, clients.failed, clients.above_100_ms);
  }
  if (result.comparison.agrees()) return {};
  return diag::fail(
      diag::Code::kInternal,
      fmt::format("simulation and appliance differ: {:+.2f} points of hits (allowed 0.5), {:+.2f} % of packets "
                  "(allowed 2)",
                  hit_points, packets_percent));
}

}  // namespace sluice_rig
