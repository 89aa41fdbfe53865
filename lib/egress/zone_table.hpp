// SPDX-License-Identifier: Apache-2.0
/// @file zone_table.hpp – the zones that questions are about, and what came of asking them.
///
/// Purpose    a zone's record: whether it answers, how many of its questions are out, what its quota refused. A zone that
///            works is never pushed out by zones that do not: names of made-up zones share one record when their place is
///            full.
/// Threads    egress only.
/// Ownership  a fixed table in the engine's memory; hashed with a secret drawn at start, in sets of eight.
/// Cost       find: one hash, eight compares.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "client_standings.hpp"
#include "egress/settings.hpp"
#include "egress/stats.hpp"
#include "egress/wire.hpp"
#include "slot_id.hpp"

namespace egress {

struct Zone {
  std::uint64_t hash = 0;  // 0: nobody's
  base::Instant good_at;   // its last good answer
  base::Instant seen_at;
  base::Instant decayed_at;
  std::uint64_t allowed = 0;      // first sends
  std::uint64_t dropped = 0;      // refused by fetches_per_zone
  base::Instant dropped_at;       // the last of them
  std::uint32_t open = 0;         // questions in flight or queued
  std::uint32_t outstanding = 0;  // of these, sent
  std::uint32_t good = 0;         // answers of late, these four halve every few seconds: to anybody
  std::uint32_t bad = 0;          // to those who have standing
  std::uint32_t unknown_good = 0;
  std::uint32_t unknown_bad = 0;
  NameClass known_client_names = NameClass::kUnknown;
  NameClass unknown_client_names = NameClass::kUnknown;  // new names that strangers ask for
  std::uint8_t name_bytes = 0;                           // 0: the shared record
  std::uint16_t uplink = 0;
  std::array<std::byte, kMaxZoneBytes> name;

  [[nodiscard]] base::Bytes wire_name() const noexcept { return base::Bytes(name).first(name_bytes); }
};

class ZoneTable {
 public:
  /// Records for so many questions, and one for each uplink that its zones share when there is no place.
  [[nodiscard]] static std::uint32_t records_for(std::uint32_t max_fetches) noexcept;
  ZoneTable(base::Arena& arena, std::uint32_t max_fetches, EntropySource* entropy) noexcept;

  /// The record of a zone: its own, a new one in the place of one that is of no use, or the shared one.
  [[nodiscard]] SlotId find(base::Bytes name, std::uint16_t uplink, base::Instant now) noexcept;
  /// What came of a question of somebody with this standing. True when the class of the zone's new names, anybody's or
  /// strangers', is another one now.
  [[nodiscard]] bool note(SlotId zone, ZoneAnswer answer, Standing standing, base::Instant now) noexcept;

  [[nodiscard]] Zone& operator[](SlotId zone) noexcept { return zones_[zone]; }
  [[nodiscard]] const Zone& operator[](SlotId zone) const noexcept { return zones_[zone]; }
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(zones_.size()); }
  [[nodiscard]] std::uint32_t used() const noexcept { return used_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return sets_ * kWays; }

 private:
  static constexpr std::uint32_t kWays = 8;

  [[nodiscard]] SlotId place_for(SlotId set, base::Instant now) const noexcept;
  static void decay(Zone& zone, base::Instant now) noexcept;

  std::span<Zone> zones_;  // sets_ * kWays, and kMaxUplinks
  std::uint32_t sets_;
  std::uint32_t used_ = 0;
  base::KeyedHash hash_;
};

}  // namespace egress
