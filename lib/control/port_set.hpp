// SPDX-License-Identifier: Apache-2.0
/// @file port_set.hpp – the ports of the appliance: packet pools, queues, and which role uses which queue.
///
/// Purpose    gives each worker an RX and a TX queue, and the egress core a TX queue if the profile has one: queues of
///            one port, or one port per queue (AF_XDP on interfaces without combined channels).
/// Threads    main thread; each QueuePort is then used by its worker.
/// Ownership  owns ports and pools; ports close before pools are freed.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/strong.hpp"
#include "config/settings.hpp"
#include "diag/result.hpp"
#include "dpdk/packet_pool.hpp"
#include "dpdk/port.hpp"
#include "dpdk/queue_port.hpp"
#include "reports/view.hpp"

namespace control {

using reports::PortStats;

/// The packet pool of one RX queue, as large as the memory plan counts it.
[[nodiscard]] dpdk::PacketPool::Spec pool_spec(const config::Settings& settings, std::uint16_t queue);

class PortSet {
 public:
  /// After EAL's start.
  [[nodiscard]] static diag::Result<PortSet> start(const config::Settings& settings);
  PortSet(PortSet&&) = default;
  PortSet& operator=(PortSet&&) = delete;

  [[nodiscard]] dpdk::QueuePort& worker_port(std::size_t worker) noexcept { return queues_[worker]; }
  /// The egress core's own TX queue; nullptr: it uses a worker's.
  [[nodiscard]] dpdk::QueuePort* egress_port() noexcept { return has_egress_queue_ ? &queues_.back() : nullptr; }
  [[nodiscard]] net::MacAddress mac() const noexcept { return ports_.front().mac(); }
  [[nodiscard]] PortStats stats() const;
  [[nodiscard]] std::uint32_t mbufs_in_use() const noexcept;

  /// After the last transmit: makes the drivers free the buffers that they have sent.
  void collect_sent() noexcept;
  void stop() noexcept;
  void close() noexcept;

 private:
  PortSet() = default;
  [[nodiscard]] diag::Status start_ports(const config::Settings& settings);

  std::vector<dpdk::PacketPool> pools_;  // one per RX queue, as RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE requires
  std::vector<dpdk::Port> ports_;
  std::deque<dpdk::QueuePort> queues_;  // one per worker, then the egress core's if it has one
  bool has_egress_queue_ = false;
};

}  // namespace control
