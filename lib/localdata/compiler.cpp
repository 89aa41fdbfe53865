// SPDX-License-Identifier: Apache-2.0
// Records, suffixes and hosts files first, then the names that every appliance answers itself, as one Store.
#include "localdata/compiler.hpp"

#include <algorithm>
#include <utility>

#include "builder.hpp"
#include "dns/name.hpp"
#include "names.hpp"
#include "parse.hpp"

namespace localdata {
namespace {

// RFC 1912 §4.1: the loopback address has its name.
constexpr std::string_view kLoopbackZone = "127.in-addr.arpa.";
constexpr std::string_view kLoopbackName = "1.0.0.127.in-addr.arpa.";
constexpr std::string_view kLoopbackV6Prefix = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.";

/// 0.0.0.0 and ::, which block lists use as the address of names that shall not resolve.
bool is_unspecified(const net::IpAddress& address) {
  const auto& octets = address.octets();
  const std::ptrdiff_t first = address.is_v4() ? 12 : 0;
  return std::all_of(octets.begin() + first, octets.end(), [](std::byte octet) { return octet == std::byte{0}; });
}

}  // namespace

struct Compiler::Parts {
  Options options;
  Names names;

  [[nodiscard]] bool is_forwarded(const Wire& zone) const {
    return std::find(options.forward.begin(), options.forward.end(), zone) != options.forward.end();
  }

  void add_pointer(const Wire& name, std::uint32_t ttl_sec, Wire target) {
    if (names.has(name, dns::QType::kPtr) || names.has(name, dns::QType::kCname)) return;
    static_cast<void>(names.add({name, dns::QType::kPtr, ttl_sec, std::move(target)}));
  }

  void add_hosts_line(const HostsLine& line, std::vector<HostsProblem>& problems) {
    for (const Wire& name : line.names) {
      std::string why = names.add(address_record(name, line.address, options.ttl_sec));
      if (!why.empty()) problems.push_back({line.mark, std::move(why)});
    }
    // The first name of an address's first line becomes the target of its PTR record.
    if (!is_unspecified(line.address)) {
      add_pointer(reverse_name(line.address), options.ttl_sec, line.names.front());
    }
  }

  void add_reverse_zones(std::span<const std::string_view> zones, std::span<const std::string> except) {
    for (const std::string_view text : zones) {
      const Wire zone = folded_wire(text);
      if (std::find(except.begin(), except.end(), text) != except.end() || is_forwarded(zone)) continue;
      const Wire localhost = folded_wire("localhost.");
      if (text == kLoopbackZone) add_pointer(folded_wire(kLoopbackName), kEmptyZoneTtlSec, localhost);
      if (text.starts_with(kLoopbackV6Prefix)) add_pointer(zone, kEmptyZoneTtlSec, localhost);
      names.add_empty_zone(zone);
    }
  }

  void ask_upstream() {
    for (const Wire& zone : options.forward) {
      if (zone.size() <= 1) continue;
      const bool is_plain = labels_of(zone) == 1 && options.plain == PlainNames::kNxDomain;
      names.ask_upstream(zone, is_plain ? Override::kAlways : Override::kLocalZones);
    }
  }
};

Compiler::Compiler(Options options) : parts_(std::make_unique<Parts>(Parts{std::move(options), {}})) {}
Compiler::~Compiler() = default;

std::string Compiler::add_record(std::string_view line) {
  const tl::expected<Record, std::string> record = parse_record(line, parts_->options.ttl_sec);
  return record ? parts_->names.add(*record) : record.error();
}

std::string Compiler::add_suffix(base::Bytes suffix, const net::IpAddress& address) {
  Wire owner{std::byte{1}, std::byte{'*'}};
  owner.insert(owner.end(), suffix.begin(), suffix.end());
  if (owner.size() > dns::kMaxNameBytes) return "is too long for a name to be below it";
  return parts_->names.add(address_record(std::move(owner), address, parts_->options.ttl_sec));
}

std::vector<HostsProblem> Compiler::add_hosts(std::string_view text) {
  Hosts hosts = parse_hosts(text);
  for (const HostsLine& line : hosts.lines) parts_->add_hosts_line(line, hosts.problems);
  return std::move(hosts.problems);
}

std::string Compiler::looping_name() const { return parts_->names.looping_name(); }

void Compiler::add_special_name(std::string_view name) {
  const Wire wire = folded_wire(name);
  if (parts_->is_forwarded(wire)) return;
  if (name == "localhost") {
    parts_->names.add_localhost(wire);
  } else {
    parts_->names.add_empty_zone(wire);
  }
}

void Compiler::add_reverse_zones(ReverseZones which, std::span<const std::string> except) {
  if (which == ReverseZones::kOff) return;
  parts_->add_reverse_zones(special_reverse_zones(), except);
  if (which == ReverseZones::kAll) parts_->add_reverse_zones(private_reverse_zones(), except);
}

std::shared_ptr<const Store> Compiler::build(const Wire& loop_zone) {
  if (!loop_zone.empty()) parts_->names.add_empty_zone(loop_zone);
  parts_->names.fill_empty_zones();
  parts_->ask_upstream();
  return Builder(parts_->names, parts_->options.ttl_sec).build(parts_->options.plain, loop_zone);
}

}  // namespace localdata
