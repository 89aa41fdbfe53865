// SPDX-License-Identifier: Apache-2.0
/// @file links.hpp – the rings that tie a worker to the egress core and to the slow path.
///
/// Purpose    all rings through which records and packets leave or reach a worker.
/// Threads    each ring has the producer and the consumer that its comment names.
/// Ownership  boot owns rings and slots; a packet in a ring belongs to its consumer, who releases or transmits it.
#pragma once

#include <cstdint>

#include "base/spsc_ring.hpp"
#include "egress/miss.hpp"
#include "egress/wire.hpp"
#include "net/frame.hpp"
#include "packet/packet.hpp"
#include "packet/rings.hpp"

namespace worker {

/// A reply from an upstream, with its parsed frame.
struct Response {
  packet::Packet packet;
  net::FrameView frame;
};
using ResponseRing = base::SpscRing<Response>;

/// A frame of the egress core that a worker transmits if the port has no TX queue for the egress core.
struct Relay {
  packet::Packet packet;
  std::uint64_t ticket = 0;
};
using RelayRing = base::SpscRing<Relay>;

struct Relayed {
  std::uint64_t ticket = 0;
  egress::SendResult result;
};
using RelayedRing = base::SpscRing<Relayed>;

struct Links {
  egress::MissRing* misses = nullptr;             // worker → egress
  egress::CompletionRing* completions = nullptr;  // egress → worker
  ResponseRing* responses = nullptr;              // worker → egress
  packet::PacketRing* punts = nullptr;            // worker → slow path
  packet::PacketRing* injects = nullptr;          // slow path → worker; only the first worker has one
  RelayRing* relays = nullptr;                    // egress → worker; only with egress_tx: via_worker, first worker
  RelayedRing* relayed = nullptr;                 // worker → egress; only with relays
};

}  // namespace worker
