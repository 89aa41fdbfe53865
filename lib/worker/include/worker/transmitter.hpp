// SPDX-License-Identifier: Apache-2.0
/// @file transmitter.hpp – collects packets and hands them to the port in bursts.
///
/// Purpose    the one place where a worker's packets leave: transmitted, or dropped and counted after one retry.
/// Threads    one worker.
/// Ownership  push() takes the packet.
#pragma once

#include <array>
#include <cstddef>

#include "answer/counters.hpp"
#include "packet/packet.hpp"

namespace worker {

class Transmitter {
 public:
  Transmitter(packet::PacketPort& port, answer::Counters& counters) noexcept : port_(&port), counters_(&counters) {}

  void push(const packet::Packet& packet) noexcept {
    pending_[size_++] = packet;
    if (size_ == packet::kBurst) flush();
  }
  /// Transmits the pending packets. Packets that the port refuses twice are released and counted as tx_full.
  void flush() noexcept;

 private:
  packet::PacketPort* port_;
  answer::Counters* counters_;
  std::array<packet::Packet, packet::kBurst> pending_;
  std::size_t size_ = 0;
};

}  // namespace worker
