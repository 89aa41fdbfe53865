// SPDX-License-Identifier: Apache-2.0
/// @file links.hpp – the rings that tie a worker to the egress core and to the slow path.
///
/// Purpose    every way on which a record or a packet leaves a worker for another thread, in one struct.
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

/// A reply from an upstream, with where its payload stands.
struct Response {
  packet::Packet packet;
  net::FrameView frame;
};
using ResponseRing = base::SpscRing<Response>;

/// A frame that egress wants a worker to transmit, where the port has no TX queue for egress.
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
  RelayedRing* relayed = nullptr;                 // worker → egress, likewise
};

}  // namespace worker
