// SPDX-License-Identifier: Apache-2.0
/// @file port_map.hpp – maps our UDP ports to open transactions, and remembers the last transaction of each port.
///
/// Purpose    finds a reply's transaction by its destination port, and tells a late reply from a stray packet.
/// Threads    egress only.
/// Cost       one cache line per reply.
///
///   slot of a port:  transaction:32 │ last_id:16 │ closed_sec:16 │ used:32       closed_sec counts modulo 2^16 s
#pragma once

#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "base/strong.hpp"
#include "egress_queue/slot_id.hpp"

namespace egress {

class PortMap {
 public:
  static constexpr std::size_t kPorts = 65'536;
  explicit PortMap(base::Arena& arena) noexcept : slots_(arena.take<Slot>(kPorts)) {}

  [[nodiscard]] SlotId transaction_at(base::UdpPort port) const noexcept { return slots_[port.value()].transaction; }
  [[nodiscard]] bool is_free(base::UdpPort port) const noexcept { return transaction_at(port) == kNoSlot; }
  void bind(base::UdpPort port, SlotId transaction) noexcept { slots_[port.value()].transaction = transaction; }
  void unbind(base::UdpPort port, base::TxId id, base::Instant now) noexcept {
    slots_[port.value()] = Slot{kNoSlot, id.value(), static_cast<std::uint16_t>(now.sec()), 1};
  }
  /// Was `id` the ID of the transaction that closed on this port within the last kLateSec seconds?
  [[nodiscard]] bool was_late(base::UdpPort port, base::TxId id, base::Instant now) const noexcept {
    const Slot& slot = slots_[port.value()];
    const auto ago_sec = static_cast<std::uint16_t>(now.sec() - slot.closed_sec);
    return slot.used != 0 && slot.last_id == id.value() && ago_sec <= kLateSec;
  }

 private:
  static constexpr std::uint16_t kLateSec = 10;
  struct Slot {
    SlotId transaction = kNoSlot;
    std::uint16_t last_id = 0;
    std::uint16_t closed_sec = 0;
    std::uint32_t used = 0;
  };
  static_assert(sizeof(Slot) == 12);

  std::span<Slot> slots_;
};

}  // namespace egress
