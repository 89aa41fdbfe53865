// SPDX-License-Identifier: Apache-2.0
/// @file learned_timeout.hpp – how long a client waits after its latest packet, learned from its retransmissions.
///
/// Purpose    a client that retransmits every g seconds has given up if 1.2 g have passed without another packet. Work
///            for it is wasted from then on.
/// Threads    one owner.
/// Ownership  slots in memory given at creation: a fixed number, direct-mapped. A client whose slot is taken over is
///            treated as one that never retransmitted.
/// Cost       one slot, O(1).
///
///   slot   address:16 │ window:4 │ in_window_ms:4 │ before_ms:4      the largest gap of this window and of the last one
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/instant.hpp"
#include "net/address.hpp"

namespace coalesce {

class LearnedTimeout {
 public:
  static constexpr std::size_t kSlots = 4'096;
  static constexpr std::chrono::seconds kWindow{300};        // gaps are forgotten after one to two of these
  static constexpr std::chrono::milliseconds kLeast{1'000};  // no client is presumed gone sooner
  static constexpr std::chrono::milliseconds kCopyWithin{
      50};  // two packets closer than this are one packet, duplicated on its way

  struct Slot {
    net::IpAddress address;
    std::uint32_t window = 0;
    std::uint32_t in_window_ms = 0;
    std::uint32_t before_ms = 0;
  };
  static_assert(sizeof(Slot) == 28);

  /// kSlots of them, value-initialised.
  explicit LearnedTimeout(std::span<Slot> slots) noexcept : slots_(slots) {}

  void prefetch(std::uint32_t hash) const noexcept { __builtin_prefetch(&slots_[hash % kSlots]); }
  /// The client has retransmitted a query after `gap`.
  void learn(std::uint32_t hash, const net::IpAddress& address, base::Duration gap, base::Instant now) noexcept {
    if (gap < kCopyWithin) return;
    Slot& slot = slots_[hash % kSlots];
    const std::uint32_t window = window_of(now);
    if (slot.address != address) {
      slot = {address, window, 0, 0};
    } else if (slot.window != window) {
      slot.before_ms = slot.window + 1 == window ? slot.in_window_ms : 0;
      slot.in_window_ms = 0;
      slot.window = window;
    }
    slot.in_window_ms = std::max(slot.in_window_ms, static_cast<std::uint32_t>(gap / std::chrono::milliseconds(1)));
  }

  /// How long after its latest packet the client waits. At most `client_timeout`, which is the value for a client that has
  /// not retransmitted within the last windows.
  [[nodiscard]] base::Duration of(std::uint32_t hash, const net::IpAddress& address, base::Duration client_timeout,
                                  base::Instant now) const noexcept {
    const Slot& slot = slots_[hash % kSlots];
    if (slot.address != address) return client_timeout;
    const std::uint32_t window = window_of(now);
    std::uint32_t gap_ms = slot.window == window || slot.window + 1 == window ? slot.in_window_ms : 0;
    if (slot.window == window) gap_ms = std::max(gap_ms, slot.before_ms);
    if (gap_ms == 0) return client_timeout;
    const base::Duration gone = std::chrono::milliseconds(std::uint64_t{gap_ms} * 6 / 5);
    return std::min(std::max<base::Duration>(gone, kLeast), client_timeout);
  }

 private:
  [[nodiscard]] static std::uint32_t window_of(base::Instant at) noexcept {
    return static_cast<std::uint32_t>(at.ns() / static_cast<std::uint64_t>(std::chrono::nanoseconds(kWindow).count()));
  }

  std::span<Slot> slots_;
};

}  // namespace coalesce
