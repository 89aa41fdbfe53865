// SPDX-License-Identifier: Apache-2.0
// The section `local`: its texts go to the compiler of local data, whose errors get the line of the key.
#include <algorithm>

#include <fmt/core.h>

#include "checked.hpp"
#include "keyfile/file.hpp"
#include "localdata/compiler.hpp"

namespace config {
namespace {

constexpr std::size_t kMaxHostsBytes = 64U << 20U;
constexpr std::size_t kMaxHostsProblems = 10;  // of one file: a file in another format has as many as lines

localdata::Options options_of(const CheckedConfig& config) {
  const CheckedLocal& local = config.local;
  localdata::Options options{.plain = local.domain_needed.value, .forward = {}};
  if (local.ttl.usable()) options.ttl_sec = static_cast<std::uint32_t>(as<std::chrono::seconds>(local.ttl).count());
  for (const CheckedForward& forward : config.forward) options.forward.push_back(forward.zone.value.wire);
  return options;
}

void add_records(const CheckedLocal& local, localdata::Compiler& compiler, Problems& problems) {
  for (const Marked<std::string>& line : local.records.items) {
    if (!line.usable()) continue;
    const std::string why = compiler.add_record(line.value);
    if (!why.empty()) problems.add(line.mark, line.key, why, "OWNER [TTL] [IN] TYPE DATA");
  }
}

void add_suffix(const CheckedSuffix& suffix, localdata::Compiler& compiler, Problems& problems) {
  if (!suffix.suffix.usable() || suffix.suffix.value.wire.size() <= 1) return;
  for (const auto* address : {&suffix.a, &suffix.aaaa}) {
    if (!address->usable() || !address->value) continue;
    const std::string why = compiler.add_suffix(suffix.suffix.value.wire, *address->value);
    if (!why.empty()) return problems.add(suffix.suffix.mark, suffix.suffix.key, why);
  }
}

void add_hosts(const Marked<std::string>& file, localdata::Compiler& compiler, Problems& problems) {
  if (!file.usable()) return;
  const diag::Result<std::string> text = keyfile::read_regular_file(file.value, kMaxHostsBytes);
  if (!text) return problems.add(file.mark, file.key, text.error().sentence(), "a readable hosts file");
  const std::vector<localdata::HostsProblem> found = compiler.add_hosts(*text);
  const std::size_t shown = std::min(found.size(), kMaxHostsProblems);
  for (std::size_t i = 0; i < shown; ++i) {
    const localdata::HostsProblem& problem = found[i];
    problems.add(file.mark, file.key,
                 fmt::format("{}:{}:{}: {}", file.value, problem.mark.line, problem.mark.column, problem.what),
                 "an address followed by names");
  }
}

/// Only zones of RFC 6303 may be excepted from them.
void check_excepted(const CheckedLocal& local, Problems& problems) {
  std::vector<std::string_view> all;
  for (const auto& zones : {localdata::special_reverse_zones(), localdata::private_reverse_zones()}) {
    all.insert(all.end(), zones.begin(), zones.end());
  }
  for (const Marked<Zone>& zone : local.reverse_zones_except.items) {
    if (!zone.usable() || std::find(all.begin(), all.end(), zone.value.text) != all.end()) continue;
    problems.add(
        zone.mark, zone.key,
        fmt::format("\"{}\" is not a zone of RFC 6303{}", zone.value.text, keyfile::did_you_mean(zone.value.text, all)),
        "a reverse zone that is answered locally");
  }
}

void add_standard_names(const CheckedLocal& local, localdata::Compiler& compiler) {
  for (const Marked<std::string>& word : local.special_names.items) compiler.add_special_name(word.value);
  std::vector<std::string> except;
  for (const Marked<Zone>& zone : local.reverse_zones_except.items) except.push_back(zone.value.text);
  compiler.add_reverse_zones(local.reverse_zones.value, except);
}

}  // namespace

std::shared_ptr<const localdata::Store> settle_local(const CheckedConfig& config, egress::LoopDetection loop_detection,
                                                     Problems& problems) {
  const CheckedLocal& local = config.local;
  check_excepted(local, problems);
  localdata::Compiler compiler(options_of(config));
  add_records(local, compiler, problems);
  for (const CheckedSuffix& suffix : local.suffixes) add_suffix(suffix, compiler, problems);
  for (const Marked<std::string>& file : local.hosts.items) add_hosts(file, compiler, problems);
  const std::string looping = compiler.looping_name();
  if (!looping.empty()) {
    problems.add(local.records.mark, local.records.key,
                 fmt::format("the CNAME at \"{}\" is part of a loop, or of a chain of more than {} names", looping,
                             localdata::kMaxChain),
                 "chains that end at a name without a CNAME");
  }
  if (!problems.empty()) return std::make_shared<localdata::Store>();
  add_standard_names(local, compiler);
  const bool has_probe = loop_detection == egress::LoopDetection::kOn;
  return compiler.build(has_probe ? localdata::Wire(egress::kLoopZone.begin(), egress::kLoopZone.end())
                                  : localdata::Wire());
}

}  // namespace config
