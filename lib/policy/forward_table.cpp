// SPDX-License-Identifier: Apache-2.0
// Forward zones in an open-addressing table, asked once for each depth that exists.
#include "policy/forward_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/contract.hpp"
#include "labels.hpp"

namespace policy {
namespace {

constexpr std::uint32_t tag_of(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash >> 32U); }

}  // namespace

std::size_t ForwardTable::slots_for(std::size_t zones) noexcept { return std::bit_ceil(2 * zones + 1); }

base::Outcome<ForwardTable, ForwardReject> ForwardTable::create(std::span<const ForwardZone> zones,
                                                                std::span<Slot> slots,
                                                                const base::KeyedHash& hash) noexcept {
  if (zones.size() > kMaxForwardZones) return ForwardReject::kTooManyZones;
  SLUICE_REQUIRE(slots.size() == slots_for(zones.size()));
  std::fill(slots.begin(), slots.end(), Slot{});
  ForwardTable table(slots, hash);
  for (const ForwardZone& zone : zones) {
    Labels labels;
    if (!split(zone.name, labels)) return ForwardReject::kBadName;
    if (labels.count == 0) {
      if (table.root_) return ForwardReject::kDuplicateZone;
      table.root_ = zone.uplink;
      continue;
    }
    if (!table.insert(zone)) return ForwardReject::kDuplicateZone;
    mark(table.depths_, labels.count);
    table.deep_ = true;
  }
  return table;
}

bool ForwardTable::insert(const ForwardZone& zone) noexcept {
  const std::uint64_t hash = (*hash_)(zone.name);
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at].name != nullptr; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.name_bytes == zone.name.size() && std::memcmp(slot.name, zone.name.data(), slot.name_bytes) == 0) {
      return false;
    }
  }
  slots_[at] = {zone.name.data(), tag_of(hash), static_cast<std::uint16_t>(zone.name.size()), zone.uplink.value()};
  return true;
}

const ForwardTable::Slot* ForwardTable::find(base::Bytes suffix) const noexcept {
  const std::uint64_t hash = (*hash_)(suffix);
  for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.name == nullptr) return nullptr;
    if (slot.tag == tag_of(hash) && slot.name_bytes == suffix.size() &&
        std::memcmp(slot.name, suffix.data(), suffix.size()) == 0) {
      return &slot;
    }
  }
}

std::optional<dns::UplinkId> ForwardTable::route_deep(base::Bytes qname) const noexcept {
  Labels labels;
  if (!SLUICE_CHECK(split(qname, labels))) return std::nullopt;
  for (auto depth = deepest(depths_, labels.count); depth; depth = deepest(depths_, *depth - 1)) {
    const Slot* slot = find(labels.suffix(qname, *depth));
    if (slot != nullptr) return dns::UplinkId(slot->uplink);
  }
  return root_;
}

}  // namespace policy
