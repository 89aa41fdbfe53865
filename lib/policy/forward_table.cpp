// SPDX-License-Identifier: Apache-2.0
// One probe of the table for each number of labels that some zone has, longest first.
#include "policy/forward_table.hpp"

#include <algorithm>

#include "base/contract.hpp"
#include "labels.hpp"
#include "suffix_slots.hpp"

namespace policy {

std::size_t ForwardTable::slots_for(std::size_t zones) noexcept { return suffix_slots_for(zones); }

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
  Slot* slot = take_slot(slots_, (*hash_)(zone.name), zone.name);
  if (slot == nullptr) return false;
  slot->uplink = zone.uplink.value();
  return true;
}

const ForwardTable::Slot* ForwardTable::find(base::Bytes suffix) const noexcept {
  return find_slot(slots_, (*hash_)(suffix), suffix);
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
