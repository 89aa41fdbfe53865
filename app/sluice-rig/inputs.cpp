// SPDX-License-Identifier: Apache-2.0
// Options of the traces that a subcommand reads.
#include "inputs.hpp"

#include <cmath>

#include <fmt/format.h>

#include "net/text.hpp"
#include "range.hpp"

namespace sluice_rig {
namespace {

constexpr double kMaxSec = 9e9;

std::int64_t to_ns(double sec) noexcept { return static_cast<std::int64_t>(std::llround(sec * 1e9)); }

}  // namespace

void Inputs::add_to(CLI::App& command) {
  const auto group = [&](CLI::Option* option) { option->group("Reading"); };
  group(command.add_option("--format", format_,
                           "strc, pcap, dnstap, dnsmasq, bind, csv or dnsperf; detected from the file if not given"));
  group(command.add_option("--server", servers_, "Captures: only questions to these addresses or networks")
            ->delimiter(',')
            ->allow_extra_args(false));
  group(command.add_option("--port", ports_, "Captures: where DNS is")
            ->delimiter(',')
            ->allow_extra_args(false)
            ->capture_default_str());
  group(command.add_option("--rate", rate_, "Events/s for formats without times")
            ->check(within(1e-3, 1e9))
            ->capture_default_str());
  group(command.add_option("--from", from_sec_, "Only events from this second of each file on")
            ->check(within(0, kMaxSec)));
  group(command.add_option("--to", to_sec_, "Only events before this second")->check(within(0, kMaxSec)));
  group(command
            .add_option("--max-names", max_names_,
                        "Distinct questions that are kept in memory at most (about 70 bytes each)")
            ->capture_default_str());
  group(command.add_option("--max-clients", max_clients_, "Clients that are kept in memory at most")
            ->capture_default_str());
}

diag::Result<trace::OpenOptions> Inputs::options() const {
  trace::OpenOptions options;
  if (!format_.empty()) {
    options.format = trace::format_from_name(format_);
    if (!options.format) {
      return diag::fail(
          diag::Code::kInvalid,
          fmt::format("--format: '{}' is none of strc, pcap, dnstap, dnsmasq, bind, csv, dnsperf", format_));
    }
  }
  for (const std::string& text : servers_) {
    const auto prefix = net::parse_prefix(text);
    if (!prefix) return diag::fail(diag::Code::kInvalid, fmt::format("--server: '{}' is no address or network", text));
    options.servers.push_back(*prefix);
  }
  options.ports = ports_;
  options.rate = rate_;
  options.from_ns = to_ns(from_sec_);
  if (to_sec_ > 0) options.to_ns = to_ns(to_sec_);
  if (options.to_ns <= options.from_ns) {
    return diag::fail(diag::Code::kInvalid, fmt::format("--to {} is not behind --from {}", to_sec_, from_sec_));
  }
  return options;
}

std::string Inputs::text() const {
  const Inputs usual;
  std::string text;
  const auto add = [&](std::string_view name, const auto& value, bool is_usual) {
    if (!is_usual) text += fmt::format("{}{} {}", text.empty() ? "" : " ", name, value);
  };
  add("--format", format_, format_ == usual.format_);
  add("--server", fmt::to_string(fmt::join(servers_, ",")), servers_ == usual.servers_);
  add("--port", fmt::to_string(fmt::join(ports_, ",")), ports_ == usual.ports_);
  add("--rate", rate_, rate_ == usual.rate_);
  add("--from", from_sec_, from_sec_ == usual.from_sec_);
  add("--to", to_sec_, to_sec_ == usual.to_sec_);
  return text;
}

void tell_skips(const trace::Source& source) {
  const std::string text = source.skips().text();
  if (!text.empty()) fmt::print(stderr, "{}: passed over:\n{}", source.info().name, text);
}

}  // namespace sluice_rig
