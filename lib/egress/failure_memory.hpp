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

#include <cstdint>
#include <span>

#include "arena.hpp"
#include "base/instant.hpp"

namespace egress {

class FailureMemory {
 public:
  explicit FailureMemory(Arena& arena) noexcept : slots_(arena.take<Slot>(kSlots)) {}

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

}  // namespace egress
