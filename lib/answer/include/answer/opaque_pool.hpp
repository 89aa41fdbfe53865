// SPDX-License-Identifier: Apache-2.0
/// @file opaque_pool.hpp – signed messages that are on their way to an upstream.
///
/// Purpose    keeps the octets of each message until the completion of its pending query arrives.
/// Threads    those of its answerer. The egress core reads a message between its Miss and its Completion.
/// Cost       a scan of 32 slots, and none while no slot is taken.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>

#include "base/bytes.hpp"
#include "base/handle.hpp"
#include "egress/opaque.hpp"
#include "stats/counter.hpp"

namespace answer {

class OpaquePool {
 public:
  static constexpr std::size_t kSlots = 32;

  struct Slot {
    egress::OpaqueMessage message;
    base::Handle handle;  // of its pending query, once that is open
    bool taken = false;
  };

  /// A slot with a copy of the message; nullptr when none is free or the message is too large.
  [[nodiscard]] Slot* take(base::Bytes message) noexcept {
    if (taken_ == kSlots || message.size() > egress::OpaqueMessage{}.octets.size()) return nullptr;
    Slot* slot = slots_.data();
    while (slot->taken) ++slot;
    std::memcpy(slot->message.octets.data(), message.data(), message.size());
    slot->message.size = static_cast<std::uint16_t>(message.size());
    slot->handle = {};
    slot->taken = true;
    in_use_.set(++taken_);
    return slot;
  }
  void give_back(Slot* slot) noexcept {
    slot->taken = false;
    in_use_.set(--taken_);
  }
  /// The slot of this pending query; nullptr: its message was not signed.
  [[nodiscard]] Slot* find(base::Handle handle) noexcept {
    if (taken_ == 0) return nullptr;
    for (Slot& slot : slots_) {
      if (slot.taken && slot.handle == handle) return &slot;
    }
    return nullptr;
  }
  // any thread; the value is a moment old
  [[nodiscard]] std::uint64_t in_use() const noexcept { return in_use_.read(); }

 private:
  std::array<Slot, kSlots> slots_{};
  std::size_t taken_ = 0;
  stats::Gauge in_use_;
};

}  // namespace answer
