// SPDX-License-Identifier: Apache-2.0
// Zone records: look-up and eviction, counts of answers, and the class that follows from them.
#include "egress_history/zone_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace egress {
namespace {

constexpr std::uint32_t kFetchesPerRecord = 8;  // 8,192 records for 65,536 fetches
constexpr std::uint32_t kMinZones = 256;
constexpr base::Duration kHalfLife = std::chrono::seconds(5);
constexpr base::Duration kRemembered = std::chrono::hours(1);   // a zone counts as one that answers for this long
constexpr base::Duration kProtected = std::chrono::minutes(5);  // and is not evicted for this long
constexpr std::uint32_t kBadPerGood = 4;  // above this ratio a zone counts as one that mostly answers NXDOMAIN
constexpr std::uint32_t kFewBad = 8;      // bad answers to clients without standing that do not count: typing errors
constexpr SlotId kZonesPerLook = 128;     // 8,192 in a little more than a second

std::uint32_t places_for(std::uint32_t max_fetches) noexcept {
  return std::max(kMinZones, std::bit_ceil(max_fetches) / kFetchesPerRecord);
}

bool has_answered(const Zone& zone) noexcept { return zone.good_at != base::Instant(); }

}  // namespace

std::uint32_t ZoneTable::records_for(std::uint32_t max_fetches) noexcept {
  return places_for(max_fetches) + kMaxUplinks;
}

ZoneTable::ZoneTable(base::Arena& arena, std::uint32_t max_fetches, const base::KeyedHash::Secret& secret) noexcept
    : zones_(arena.take<Zone>(records_for(max_fetches))), sets_(places_for(max_fetches) / kWays), hash_(secret) {}

ZoneTable::Found ZoneTable::find(base::Bytes name, std::uint16_t uplink) const noexcept {
  Found found{.hash = (hash_(name) + uplink) | 1U};
  const SlotId set = set_of(found.hash);
  for (SlotId i = set; i < set + kWays; ++i) {
    const Zone& zone = zones_[i];
    const bool is_same = zone.hash == found.hash && zone.uplink == uplink && zone.name_bytes == name.size() &&
                         std::memcmp(zone.name.data(), name.data(), name.size()) == 0;
    if (!is_same) continue;
    found.zone = i;
    break;
  }
  return found;
}

SlotId ZoneTable::record(const Found& found, base::Bytes name, std::uint16_t uplink, base::Instant now) noexcept {
  if (found.zone != kNoSlot) {
    zones_[found.zone].seen_at = now;
    return found.zone;
  }
  const SlotId place = place_for(set_of(found.hash), now);
  if (place == kNoSlot) return sets_ * kWays + uplink;
  Zone& zone = zones_[place];
  if (zone.hash == 0) ++used_;
  zone = Zone{};
  zone.hash = found.hash;
  zone.uplink = uplink;
  zone.seen_at = zone.decayed_at = now;
  zone.name_bytes = static_cast<std::uint8_t>(name.size());
  std::memcpy(zone.name.data(), name.data(), name.size());
  return place;
}

// Preference: a free record, then one that never answered, then the one with the oldest good answer. Never one with open
// fetches.
SlotId ZoneTable::place_for(SlotId set, base::Instant now) const noexcept {
  SlotId best = kNoSlot;
  for (SlotId i = set; i < set + kWays; ++i) {
    const Zone& zone = zones_[i];
    if (zone.hash == 0) return i;
    if (zone.open != 0 || (has_answered(zone) && now - zone.good_at < kProtected)) continue;
    const bool is_better = best == kNoSlot || zone.good_at < zones_[best].good_at ||
                           (zone.good_at == zones_[best].good_at && zone.seen_at < zones_[best].seen_at);
    if (is_better) best = i;
  }
  return best;
}

void ZoneTable::decay(Zone& zone, base::Instant now) noexcept {
  const base::Duration passed = now - zone.decayed_at;
  if (passed < kHalfLife) return;
  const auto halvings = static_cast<unsigned>(std::min<std::int64_t>(passed / kHalfLife, 31));
  zone.good >>= halvings;
  zone.bad >>= halvings;
  zone.unknown_good >>= halvings;
  zone.unknown_bad >>= halvings;
  zone.decayed_at = now;
}

void ZoneTable::note_out(SlotId index) noexcept {
  Zone& zone = zones_[index];
  ++zone.outstanding;
  ++zone.allowed;
  const bool has_quota = zone.name_bytes != 0;  // the shared record has none
  if (has_quota && zone.outstanding >= zones_[fullest_].outstanding) fullest_ = index;
}

void ZoneTable::note_closed(SlotId index, bool was_out) noexcept {
  --zones_[index].open;
  if (was_out) --zones_[index].outstanding;
}

void ZoneTable::note_refused(SlotId index, base::Instant now) noexcept {
  ++zones_[index].dropped;
  zones_[index].dropped_at = now;
}

// Bad answers to clients without standing do not lower the class of names that other clients ask.
bool ZoneTable::note(SlotId index, ZoneAnswer answer, Standing standing, base::Instant now) noexcept {
  Zone& zone = zones_[index];
  if (zone.name_bytes == 0) return false;
  decay(zone, now);
  if (answer == ZoneAnswer::kGood) {
    ++zone.good;
    zone.good_at = now;
    if (standing == Standing::kUnknown) ++zone.unknown_good;
  } else {
    ++(standing == Standing::kUnknown ? zone.unknown_bad : zone.bad);
  }
  const bool is_remembered = has_answered(zone) && now - zone.good_at < kRemembered;
  const std::uint32_t good = std::max(zone.good, is_remembered ? 1U : 0U);
  const std::array before{zone.known_client_names, zone.unknown_client_names};
  zone.known_client_names = good * kBadPerGood >= zone.bad && good != 0 ? NameClass::kNew : NameClass::kUnknown;
  const bool is_flooded = zone.unknown_bad > kBadPerGood * zone.unknown_good + kFewBad;
  zone.unknown_client_names = is_flooded ? NameClass::kUnknown : zone.known_client_names;
  return before != std::array{zone.known_client_names, zone.unknown_client_names};
}

// A fetch that ends may leave another zone the fullest.
void ZoneTable::look_for_fullest() noexcept {
  for (SlotId left = kZonesPerLook; left != 0; --left) {
    look_at_ = look_at_ + 1 < capacity() ? look_at_ + 1 : 0;
    if (zones_[look_at_].outstanding > zones_[fullest_].outstanding) fullest_ = look_at_;
  }
}

NameClass ZoneTable::class_of(QueueKind kind, SlotId zone) const noexcept {
  switch (kind) {
    case QueueKind::kKnown:
      return NameClass::kKnown;
    case QueueKind::kPinnedNew:
      return NameClass::kNew;
    case QueueKind::kPinnedUnknown:
      return NameClass::kUnknown;
    case QueueKind::kUnknownClient:
      return zone == kNoSlot ? NameClass::kUnknown : zones_[zone].unknown_client_names;
    case QueueKind::kByZone:
      break;
  }
  return zone == kNoSlot ? NameClass::kUnknown : zones_[zone].known_client_names;
}

}  // namespace egress
