// SPDX-License-Identifier: Apache-2.0
// sluice-rig generate: one option for each knob of a workload.
#include "generate.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "pump.hpp"

namespace sluice_rig {
namespace {

constexpr const char* kTime = "Time and clients";
constexpr const char* kNames = "Names";
constexpr const char* kQuestions = "Questions and answers";
constexpr const char* kOverlays = "Bursts and floods";

std::string presets_text() {
  const auto names = trace::preset_names();
  return fmt::format("{}", fmt::join(names, ", "));
}

/// "glibc:0.6" into the shares.
diag::Status take_retry(std::string_view text, std::array<double, trace::kRetryProfiles>& shares) {
  constexpr std::array<std::string_view, trace::kRetryProfiles> kWords{"unknown", "none", "glibc", "cares", "windows"};
  const std::size_t colon = text.find(':');
  const auto* const word = std::find(kWords.begin(), kWords.end(), text.substr(0, colon));
  double share = 1;
  bool good = word != kWords.end();
  if (colon != std::string_view::npos) {
    const std::string_view number = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), share);
    good = good && error == std::errc{} && end == number.data() + number.size() && share >= 0 && std::isfinite(share);
  }
  if (!good) {
    return diag::fail(
        diag::Code::kInvalid,
        fmt::format("--retry: '{}' is no profile with its share; write glibc:0.6 (none, glibc, cares, windows)", text));
  }
  shares[static_cast<std::size_t>(word - kWords.begin())] = share;
  return {};
}

}  // namespace

Generate::Generate(CLI::App& app)
    : command_(app.add_subcommand("generate", "Make a trace: what the clients of such a network would ask")) {
  command_->add_option("--preset", preset_, presets_text())->capture_default_str();
  command_->add_option("--queries", queries_, "Questions in all")->capture_default_str();
  command_->add_option("--seed", seed_, "The same seed gives the same trace")->capture_default_str();
  command_->add_option("-o,--output", output_, "FILE.strc, FILE.csv or FILE.dnsperf")->required();
  command_->add_option("--max-names", max_names_, "Distinct questions that are kept in memory at most")
      ->capture_default_str();
  command_->add_flag("--json", json_, "Say what was done as JSON");
  command_->add_flag("--quiet", quiet_, "No progress, no summary");
  add_knobs();
  add_overlays();
}

template <class T>
void Generate::knob(const std::string& name, T trace::Workload::*member, const char* help, const char* group) {
  command_
      ->add_option_function<T>(
          name,
          [this, member](const T& value) { turned_.emplace_back([=](trace::Workload& w) { w.*member = value; }); },
          help)
      ->group(group);
}

void Generate::add_knobs() {
  using W = trace::Workload;
  knob("--rate", &W::rate, "Lookups/s, mean over a day", kTime);
  knob("--diurnal", &W::diurnal_amplitude, "The rate swings by this share of it over a day, 0 to 1", kTime);
  knob("--begin-hour", &W::begin_hour, "Hour of the day at which the trace begins", kTime);
  knob("--clients", &W::clients, "Clients", kTime);
  knob("--client-exponent", &W::client_exponent, "Zipf exponent of the clients' activity; 0: all alike", kTime);
  knob("--loss", &W::loss, "Share of questions that are asked again, as their client's profile says", kTime);
  knob("--dnssec", &W::dnssec_share, "Share of clients that set DO", kTime);
  command_->add_option("--retry", retry_, "Retry profiles with shares: glibc:0.6,cares:0.4")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(kTime);
  knob("--names", &W::names, "Names in the catalogue at any time", kNames);
  knob("--zipf", &W::zipf_exponent, "Zipf exponent of their popularity", kNames);
  knob("--one-shot", &W::one_shot_share, "Share of all distinct names that come once and never again", kNames);
  knob("--churn", &W::churn_per_day, "Share of the catalogue that is replaced in a day", kNames);
  knob("--missing", &W::missing_share, "Share of the names that do not exist", kNames);
  knob("--zones", &W::zones, "Zones that the names are spread over", kNames);
  knob("--suffix", &W::suffix, "What all names end in", kNames);
  knob("--pairs", &W::pair_share, "Share of lookups that ask A and AAAA", kQuestions);
  knob("--no-aaaa", &W::no_aaaa_share, "Share of names without AAAA", kQuestions);
  knob("--https", &W::https_share, "Share of lookups that ask HTTPS, too", kQuestions);
  knob("--ptr", &W::ptr_share, "Share of lookups that ask for an address's name", kQuestions);
  knob("--ndots", &W::ndots, "Names with fewer dots go through the search path", kQuestions);
  command_
      ->add_option_function<std::vector<std::string>>(
          "--search",
          [this](const std::vector<std::string>& value) { turned_.emplace_back([=](W& w) { w.search = value; }); },
          "Search domains")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(kQuestions);
  knob("--internal", &W::internal_share, "Share of the catalogue that is inside the network", kQuestions);
  knob("--internal-ttl", &W::internal_ttl_sec, "TTL of those, s", kQuestions);
  command_->add_option("--ttls", ttls_, "vpc, internet, cdn, or seconds:share,…: 5:20,60:50,300:30")->group(kQuestions);
  knob("--answer-bytes", &W::answer_bytes, "Octets of every answer that has records; 0: what they take", kQuestions);
  knob("--negative-ttl", &W::negative_ttl_sec, "TTL of answers that there is nothing, s", kQuestions);
}

void Generate::add_overlays() {
  using W = trace::Workload;
  const auto nested = [this](const std::string& name, auto outer, auto member, const char* help) {
    using T = std::remove_cvref_t<decltype((std::declval<W>().*outer).*member)>;
    command_
        ->add_option_function<T>(
            name, [=, this](const T& value) { turned_.emplace_back([=](W& w) { (w.*outer).*member = value; }); }, help)
        ->group(kOverlays);
  };
  nested("--burst-every", &W::burst, &trace::Burst::every_sec, "Seconds between bursts of new clients; 0: never");
  nested("--burst-clients", &W::burst, &trace::Burst::clients, "How many");
  nested("--burst-lookups", &W::burst, &trace::Burst::lookups, "Lookups of each");
  nested("--burst-names", &W::burst, &trace::Burst::names, "The most popular names that they ask for");
  nested("--burst-within", &W::burst, &trace::Burst::within_sec, "Seconds within which they ask");
  nested("--flood-rate", &W::flood, &trace::Flood::rate, "Random names beside the rest, questions/s; 0: none");
  nested("--flood-begin", &W::flood, &trace::Flood::begin_sec, "From this second on");
  nested("--flood-length", &W::flood, &trace::Flood::length_sec, "Seconds that it lasts; 0: to the end");
  nested("--flood-clients", &W::flood, &trace::Flood::clients, "Clients that send it");
  nested("--flood-zones", &W::flood, &trace::Flood::zones, "Zones that its names are under");
}

diag::Result<trace::Workload> Generate::workload() const {
  auto workload = trace::preset(preset_);
  if (!workload) return diag::fail(workload.error().at("--preset"));
  workload->queries = queries_;
  workload->seed = seed_;
  for (const auto& turn : turned_) turn(*workload);
  if (!ttls_.empty()) {
    auto ttls = trace::parse_ttls(ttls_);
    if (!ttls) return diag::fail(ttls.error().at("--ttls"));
    workload->ttls = std::move(*ttls);
  }
  if (!retry_.empty()) workload->retry_shares.fill(0);
  for (const std::string& text : retry_) {
    if (auto taken = take_retry(text, workload->retry_shares); !taken) return diag::fail(taken.error());
  }
  return workload;
}

diag::Status Generate::run(const std::string& /*line*/) {
  const auto made = workload();
  if (!made) return diag::fail(made.error());
  trace::Dictionary dictionary({.questions = max_names_, .clients = trace::Dictionary::Limits{}.clients});
  const auto source = trace::make(*made, dictionary);
  if (!source) return diag::fail(source.error());
  const auto pumped =
      pump(**source, dictionary, output_, quiet_ || json_ ? Progress::Show::kNothing : Progress::Show::kLine);
  if (!pumped) return diag::fail(pumped.error());
  if (!quiet_ || json_) tell_pumped(*pumped, **source, dictionary, output_, json_);
  return {};
}

}  // namespace sluice_rig
