// SPDX-License-Identifier: Apache-2.0
// sluice-rig inspect.
#include "inspect.hpp"

#include <fmt/core.h>

#include "dns/text.hpp"
#include "progress.hpp"

namespace sluice_rig {
namespace {

constexpr std::size_t kBatch = 16'384;

}  // namespace

Inspect::Inspect(CLI::App& app)
    : command_(app.add_subcommand("inspect", "Names, popularity, TTLs, clients, rates and working set of a trace")) {
  command_->add_option("FILE", file_, "The trace to read")->required();
  command_->add_option("--top", top_, "Most frequent questions to list")->capture_default_str();
  command_->add_flag("--json", json_, "Everything as JSON");
  command_->add_flag("--quiet", quiet_, "No progress");
  inputs_.add_to(*command_);
}

std::string question_text(const trace::Question& question) {
  dns::NameText name;
  dns::TypeText type;
  std::string out(dns::name_to_text(question.qname, name));
  out += ' ';
  out += dns::type_to_text(question.qtype, type);
  return out;
}

std::uint32_t ttl_quantile(const std::vector<trace::TtlCount>& ttls, double share) noexcept {
  std::uint64_t all = 0;
  for (const trace::TtlCount& ttl : ttls) all += ttl.events;
  std::uint64_t sum = 0;
  for (const trace::TtlCount& ttl : ttls) {
    sum += ttl.events;
    if (static_cast<double>(sum) >= share * static_cast<double>(all)) return ttl.ttl_sec;
  }
  return 0;
}

diag::Status Inspect::run(const std::string& /*line*/) {
  const auto options = inputs_.options();
  if (!options) return diag::fail(options.error());
  trace::Dictionary dictionary(inputs_.limits());
  const auto source = trace::open(file_, dictionary, *options);
  if (!source) return diag::fail(source.error());
  trace::Painter painter(dictionary);
  Progress progress(quiet_ || json_ ? Progress::Show::kNothing : Progress::Show::kLine);
  std::vector<trace::Event> batch(kBatch);
  std::uint64_t events = 0;
  while (true) {
    const auto count = (*source)->next(batch);
    if (!count) return diag::fail(count.error());
    if (*count == 0) break;
    for (std::size_t i = 0; i < *count; ++i) painter.add(batch[i]);
    events += *count;
    progress.look(events, (*source)->progress());
  }
  progress.clear();
  const trace::Portrait portrait = painter.finish(top_);
  if (json_) {
    fmt::print("{}\n", portrait_json(portrait, **source, dictionary).dump(2));
  } else {
    fmt::print("{}", portrait_text(portrait, **source, dictionary));
  }
  tell_skips(**source);
  return {};
}

}  // namespace sluice_rig
