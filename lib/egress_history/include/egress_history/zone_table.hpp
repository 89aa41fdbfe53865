// SPDX-License-Identifier: Apache-2.0
/// @file zone_table.hpp – zones that fetches are about, and how their names were answered.
///
/// Purpose    a record per zone: whether it answers, how many of its fetches are open, what fetches_per_zone refused.
/// Threads    egress only.
/// Ownership  a fixed table in the engine's memory; hashed with a secret drawn at start, in sets of eight.
/// Cost       find: one hash, eight compares; record: none on top of that.
///
/// Invariants
///   1. find() changes nothing: only a fetch that is opened makes a record.
///   2. A record with open fetches, or with a good answer within five minutes, is never evicted. When a set is full of
///      such records, further zones of the set share one record per uplink.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "dns/zone_name.hpp"
#include "egress_history/client_standings.hpp"
#include "egress_queue/settings.hpp"
#include "egress_queue/slot_id.hpp"

namespace egress {

/// Each zone has one queue per kind; the kind and the zone's record decide the class.
enum class QueueKind : std::uint8_t {
  kKnown,          // the name was answered before, or a pin says known
  kByZone,         // class of the zone's new names
  kUnknownClient,  // class of the zone's new names from clients without standing
  kPinnedNew,      // a pin says new
  kPinnedUnknown,  // a pin says unknown
};
inline constexpr std::uint32_t kQueuesPerZone = 5;

/// Written by ZoneTable only.
struct Zone {
  std::uint64_t hash = 0;  // 0: free
  base::Instant good_at;   // last good answer
  base::Instant seen_at;   // last fetch
  base::Instant decayed_at;
  std::uint64_t allowed = 0;      // first sends
  std::uint64_t dropped = 0;      // refused by fetches_per_zone
  base::Instant dropped_at;       // last refusal
  std::uint32_t open = 0;         // fetches sent or queued
  std::uint32_t outstanding = 0;  // of these, sent
  std::uint32_t good = 0;         // good answers to any client; these four counts halve every few seconds
  std::uint32_t bad = 0;          // bad answers to clients with standing
  std::uint32_t unknown_good = 0;
  std::uint32_t unknown_bad = 0;
  NameClass known_client_names = NameClass::kUnknown;    // class of new names that clients with standing ask
  NameClass unknown_client_names = NameClass::kUnknown;  // class of new names that clients without standing ask
  std::uint8_t name_bytes = 0;                           // 0: the shared record
  std::uint16_t uplink = 0;
  std::array<std::byte, dns::kMaxZoneBytes> name;

  [[nodiscard]] base::Bytes wire_name() const noexcept { return base::Bytes(name).first(name_bytes); }
};

class ZoneTable {
 public:
  /// Records for this table, plus the shared record of each uplink.
  [[nodiscard]] static std::uint32_t records_for(std::uint32_t max_fetches) noexcept;
  ZoneTable(base::Arena& arena, std::uint32_t max_fetches, const base::KeyedHash::Secret& secret) noexcept;

  /// Result of a look-up: the record, or kNoSlot and where a new one would go.
  struct Found {
    std::uint64_t hash = 0;
    SlotId zone = kNoSlot;
  };
  [[nodiscard]] Found find(base::Bytes name, std::uint16_t uplink) const noexcept;
  /// The record of a zone for a fetch that opens now: its own, a new one in place of one that may be evicted, or the
  /// shared one. `found` comes from find() with the same name and uplink.
  [[nodiscard]] SlotId record(const Found& found, base::Bytes name, std::uint16_t uplink, base::Instant now) noexcept;

  void note_opened(SlotId zone) noexcept { ++zones_[zone].open; }
  /// The first packet of a fetch was sent.
  void note_out(SlotId zone) noexcept;
  void note_closed(SlotId zone, bool was_out) noexcept;
  /// fetches_per_zone refused a fetch.
  void note_refused(SlotId zone, base::Instant now) noexcept;
  /// A fetch of a client with this standing has ended. True when the class of the zone's new names has changed.
  [[nodiscard]] bool note(SlotId zone, ZoneAnswer answer, Standing standing, base::Instant now) noexcept;
  /// Looks at the next records for one with more outstanding fetches than the fullest so far.
  void look_for_fullest() noexcept;

  /// kNoSlot: a zone without a record.
  [[nodiscard]] NameClass class_of(QueueKind kind, SlotId zone) const noexcept;
  [[nodiscard]] static SlotId queue_of(SlotId zone, QueueKind kind) noexcept {
    return zone * kQueuesPerZone + static_cast<std::uint32_t>(kind);
  }
  /// Whether as many of its fetches are outstanding as `most` allows; 0: no limit.
  [[nodiscard]] bool is_full(SlotId zone, std::uint32_t most) const noexcept {
    return most != 0 && zone != kNoSlot && zones_[zone].name_bytes != 0 && zones_[zone].outstanding >= most;
  }
  [[nodiscard]] std::uint32_t fullest_outstanding() const noexcept { return zones_[fullest_].outstanding; }

  [[nodiscard]] const Zone& operator[](SlotId zone) const noexcept { return zones_[zone]; }
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(zones_.size()); }
  [[nodiscard]] std::uint32_t used() const noexcept { return used_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return sets_ * kWays; }

 private:
  static constexpr std::uint32_t kWays = 8;

  [[nodiscard]] SlotId set_of(std::uint64_t hash) const noexcept {
    return static_cast<SlotId>((hash >> 1U) % sets_) * kWays;
  }
  [[nodiscard]] SlotId place_for(SlotId set, base::Instant now) const noexcept;
  static void decay(Zone& zone, base::Instant now) noexcept;

  std::span<Zone> zones_;  // sets_ * kWays, then kMaxUplinks shared records
  std::uint32_t sets_;
  std::uint32_t used_ = 0;
  SlotId fullest_ = 0;  // has the most outstanding fetches, as far as look_for_fullest() has come
  SlotId look_at_ = 0;
  base::KeyedHash hash_;
};

}  // namespace egress
