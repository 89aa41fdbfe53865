// SPDX-License-Identifier: Apache-2.0
/// @file rings.hpp – rings that carry packets between the kernel's side and the polling threads.
///
/// Purpose    what the slow path shares with workers and the egress core; it needs no more of them.
/// Threads    one producer and one consumer each; worker/links.hpp names them.
/// Ownership  a packet in a ring belongs to its consumer, who transmits or releases it.
#pragma once

#include <cstdint>

#include "base/spsc_ring.hpp"
#include "packet/packet.hpp"

namespace packet {

using PacketRing = base::SpscRing<Packet>;

/// A frame of the kernel (TCP, ICMP) to an upstream server. Sending it costs a token of the uplink's budget.
struct Foreign {
  Packet packet;
  std::uint16_t uplink = 0;
};
using ForeignRing = base::SpscRing<Foreign>;

}  // namespace packet
