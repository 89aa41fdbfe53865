// SPDX-License-Identifier: Apache-2.0
// sluice-rig plan.
#include "plan.hpp"

#include <fstream>
#include <thread>

#include <fmt/core.h>

#include "progress.hpp"
#include "range.hpp"
#include "rig/results.hpp"
#include "traces.hpp"

namespace sluice_rig {
namespace {

/// A JSON object begins with it; no trace does.
bool is_object(const std::string& path) {
  std::ifstream in(path);
  char first = 0;
  return in >> first && first == '{';
}

}  // namespace

Plan::Plan(CLI::App& app)
    : command_(app.add_subcommand("plan", "How much memory, how many interfaces and appliances a traffic needs")) {
  CLI::App& to = *command_;
  to.add_option("FILE", files_, "Traces, or one file with what 'sluicectl stats --json' says")->required();
  to.add_option("--growth", growth_percent_, "Percent that traffic may grow by")
      ->capture_default_str()
      ->check(within(0, 1'000));
  to.add_option("--limit", spec_.world.limit_pps, "Packets a second that an interface may send")
      ->capture_default_str()
      ->check(within(1, 1'000'000));
  to.add_option("--capacity", spec_.capacity_qps, "Answers a second of one appliance")
      ->capture_default_str()
      ->check(within(1, 100'000'000));
  to.add_option("--loss", loss_percent_, "Percent of queries that may go unanswered")
      ->capture_default_str()
      ->check(within(0, 100));
  to.add_option("--peak", spec_.peak, "Counters only: queries of the busiest second, as a multiple of the average")
      ->capture_default_str()
      ->check(within(1, 1'000));
  to.add_option("--latency", latency_ms_, "ms until the upstream answers")
      ->capture_default_str()
      ->check(within(0, 60'000));
  to.add_option("--threads", spec_.threads, "0: one for each CPU")->default_val(0)->check(within(0, 256));
  to.add_option("--memory", memory_, "For simulations that run at once")->capture_default_str();
  to.add_flag("--json", json_, "The advice as JSON");
  to.add_flag("--quiet", quiet_, "No progress");
  inputs_.add_to(to);
}

diag::Status Plan::run(const std::string& /*line*/) {
  spec_.headroom = 1 + growth_percent_ / 100;
  spec_.loss = loss_percent_ / 100;
  spec_.world.latency = base::Duration(static_cast<std::int64_t>(latency_ms_ * 1e6));
  if (spec_.threads == 0) spec_.threads = std::max(1U, std::thread::hardware_concurrency());
  const auto memory = rig::parse_size(memory_);
  if (!memory) return diag::fail(memory.error().at("--memory"));
  spec_.memory_bytes = *memory;
  const auto tell = [this](const diag::Result<rig::Advice>& advice) -> diag::Status {
    if (!advice) return diag::fail(advice.error());
    fmt::print("{}", json_ ? rig::to_json(*advice) : rig::to_text(*advice));
    return {};
  };
  if (files_.size() == 1 && is_object(files_.front())) {
    const auto text = rig::read_whole(files_.front());
    if (!text) return diag::fail(text.error());
    return tell(rig::plan_stats(*text, spec_));
  }
  auto traces = Traces::open(files_, inputs_);
  if (!traces) return diag::fail(traces.error());
  Progress meter(quiet_ || json_ ? Progress::Show::kNothing : Progress::Show::kLine);
  spec_.on_progress = [&](const rig::RunProgress& progress) { meter.look(progress); };
  const auto advice = rig::plan_trace(traces->source(), traces->dictionary(), spec_);
  meter.clear();
  traces->tell_skips();
  return tell(advice);
}

}  // namespace sluice_rig
