// SPDX-License-Identifier: Apache-2.0
/// @file failure_memory.hpp – questions that just failed although an expired answer could serve.
///
/// Purpose    what the failure entry is where nothing better is known: the next asker gets the expired answer at once, and
///            the upstream is left alone for a while, or until it has recovered. A question that is forgotten (another one took its slot) is
///            asked upstream once more, nothing worse.
/// Threads    egress only.
/// Ownership  a fixed table in the engine's memory.
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

  /// Whose fault it was.
  enum class Cause : std::uint8_t {
    kName,    // a failure came back, or the server answered others meanwhile
    kServer,  // nobody was answered: over with the server's next answer
  };

  void note(std::uint64_t hash, Cause cause, base::Instant at) noexcept { slot_of(hash) = {hash, at, cause}; }
  /// Did it fail less than `lasting` ago, and does that still mean anything when the servers last answered then?
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

/// For how long each further failure of a question is kept: twice as long as the one before, up to five times the first.
/// It begins anew after an answer, a minute without a failure, or when another question took the slot. RFC 9520 §3.2.
class FailureBackOff {
 public:
  explicit FailureBackOff(base::Arena& arena) noexcept : slots_(arena.take<Slot>(kSlots)) {}

  /// The question fails now; `first_sec` is the TTL of a first failure.
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
