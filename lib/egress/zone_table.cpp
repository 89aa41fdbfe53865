// SPDX-License-Identifier: Apache-2.0
#include "zone_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace egress {
namespace {

constexpr std::uint32_t kFetchesPerZone = 8;  // 8,192 records for 65,536 questions
constexpr std::uint32_t kMinZones = 256;
constexpr base::Duration kHalfLife = std::chrono::seconds(5);
constexpr base::Duration kRemembered = std::chrono::hours(1);   // so long a zone counts as one that answers
constexpr base::Duration kProtected = std::chrono::minutes(5);  // and so long nobody takes its place
constexpr std::uint32_t kBadPerGood = 4;                        // beyond, the zone is one that mostly says no
constexpr std::uint32_t kFewBad = 8;                            // of strangers: somebody's slips

base::KeyedHash::Secret draw_secret(EntropySource* entropy) noexcept {
  base::KeyedHash::Secret secret{};
  if (entropy != nullptr) entropy->fill(secret);
  return secret;
}

std::uint32_t places_for(std::uint32_t max_fetches) noexcept {
  return std::max(kMinZones, std::bit_ceil(max_fetches) / kFetchesPerZone);
}

bool has_answered(const Zone& zone) noexcept { return zone.good_at != base::Instant(); }

}  // namespace

std::uint32_t ZoneTable::records_for(std::uint32_t max_fetches) noexcept {
  return places_for(max_fetches) + kMaxUplinks;
}

ZoneTable::ZoneTable(base::Arena& arena, std::uint32_t max_fetches, EntropySource* entropy) noexcept
    : zones_(arena.take<Zone>(records_for(max_fetches))),
      sets_(places_for(max_fetches) / kWays),
      hash_(draw_secret(entropy)) {}

SlotId ZoneTable::find(base::Bytes name, std::uint16_t uplink, base::Instant now) noexcept {
  const std::uint64_t hash = (hash_(name) + uplink) | 1U;
  const SlotId set = static_cast<SlotId>((hash >> 1U) % sets_) * kWays;
  for (SlotId i = set; i < set + kWays; ++i) {
    Zone& zone = zones_[i];
    const bool found = zone.hash == hash && zone.uplink == uplink && zone.name_bytes == name.size() &&
                       std::memcmp(zone.name.data(), name.data(), name.size()) == 0;
    if (!found) continue;
    zone.seen_at = now;
    return i;
  }
  const SlotId place = place_for(set, now);
  if (place == kNoSlot) return sets_ * kWays + uplink;
  Zone& zone = zones_[place];
  if (zone.hash == 0) ++used_;
  zone = Zone{};
  zone.hash = hash;
  zone.uplink = uplink;
  zone.seen_at = zone.decayed_at = now;
  zone.name_bytes = static_cast<std::uint8_t>(name.size());
  std::memcpy(zone.name.data(), name.data(), name.size());
  return place;
}

// An unused one, then one that never answered, then one whose last answer is long ago; always one without questions.
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

// What strangers are told does not speak against the zone's names that others ask for.
bool ZoneTable::note(SlotId index, ZoneAnswer answer, Standing standing, base::Instant now) noexcept {
  Zone& zone = zones_[index];
  if (zone.name_bytes == 0) return false;
  decay(zone, now);
  if (answer == ZoneAnswer::kGood) {
    ++zone.good;
    zone.good_at = now;
    if (standing == Standing::kUnknownClient) ++zone.unknown_good;
  } else {
    ++(standing == Standing::kUnknownClient ? zone.unknown_bad : zone.bad);
  }
  const bool is_remembered = has_answered(zone) && now - zone.good_at < kRemembered;
  const std::uint32_t good = std::max(zone.good, is_remembered ? 1U : 0U);
  const std::array before{zone.known_client_names, zone.unknown_client_names};
  zone.known_client_names = good * kBadPerGood >= zone.bad && good != 0 ? NameClass::kNew : NameClass::kUnknown;
  const bool is_flooded = zone.unknown_bad > kBadPerGood * zone.unknown_good + kFewBad;
  zone.unknown_client_names = is_flooded ? NameClass::kUnknown : zone.known_client_names;
  return before != std::array{zone.known_client_names, zone.unknown_client_names};
}

}  // namespace egress
