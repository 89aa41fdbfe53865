// SPDX-License-Identifier: Apache-2.0
// Records, suffixes and zones under the names that they belong to.
#include "names.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "dns/name.hpp"
#include "dns/text.hpp"

namespace localdata {
namespace {

constexpr std::size_t kMaxRrsetBytes = 60'000;  // leaves room in a message for question, SOA and OPT

bool is_wildcard(base::Bytes name) noexcept {
  return name.size() > 2 && name[0] == std::byte{1} && name[1] == std::byte{'*'};
}

Wire wire(base::Bytes bytes) { return {bytes.begin(), bytes.end()}; }

Rrset soa_of(const Wire& apex) {
  // @ IN SOA @ nobody.invalid. 1 3600 1200 604800 10800
  Wire rdata = apex;
  const Wire person = folded_wire("nobody.invalid.");
  rdata.insert(rdata.end(), person.begin(), person.end());
  for (const std::uint32_t number : {1U, 3'600U, 1'200U, 604'800U, kEmptyZoneTtlSec}) {
    std::array<std::byte, 4> octets{};
    base::store_be32(octets.data(), number);
    rdata.insert(rdata.end(), octets.begin(), octets.end());
  }
  return {kEmptyZoneTtlSec, {rdata}};
}

void add_apex(NameNode& apex, const Wire& name) {
  apex.is_cut = true;
  apex.at.kind = NameData::Kind::kAnswers;
  apex.at.rrsets.try_emplace(dns::QType::kSoa, soa_of(name));
  apex.at.rrsets.try_emplace(dns::QType::kNs, Rrset{kEmptyZoneTtlSec, {name}});
}

std::size_t bytes_of(const Rrset& rrset) noexcept {
  constexpr std::size_t kFieldBytes = 12;  // compressed owner, type, class, TTL, length
  std::size_t bytes = 0;
  for (const Wire& rdata : rrset.rdata) bytes += kFieldBytes + rdata.size();
  return bytes;
}

}  // namespace

Wire folded_wire(std::string_view name) {
  dns::NameWire room;
  const base::Bytes plain = dns::name_from_text(name, room);
  Wire folded(plain.size());
  dns::fold(plain, folded.data());
  return folded;
}

std::string name_text(base::Bytes name) {
  dns::NameText room;
  return std::string(dns::name_to_text(name, room));
}

base::Bytes parent_of(base::Bytes name) noexcept {
  if (name.size() <= 1) return {};
  return name.subspan(1 + std::to_integer<std::size_t>(name[0]));
}

std::size_t labels_of(base::Bytes name) noexcept {
  std::size_t labels = 0;
  for (; name.size() > 1; name = parent_of(name)) ++labels;
  return labels;
}

std::string Names::add(const Record& record) {
  const bool below = is_wildcard(record.owner);
  const Wire name = below ? wire(parent_of(record.owner)) : record.owner;
  if (name.size() <= 1) return "local data cannot have records of the root";
  NameData& data = below ? map_[name].below : map_[name].at;
  const bool is_alias = record.qtype == dns::QType::kCname;
  const bool has_alias = data.find(dns::QType::kCname) != nullptr;
  if (has_alias ? !is_alias : is_alias && !data.rrsets.empty()) {
    return fmt::format("\"{}\" has a CNAME and other records", name_text(record.owner));
  }
  data.kind = NameData::Kind::kAnswers;
  const auto [place, is_new] = data.rrsets.try_emplace(record.qtype, Rrset{record.ttl_sec, {}});
  Rrset& rrset = place->second;
  rrset.ttl_sec = std::min(rrset.ttl_sec, record.ttl_sec);
  if (std::find(rrset.rdata.begin(), rrset.rdata.end(), record.rdata) != rrset.rdata.end()) return {};
  if (is_alias && !rrset.rdata.empty()) return fmt::format("\"{}\" has two CNAMEs", name_text(record.owner));
  rrset.rdata.push_back(record.rdata);
  if (bytes_of(rrset) > kMaxRrsetBytes) {
    return fmt::format("\"{}\" has more records of this type than one message holds", name_text(record.owner));
  }
  return {};
}

bool Names::has(const Wire& name, dns::QType qtype) const {
  const auto found = map_.find(name);
  return found != map_.end() && found->second.at.find(qtype) != nullptr;
}

void Names::add_empty_zone(const Wire& apex) {
  NameNode& zone = map_[apex];
  if (zone.below.is_set()) return;
  add_apex(zone, apex);
  zone.below.kind = NameData::Kind::kAnswers;
  zone.below.otherwise = dns::Rcode::kNxDomain;
}

void Names::add_localhost(const Wire& apex) {
  NameNode& zone = map_[apex];
  if (zone.below.is_set()) return;
  add_apex(zone, apex);
  zone.below.kind = NameData::Kind::kAnswers;
  const Wire v4{std::byte{127}, std::byte{0}, std::byte{0}, std::byte{1}};
  Wire v6(16);
  v6.back() = std::byte{1};
  for (NameData* data : {&zone.at, &zone.below}) {
    data->rrsets.try_emplace(dns::QType::kA, Rrset{kEmptyZoneTtlSec, {v4}});
    data->rrsets.try_emplace(dns::QType::kAaaa, Rrset{kEmptyZoneTtlSec, {v6}});
  }
}

void Names::ask_upstream(const Wire& zone, Override how) {
  bool is_inside = how == Override::kAlways;
  for (base::Bytes up = parent_of(zone); !up.empty() && !is_inside; up = parent_of(up)) {
    const Map::value_type* found = entry(up);
    is_inside = found != nullptr && found->second.below.is_set();
  }
  if (!is_inside) return;
  NameNode& node = map_[zone];
  for (NameData* data : {&node.at, &node.below}) {
    if (!data->is_set()) data->kind = NameData::Kind::kAskUpstream;
  }
}

void Names::fill_empty_zones() {
  std::vector<Wire> existing;
  for (const auto& [name, node] : map_) {
    const base::Bytes zone = zone_of(parent_of(name));
    for (base::Bytes up = name; !zone.empty() && up.size() > zone.size(); up = parent_of(up)) {
      existing.push_back(wire(up));
    }
  }
  for (const Wire& name : existing) {
    NameData& at = map_[name].at;
    if (!at.is_set()) at.kind = NameData::Kind::kAnswers;
  }
}

std::string Names::looping_name() const {
  for (const auto& [name, node] : map_) {
    for (const NameData* data : {&node.at, &node.below}) {
      const Rrset* alias = data->find(dns::QType::kCname);
      std::size_t links = 0;
      while (alias != nullptr && ++links <= kMaxChain) {
        Wire target(alias->rdata.front().size());
        dns::fold(alias->rdata.front(), target.data());
        const Match found = match(target);
        alias = found.data == nullptr ? nullptr : found.data->find(dns::QType::kCname);
      }
      if (alias != nullptr) return name_text(name);
    }
  }
  return {};
}

Names::Match Names::match(base::Bytes name) const {
  for (base::Bytes up = name; up.size() > 1; up = parent_of(up)) {
    const Map::value_type* found = entry(up);
    if (found == nullptr) continue;
    const NameData& data = up.size() == name.size() ? found->second.at : found->second.below;
    if (!data.is_set()) continue;
    if (data.kind == NameData::Kind::kAskUpstream) return {};
    return {&data, found->first};
  }
  return {};
}

base::Bytes Names::zone_of(base::Bytes name) const {
  for (base::Bytes up = name; up.size() > 1; up = parent_of(up)) {
    const Map::value_type* found = entry(up);
    if (found == nullptr) continue;
    if (found->second.is_cut) return found->first;
    if (found->second.below.is_set()) return {};  // a suffix or an uplink is in between
  }
  return {};
}

const Names::Map::value_type* Names::entry(base::Bytes name) const {
  const auto found = map_.find(wire(name));
  return found == map_.end() ? nullptr : &*found;
}

}  // namespace localdata
