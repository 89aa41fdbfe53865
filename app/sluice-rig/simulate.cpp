// SPDX-License-Identifier: Apache-2.0
// sluice-rig simulate.
#include "simulate.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

#include <fmt/core.h>

#include "lists.hpp"
#include "progress.hpp"
#include "range.hpp"
#include "rig/report.hpp"
#include "rig/run.hpp"
#include "traces.hpp"

namespace sluice_rig {
namespace {

constexpr std::uint32_t kDaySec = 86'400;

diag::Result<rig::Coalescing> parse_coalescing(std::string_view word) {
  if (word == "on") return rig::Coalescing::kOn;
  if (word == "off") return rig::Coalescing::kOff;
  return diag::fail(diag::Code::kInvalid, fmt::format("'{}' is neither on nor off", word));
}

/// One dimension: into `to`, or its error.
template <class Value, class Parse>
diag::Status take(std::string_view option, const std::vector<std::string>& words, std::vector<Value>& to,
                  Parse&& parse) {
  auto values = parse_list(option, words, parse);
  if (!values) return diag::fail(values.error());
  to = std::move(*values);
  return {};
}

/// The grid's rows in its order, and what was there besides behind them.
std::vector<rig::ResultRow> in_order_of(const std::vector<rig::Configuration>& cells, const rig::Results& results) {
  std::vector<rig::ResultRow> rows;
  for (const rig::Configuration& cell : cells) rows.push_back(*results.find(cell));
  for (const rig::ResultRow& row : results.rows) {
    if (std::ranges::find(cells, row.configuration) == cells.end()) rows.push_back(row);
  }
  return rows;
}

base::Duration from_ms(double msec) { return base::Duration(static_cast<std::int64_t>(msec * 1e6)); }

}  // namespace

Simulate::Simulate(CLI::App& app) : command_(app.add_subcommand("simulate", "What caches would do to a trace")) {
  CLI::App& to = *command_;
  to.add_option("FILE", files_, "Traces of any format that convert reads; several follow one another")->required();
  const auto list = [&](const char* name, std::vector<std::string>& words, const char* help) {
    to.add_option(name, words, help)->delimiter(',')->capture_default_str()->group("Grid (lists, comma-separated)");
  };
  list("--size", sizes_, "Memory of the cache: 16MiB,1GiB");
  list("--policy", policies_, "s3fifo (the appliance's own), s3fifo-model, sieve, clock, lru, fifo, belady, infinite");
  list("--min-ttl", min_ttls_, "Seconds; smaller TTLs are raised");
  list("--max-ttl", max_ttls_, "Seconds; larger TTLs are capped");
  list("--stale", stales_, "Seconds that an expired answer may still serve");
  list("--prefetch", prefetches_, "Percent of the TTL left at which a hit asks for a refresh; 0: never");
  list("--coalescing", coalescings_, "on: one packet for all clients that wait for an answer; off: one each");
  list("--budget", budgets_, "Packets a second to the upstream, of each appliance; 0: no limit");
  list("--appliances", appliances_, "Numbers of appliances; clients are spread over them by address");
  to.add_option("--latency", latency_ms_, "ms until the upstream answers")
      ->capture_default_str()
      ->check(within(0, 60'000));
  to.add_option("--client-timeout", client_timeout_ms_, "ms until a client gives up")
      ->capture_default_str()
      ->check(within(1, 60'000));
  to.add_option("--limit", limit_pps_, "Seconds with more packets than this are counted")->capture_default_str();
  to.add_option("--unknown-ttl", unknown_ttl_sec_, "TTL of answers that the trace does not have")
      ->capture_default_str();
  to.add_option("--seed", seed_, "Of hashes, ports and IDs")->capture_default_str();
  to.add_option("--threads", threads_, "0: one for each CPU")->capture_default_str()->check(within(0, 256));
  to.add_option("--memory", memory_, "For configurations that run at once")->capture_default_str();
  to.add_option("--temp", temp_, "Folder for 16 bytes a query, where belady is simulated")->capture_default_str();
  auto* const json = to.add_option("--json", json_, "Write all results to this file, '-' for standard output");
  to.add_option("--csv", csv_, "Write a table to this file");
  to.add_option("--html", html_, "Write a page with pictures to this file");
  to.add_option("--svg", svg_, "Write the pictures to this folder");
  to.add_flag("--resume", resume_, "Go on with the run whose results so far are in --json FILE")->needs(json);
  to.add_flag("--quiet", quiet_, "No table and no progress");
  inputs_.add_to(to);
}

diag::Result<rig::Grid> Simulate::grid() const {
  rig::Grid grid;
  const auto whole = [](std::uint32_t least, std::uint32_t most) {
    return [=](std::string_view word) { return parse_count(word, least, most); };
  };
  for (const diag::Status& status : {take("--size", sizes_, grid.sizes, rig::parse_size),
                                     take("--policy", policies_, grid.policies, rig::parse_policy),
                                     take("--min-ttl", min_ttls_, grid.min_ttls_sec, whole(0, kDaySec)),
                                     take("--max-ttl", max_ttls_, grid.max_ttls_sec, whole(1, 7 * kDaySec)),
                                     take("--stale", stales_, grid.stales_sec, whole(0, 7 * kDaySec)),
                                     take("--prefetch", prefetches_, grid.prefetch_percents, whole(0, 90)),
                                     take("--coalescing", coalescings_, grid.coalescings, parse_coalescing),
                                     take("--budget", budgets_, grid.budgets_pps, whole(0, 1'000'000)),
                                     take("--appliances", appliances_, grid.appliances, whole(1, 64))}) {
    if (!status) return diag::fail(status.error());
  }
  const std::uint32_t least_cap = std::ranges::min(grid.max_ttls_sec);
  const std::uint32_t most_floor = std::ranges::max(grid.min_ttls_sec);
  if (most_floor > least_cap) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("--min-ttl {} is more than --max-ttl {}", most_floor, least_cap));
  }
  return grid;
}

diag::Result<rig::World> Simulate::world() const {
  return rig::World{.latency = from_ms(latency_ms_),
                    .client_timeout = from_ms(client_timeout_ms_),
                    .limit_pps = limit_pps_,
                    .unknown_ttl_sec = unknown_ttl_sec_,
                    .seed = seed_};
}

// Results in the file are used only if they are of the same trace and the same options.
diag::Status Simulate::take_up(rig::Results& results) const {
  if (!resume_ || !std::filesystem::exists(json_)) return {};
  const auto before = rig::read_whole(json_).and_then(rig::from_json);
  if (!before) return diag::fail(before.error().at("--resume: " + json_));
  if (before->files != results.files || before->reading != results.reading || before->world != results.world) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("--resume: {} is about another trace, or one that has changed, or other options; "
                                  "remove it, or run without --resume",
                                  json_));
  }
  results.rows = before->rows;
  results.profile = before->profile;
  return {};
}

// An output that cannot be written is reported before the work, not after it.
diag::Status Simulate::check_outputs() const {
  std::error_code failed;
  if (!svg_.empty()) std::filesystem::create_directories(svg_, failed);
  for (const std::string& path : {json_, csv_, html_, svg_.empty() ? svg_ : svg_ + "/picture.svg"}) {
    if (auto fine = rig::check_writable(path); !fine) return fine;
  }
  return {};
}

diag::Status Simulate::save(const rig::Results& results) const {
  if (!rig::is_file_name(json_)) return {};
  return rig::write_whole(json_, rig::to_json(results));
}

diag::Status Simulate::publish(const rig::Results& results, const std::string& line) const {
  if (!json_.empty()) {
    if (auto done = rig::write_whole(json_, rig::to_json(results)); !done) return done;
  }
  if (!csv_.empty()) {
    if (auto done = rig::write_whole(csv_, rig::to_csv(results)); !done) return done;
  }
  if (!html_.empty()) {
    if (auto done = rig::write_whole(html_, rig::to_html(results, line)); !done) return done;
  }
  if (svg_.empty()) return {};
  for (const rig::Picture& picture : rig::pictures_of(results)) {
    if (auto done = rig::write_whole(svg_ + "/" + picture.name + ".svg", picture.svg); !done) return done;
  }
  return {};
}

diag::Status Simulate::run(const std::string& line) {
  const auto grid = this->grid();
  if (!grid) return diag::fail(grid.error());
  const auto world = this->world();
  const auto memory = rig::parse_size(memory_);
  if (!memory) return diag::fail(memory.error().at("--memory"));
  auto traces = Traces::open(files_, inputs_);
  if (!traces) return diag::fail(traces.error());
  if (auto fine = check_outputs(); !fine) return fine;
  rig::Results results{.files = traces->files(), .reading = inputs_.text(), .world = *world, .profile = {}, .rows = {}};
  if (auto taken = take_up(results); !taken) return taken;

  const std::vector<rig::Configuration> cells = rig::expand(*grid);
  rig::RunSpec spec{
      .world = *world, .cells = {}, .memory_bytes = *memory, .temp_folder = temp_, .on_progress = {}, .on_outcome = {}};
  for (const rig::Configuration& cell : cells) {
    if (results.find(cell) == nullptr) spec.cells.push_back(cell);
  }
  spec.threads = threads_ != 0 ? threads_ : std::max(1U, std::thread::hardware_concurrency());
  Progress meter(quiet_ ? Progress::Show::kNothing : Progress::Show::kLine);
  spec.on_progress = [&](const rig::RunProgress& progress) { meter.look(progress); };
  spec.on_outcome = [&](const rig::Outcome& outcome) -> diag::Status {
    if (outcome.stats.queries == 0) {
      return diag::fail(diag::Code::kInvalid, "the trace has no queries: there is nothing to simulate");
    }
    results.profile = *outcome.profile;
    results.rows.push_back(rig::row_of(outcome));
    return save(results);
  };
  if (!spec.cells.empty()) {
    const auto done = rig::run(traces->source(), traces->dictionary(), spec);
    meter.clear();
    traces->tell_skips();
    if (!done) return diag::fail(done.error());
  }
  results.rows = in_order_of(cells, results);
  if (!quiet_ && json_ != "-") fmt::print("{}", page_of(results));
  return publish(results, line);
}

std::string page_of(const rig::Results& results) {
  std::string page = fmt::format("{} queries, {} distinct answers, {:.1f} s\n", results.profile.queries,
                                 results.profile.items, results.profile.seconds);
  page += fmt::format("{:<40} {:>8} {:>7} {:>8} {:>9} {:>7} {:>7} {:>9} {:>9}\n", "configuration", "hits %", "stale %",
                      "lost %", "pkts/s", "p99", "above", "wait p99", "MiB used");
  for (const rig::ResultRow& row : results.rows) {
    page += fmt::format("{:<40} {:>8.2f} {:>7.2f} {:>8.3f} {:>9.1f} {:>7} {:>7} {:>6.1f} ms {:>9.1f}\n",
                        rig::label_of(row.configuration), 100 * row.hit_ratio, 100 * row.stale_ratio,
                        100 * row.loss_ratio, row.pps_mean, row.pps_p99, row.windows_above, row.wait_ms_p99,
                        static_cast<double>(row.bytes_most) / 1'048'576);
  }
  return page;
}

}  // namespace sluice_rig
