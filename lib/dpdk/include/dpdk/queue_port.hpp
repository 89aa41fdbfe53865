// SPDX-License-Identifier: Apache-2.0
/// @file queue_port.hpp – one RX and one TX queue of a port as a packet::PacketPort.
///
/// Purpose    the only place where a Packet is an mbuf.
/// Threads    receive() and transmit(): one thread; allocate() and release(): any.
/// Ownership  borrows the port's queues and the pool; a Packet's handle is its mbuf.
/// Cost       one rte_eth_rx_burst or rte_eth_tx_burst per call.
#pragma once

#include <cstdint>

#include "base/strong.hpp"
#include "dpdk/packet_pool.hpp"
#include "packet/packet.hpp"

namespace dpdk {

class QueuePort final : public packet::PacketPort {
 public:
  struct Spec {
    base::PortId port;
    base::QueueId rx_queue;
    base::QueueId tx_queue;
    const PacketPool* pool = nullptr;
    net::TxChecksum tx_checksum = net::TxChecksum::kSoftware;
  };
  explicit QueuePort(const Spec& spec) noexcept : spec_(spec) {}

  [[nodiscard]] std::size_t receive(std::span<packet::Packet> out) noexcept override;
  [[nodiscard]] std::size_t transmit(std::span<const packet::Packet> packets) noexcept override;
  void release(std::span<const packet::Packet> packets) noexcept override;
  [[nodiscard]] bool allocate(packet::Packet& out) noexcept override;
  [[nodiscard]] net::TxChecksum tx_checksum() const noexcept override { return spec_.tx_checksum; }

  /// Makes the driver free the buffers that it has sent (AF_XDP keeps the last ones until the next transmit).
  void collect_sent() noexcept;

 private:
  Spec spec_;
};

}  // namespace dpdk
