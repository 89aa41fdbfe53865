// SPDX-License-Identifier: Apache-2.0
// The section `local`: hosts files, records and suffixes, then what every appliance answers itself, as one store.
#include <algorithm>

#include <fmt/format.h>

#include "checked.hpp"
#include "file.hpp"
#include "local_builder.hpp"
#include "local_parse.hpp"
#include "local_special.hpp"

namespace config {
namespace {

constexpr std::size_t kMaxHostsBytes = 64U << 20U;
constexpr std::size_t kMaxHostsProblems = 10;  // of one file: a file in another format has as many as lines

class LocalSection {
 public:
  LocalSection(const CheckedConfig& config, Problems& problems)
      : config_(config), local_(config.local), problems_(problems) {
    if (local_.ttl.usable()) {
      ttl_sec_ = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(local_.ttl.value).count());
    }
  }

  std::shared_ptr<const LocalStore> settle() {
    for (const Marked<std::string>& line : local_.records.items) add_line(line);
    for (const CheckedSuffix& suffix : local_.suffixes) add_suffix(suffix);
    for (const Marked<std::string>& file : local_.hosts.items) add_hosts(file);
    const std::string looping = names_.looping_name();
    if (!looping.empty()) {
      problems_.add(local_.records.mark, local_.records.key,
                    fmt::format("the CNAME of \"{}\" leads in a circle, or over more than {} others", looping,
                                kMaxLocalChain - 1),
                    "CNAMEs that end at a name without one");
    }
    if (!problems_.empty()) return std::make_shared<LocalStore>();
    add_special_names();
    add_reverse_zones();
    const Wire loop_zone(egress::kLoopZone.begin(), egress::kLoopZone.end());
    if (config_.egress.loop_detection.value == egress::LoopDetection::kOn) names_.add_empty_zone(loop_zone);
    names_.fill_empty_zones();
    ask_upstream();
    return LocalBuilder(names_, ttl_sec_).build(plain_names(), loop_zone);
  }

 private:
  [[nodiscard]] PlainNames plain_names() const {
    return local_.domain_needed.value == OnOff::kOn ? PlainNames::kNxDomain : PlainNames::kAskUpstream;
  }

  void add_line(const Marked<std::string>& line) {
    if (!line.usable()) return;
    const Parsed<LocalRecord> record = parse_record(line.value, ttl_sec_);
    const std::string why = record ? names_.add(*record) : record.error();
    if (!why.empty()) problems_.add(line.mark, line.key, why, "OWNER [TTL] [IN] TYPE DATA");
  }

  void add_suffix(const CheckedSuffix& suffix) {
    if (!suffix.suffix.usable() || suffix.suffix.value.wire.size() <= 1) return;
    Wire owner{std::byte{1}, std::byte{'*'}};
    owner.insert(owner.end(), suffix.suffix.value.wire.begin(), suffix.suffix.value.wire.end());
    if (owner.size() > dns::kMaxNameBytes) return note(suffix.suffix, "is too long for a name to be below it");
    for (const auto* address : {&suffix.a, &suffix.aaaa}) {
      if (!address->usable() || !address->value) continue;
      const std::string why = names_.add(address_record(owner, *address->value, ttl_sec_));
      if (!why.empty()) note(suffix.suffix, why);
    }
  }

  void note(const Marked<Zone>& zone, std::string_view why) { problems_.add(zone.mark, zone.key, why); }

  void add_hosts(const Marked<std::string>& file) {
    if (!file.usable()) return;
    const diag::Result<std::string> text = read_regular_file(file.value, kMaxHostsBytes);
    if (!text) return problems_.add(file.mark, file.key, text.error().sentence(), "a readable hosts file");
    Hosts hosts = parse_hosts(*text);
    for (const HostsLine& line : hosts.lines) add_hosts_line(line, hosts.problems);
    const std::size_t shown = std::min(hosts.problems.size(), kMaxHostsProblems);
    for (std::size_t i = 0; i < shown; ++i) {
      const HostsProblem& problem = hosts.problems[i];
      problems_.add(file.mark, file.key,
                    fmt::format("{}:{}:{}: {}", file.value, problem.mark.line, problem.mark.column, problem.what),
                    "an address and names behind it");
    }
  }

  void add_hosts_line(const HostsLine& line, std::vector<HostsProblem>& found) {
    for (const Wire& name : line.names) {
      std::string why = names_.add(address_record(name, line.address, ttl_sec_));
      if (!why.empty()) found.push_back({line.mark, std::move(why)});
    }
    const Wire reverse = reverse_name(line.address);
    const auto& octets = line.address.octets();
    const std::size_t first = line.address.is_v4() ? 12 : 0;
    const bool is_nowhere = std::all_of(octets.begin() + static_cast<std::ptrdiff_t>(first), octets.end(),
                                        [](std::byte octet) { return octet == std::byte{0}; });
    // The first name of the first line is the address's own; 0.0.0.0 is what block lists say for "nowhere".
    if (is_nowhere || names_.has(reverse, dns::QType::kPtr) || names_.has(reverse, dns::QType::kCname)) return;
    static_cast<void>(names_.add({reverse, dns::QType::kPtr, ttl_sec_, line.names.front()}));
  }

  /// An uplink of its own goes before a name of the standards.
  [[nodiscard]] bool is_forwarded(const Wire& zone) const {
    return std::any_of(config_.forward.begin(), config_.forward.end(),
                       [&](const CheckedForward& forward) { return forward.zone.value.wire == zone; });
  }

  void add_special_names() {
    for (const Marked<std::string>& word : local_.special_names.items) {
      const Wire name = folded_wire(word.value);
      if (is_forwarded(name)) continue;
      if (word.value == "localhost") {
        names_.add_localhost(name);
      } else {
        names_.add_empty_zone(name);
      }
    }
  }

  void add_reverse_zones() {
    if (local_.reverse_zones.value == ReverseZones::kOff) return;
    add_reverse_zones(special_reverse_zones());
    if (local_.reverse_zones.value == ReverseZones::kAll) add_reverse_zones(private_reverse_zones());
  }

  void add_reverse_zones(std::span<const std::string_view> zones) {
    for (const std::string_view text : zones) {
      const auto& except = local_.reverse_zones_except.items;
      const Wire zone = folded_wire(text);
      const bool is_excepted = std::any_of(except.begin(), except.end(),
                                           [&](const Marked<Zone>& other) { return other.value.text == text; });
      if (is_excepted || is_forwarded(zone)) continue;
      // RFC 1912 §4.1: the loopback address has its name.
      if (text == "127.in-addr.arpa.") add_pointer(folded_wire("1.0.0.127.in-addr.arpa."));
      if (text.starts_with("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.")) add_pointer(zone);
      names_.add_empty_zone(zone);
    }
  }

  void add_pointer(const Wire& name) {
    if (names_.has(name, dns::QType::kPtr) || names_.has(name, dns::QType::kCname)) return;
    static_cast<void>(names_.add({name, dns::QType::kPtr, kEmptyZoneTtlSec, folded_wire("localhost.")}));
  }

  void ask_upstream() {
    for (const CheckedForward& forward : config_.forward) {
      const Wire& zone = forward.zone.value.wire;
      if (zone.size() <= 1) continue;
      const bool is_plain = labels_of(zone) == 1 && plain_names() == PlainNames::kNxDomain;
      names_.ask_upstream(zone, is_plain ? Standing::kEvenAlone : Standing::kInsideOnly);
    }
  }

  const CheckedConfig& config_;
  const CheckedLocal& local_;
  Problems& problems_;
  LocalNames names_;
  std::uint32_t ttl_sec_ = 0;
};

/// Only zones of RFC 6303 may be excepted from them.
void check_excepted(const CheckedLocal& local, Problems& problems) {
  for (const Marked<Zone>& zone : local.reverse_zones_except.items) {
    if (!zone.usable()) continue;
    bool is_known = false;
    for (const auto& zones : {special_reverse_zones(), private_reverse_zones()}) {
      is_known = is_known || std::find(zones.begin(), zones.end(), zone.value.text) != zones.end();
    }
    if (is_known) continue;
    std::vector<std::string_view> all(special_reverse_zones().begin(), special_reverse_zones().end());
    all.insert(all.end(), private_reverse_zones().begin(), private_reverse_zones().end());
    problems.add(zone.mark, zone.key,
                 fmt::format("\"{}\" is no zone of RFC 6303{}", zone.value.text, did_you_mean(zone.value.text, all)),
                 "a reverse zone that would be answered here");
  }
}

}  // namespace

std::shared_ptr<const LocalStore> settle_local(const CheckedConfig& config, Problems& problems) {
  check_excepted(config.local, problems);
  return LocalSection(config, problems).settle();
}

}  // namespace config
