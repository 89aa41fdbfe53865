// SPDX-License-Identifier: Apache-2.0
/// @file client_standings.hpp – whether a client's fetches were answered recently.
///
/// Purpose    tells clients that ask for existing names from unknown clients: a flood from spoofed addresses consists of
///            unknown clients only.
/// Threads    egress only.
/// Ownership  a fixed table in the engine's memory, in sets of four; a client is identified by a hash with a secret.
/// Cost       O(1), two cache lines at most.
///
/// Invariants
///   1. Only a good answer makes a record, so unknown clients cannot evict known ones.
///   2. A client whose record is evicted is unknown until its next good answer.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/contract.hpp"
#include "base/instant.hpp"
#include "egress_queue/slot_id.hpp"

namespace egress {

/// How a fetch ended, as far as the name is concerned.
enum class ZoneAnswer : std::uint8_t {
  kGood,  // an answer, or NODATA
  kBad,   // NXDOMAIN, a failure, no reply
};

enum class Standing : std::uint8_t { kUnknown, kKnown };

class ClientStandings {
 public:
  static constexpr std::uint32_t kBadPerGood = 4;           // above this ratio a client counts as unknown
  static constexpr std::uint32_t kRememberedSec = 10 * 60;  // after the last good answer

  ClientStandings(base::Arena& arena, std::uint32_t max_fetches) noexcept
      : slots_(arena.take<Slot>(slots_for(max_fetches))) {}

  [[nodiscard]] Standing standing(std::uint64_t client_hash, base::Instant now) const noexcept {
    const Slot* slot = find(client_hash);
    if (slot == nullptr || now.sec() - slot->good_sec >= kRememberedSec) return Standing::kUnknown;
    const std::uint32_t good = std::max<std::uint32_t>(slot->good >> halvings(*slot, now), 1);
    const std::uint32_t bad = slot->bad >> halvings(*slot, now);
    return good * kBadPerGood >= bad ? Standing::kKnown : Standing::kUnknown;
  }
  void note(std::uint64_t client_hash, ZoneAnswer answer, base::Instant now) noexcept {
    Slot* slot = find(client_hash);
    if (slot == nullptr && answer == ZoneAnswer::kBad) return;
    if (slot == nullptr) {
      slot = &oldest_of(client_hash);
      *slot = {.client_hash = client_hash, .decayed_sec = now.sec()};
    }
    decay(*slot, now);
    std::uint16_t& count = answer == ZoneAnswer::kGood ? slot->good : slot->bad;
    if (count != kMost) ++count;
    if (answer == ZoneAnswer::kGood) slot->good_sec = now.sec();
  }

 private:
  static constexpr std::uint32_t kWays = 4;
  static constexpr std::uint32_t kFetchesPerSlot = 4;  // 16,384 records for 65,536 fetches
  static constexpr std::uint32_t kHalfLifeSec = 5;
  static constexpr std::uint16_t kMost = 0xffff;

  /// byte 0    8         12             16      18     20      24
  ///      ┌────┬──────────┬─────────────┬──────┬─────┬───────┐
  ///      │hash│ good_sec │ decayed_sec │ good │ bad │ spare │
  ///      └────┴──────────┴─────────────┴──────┴─────┴───────┘
  struct Slot {
    std::uint64_t client_hash = 0;  // 0: free
    std::uint32_t good_sec = 0;
    std::uint32_t decayed_sec = 0;
    std::uint16_t good = 0;  // recent answers; both counts halve every few seconds
    std::uint16_t bad = 0;
    std::uint32_t spare = 0;
  };
  static_assert(sizeof(Slot) == 24);

  [[nodiscard]] static std::uint32_t slots_for(std::uint32_t max_fetches) noexcept {
    return std::max(std::bit_ceil(max_fetches) / kFetchesPerSlot, kWays);
  }
  [[nodiscard]] static unsigned halvings(const Slot& slot, base::Instant now) noexcept {
    return std::min((now.sec() - slot.decayed_sec) / kHalfLifeSec, 15U);
  }
  static void decay(Slot& slot, base::Instant now) noexcept {
    const unsigned times = halvings(slot, now);
    if (times == 0) return;
    slot.good = static_cast<std::uint16_t>(slot.good >> times);
    slot.bad = static_cast<std::uint16_t>(slot.bad >> times);
    slot.decayed_sec = now.sec();
  }
  [[nodiscard]] std::span<Slot> set_of(std::uint64_t client_hash) const noexcept {
    return slots_.subspan((client_hash >> 20U) % (slots_.size() / kWays) * kWays, kWays);
  }
  [[nodiscard]] Slot* find(std::uint64_t client_hash) const noexcept {
    for (Slot& slot : set_of(client_hash)) {
      if (slot.client_hash == client_hash) return &slot;
    }
    return nullptr;
  }
  [[nodiscard]] Slot& oldest_of(std::uint64_t client_hash) const noexcept {
    const std::span<Slot> set = set_of(client_hash);
    return *std::min_element(set.begin(), set.end(),
                             [](const Slot& a, const Slot& b) { return a.good_sec < b.good_sec; });
  }

  std::span<Slot> slots_;
};

}  // namespace egress
