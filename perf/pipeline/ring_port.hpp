// SPDX-License-Identifier: Apache-2.0
/// @file ring_port.hpp – a DPDK port over two rings whose other ends belong to the benchmark.
///
/// Purpose    the cheapest driver: a measurement shows the cost of the program, not of the driver.
/// Threads    one.
/// Ownership  owns pool, rings and port; EAL outlives it.
/// Errors     ends the program with a sentence.
///
///   offer() ─▶ RX ring ─▶ rte_eth_rx_burst ─▶ measured code ─▶ rte_eth_tx_burst ─▶ TX ring ─▶ collect()
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "dpdk/packet_pool.hpp"
#include "dpdk/port.hpp"
#include "dpdk/queue_port.hpp"
#include "support/questions.hpp"

struct rte_ring;

namespace perf {

class RingPort {
 public:
  RingPort();
  ~RingPort();
  RingPort(const RingPort&) = delete;
  RingPort& operator=(const RingPort&) = delete;

  [[nodiscard]] dpdk::QueuePort& queue() noexcept { return *queue_; }
  [[nodiscard]] std::uint16_t id() const noexcept { return port_->id().value(); }

  /// Puts these frames into new packets that the port receives next.
  void offer(std::span<const Frame* const> frames);
  /// Takes the sent packets and frees their buffers. Returns how many; copies the first one on request.
  std::size_t collect(Frame* first = nullptr);
  /// Buffers that are neither in the pool nor in a ring.
  [[nodiscard]] std::uint32_t in_use() const noexcept { return pool_->in_use(); }

 private:
  rte_ring* rx_;
  rte_ring* tx_;
  std::optional<dpdk::PacketPool> pool_;
  std::optional<dpdk::Port> port_;
  std::optional<dpdk::QueuePort> queue_;
};

}  // namespace perf
