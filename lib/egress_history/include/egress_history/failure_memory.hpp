// SPDX-License-Identifier: Apache-2.0
/// @file failure_memory.hpp – names that failed recently: when stale data serves at once, and how long failures are kept.
///
/// Purpose    FailureMemory: the name failed while stale data could serve, so the next client gets the stale answer at
///            once and the upstream is left alone for a while. FailureBackOff: the TTL of repeated failures.
///            Another name may take the slot; the name is then asked upstream one time more than needed.
/// Threads    egress only.
/// Ownership  fixed tables in the engine's memory.
/// RFC        8767 §5 (failure recheck), 9520 §3.2.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/instant.hpp"

namespace egress {

class FailureMemory {
 public:
  explicit FailureMemory(base::Arena& arena) noexcept : slots_(arena.take<Slot>(kSlots)) {}

  /// What failed.
  enum class Cause : std::uint8_t {
    kName,    // the reply was a failure, or the server answered other fetches meanwhile
    kServer,  // no fetch was answered: forgotten with the server's next answer
  };

  void note(std::uint64_t hash, Cause cause, base::Instant at) noexcept { slot_of(hash) = {hash, at, cause}; }
  /// Whether the name failed less than `lasting` ago. A failure of the server is forgotten when a server has answered
  /// since (`answered_at`).
  [[nodiscard]] bool knows(std::uint64_t hash, base::Instant now, base::Duration lasting,
                           base::Instant answered_at) const noexcept {
    const Slot& slot = slot_of(hash);
    return slot.hash == hash && now - slot.at < lasting && (slot.cause == Cause::kName || answered_at <= slot.at);
  }

 private:
  static constexpr std::size_t kSlots = 4'096;
  struct Slot {
    std::uint64_t hash = 0;
    base::Instant at;
    Cause cause = Cause::kName;
  };
  [[nodiscard]] Slot& slot_of(std::uint64_t hash) const noexcept { return slots_[hash & (kSlots - 1)]; }

  std::span<Slot> slots_;
};

/// TTL of repeated failures of a name: each twice as long as the one before, up to five times the first.
/// It starts again after an answer, after a minute without a failure, or when another name took the slot. RFC 9520 §3.2.
class FailureBackOff {
 public:
  explicit FailureBackOff(base::Arena& arena) noexcept : slots_(arena.take<Slot>(kSlots)) {}

  /// The name fails now; `first_sec` is the TTL of a first failure.
  [[nodiscard]] std::uint32_t fail(std::uint64_t hash, std::uint32_t first_sec, base::Instant now) noexcept {
    Slot& slot = slot_of(hash);
    const bool again =
        slot.hash == hash && slot.ttl_sec != 0 && now - slot.at < std::chrono::seconds(slot.ttl_sec) + kForgottenAfter;
    const std::uint32_t most_sec = std::min(first_sec * kMostTimes, kMostSec);
    slot = {hash, now, std::min(again ? slot.ttl_sec * 2 : first_sec, most_sec)};
    return slot.ttl_sec;
  }
  void succeed(std::uint64_t hash) noexcept {
    if (slot_of(hash).hash == hash) slot_of(hash).ttl_sec = 0;
  }

 private:
  static constexpr std::size_t kSlots = 4'096;
  static constexpr std::uint32_t kMostTimes = 5;
  static constexpr std::uint32_t kMostSec = 300;
  static constexpr base::Duration kForgottenAfter = std::chrono::minutes(1);
  struct Slot {
    std::uint64_t hash = 0;
    base::Instant at;
    std::uint32_t ttl_sec = 0;
  };
  [[nodiscard]] Slot& slot_of(std::uint64_t hash) const noexcept { return slots_[hash & (kSlots - 1)]; }

  std::span<Slot> slots_;
};

}  // namespace egress
