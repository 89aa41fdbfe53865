// SPDX-License-Identifier: Apache-2.0
/// @file ticket.hpp – 64 bits that go with a packet to Wire::transmit() and come back with its result.
///
/// Purpose    finds the budget token and the transaction of a packet that another core transmits.
/// Threads    value type.
///
///   63 ── uplink:4 ── 60 ── token:24 ── 36 ── generation:16 ── 20 ── resend:1 ── server:3 ── 16 ── transaction:16 ── 0
#pragma once

#include <cstdint>

#include "egress_queue/budget.hpp"
#include "egress_queue/slot_id.hpp"
#include "egress_upstream/port_map.hpp"
#include "egress_upstream/settings.hpp"

namespace egress {

struct WireTicket {
  std::uint16_t uplink = 0;
  Budget::Ticket token = Budget::kUnmetered;
  std::uint16_t generation = 0;  // of the transaction
  std::uint8_t resend = 0;       // 1: not the fetch's first packet
  std::uint8_t server = 0;
  SlotId transaction = 0;

  [[nodiscard]] std::uint64_t pack() const noexcept {
    return std::uint64_t{uplink} << 60U | token << 36U | std::uint64_t{generation} << 20U |
           std::uint64_t{resend} << 19U | std::uint64_t{server} << 16U | transaction;
  }
  [[nodiscard]] static WireTicket unpack(std::uint64_t bits) noexcept {
    const auto field = [bits](unsigned shift, unsigned width) { return bits >> shift & ((1ULL << width) - 1); };
    return {.uplink = static_cast<std::uint16_t>(field(60, 4)),
            .token = field(36, 24),
            .generation = static_cast<std::uint16_t>(field(20, 16)),
            .resend = static_cast<std::uint8_t>(field(19, 1)),
            .server = static_cast<std::uint8_t>(field(16, 3)),
            .transaction = static_cast<SlotId>(field(0, 16))};
  }
};
static_assert(kMaxUplinks <= 1U << 4U);
static_assert(Budget::kUnmetered < 1U << 24U);
static_assert(kMaxServersPerUplink <= 1U << 3U);
static_assert(PortMap::kPorts <= 1U << 16U, "there are at most as many transactions as ports");

}  // namespace egress
