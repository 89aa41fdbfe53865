// SPDX-License-Identifier: Apache-2.0
/// @file port_set.hpp – the appliance's port: pools, queues and who transmits on which.
///
/// Purpose    makes one receive queue for each worker and a way to transmit for egress, as the profile says: queues of
///            one port, or one port per queue (AF_XDP on interfaces without combined channels).
/// Threads    main thread; the queue ports are then used by their workers.
/// Ownership  owns ports and pools; queues close before pools go.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/strong.hpp"
#include "config/settings.hpp"
#include "control/view.hpp"
#include "diag/result.hpp"
#include "dpdk/packet_pool.hpp"
#include "dpdk/port.hpp"
#include "dpdk/queue_port.hpp"

namespace control {

class PortSet {
 public:
  /// After EAL's start.
  [[nodiscard]] static diag::Result<PortSet> start(const config::Settings& settings);
  PortSet(PortSet&&) = default;
  PortSet& operator=(PortSet&&) = delete;

  [[nodiscard]] dpdk::QueuePort& worker_port(std::size_t worker) noexcept { return queues_[worker]; }
  /// A TX queue of its own for egress, or nullptr: then a worker's is used.
  [[nodiscard]] dpdk::QueuePort* egress_port() noexcept { return has_egress_queue_ ? &queues_.back() : nullptr; }
  [[nodiscard]] net::MacAddress mac() const noexcept { return ports_.front().mac(); }
  [[nodiscard]] PortStats stats() const;
  [[nodiscard]] std::uint32_t mbufs_in_use() const noexcept;

  /// After the last transmit: drivers give back the buffers that they have sent.
  void collect_sent() noexcept;
  void stop() noexcept;
  void close() noexcept;

 private:
  PortSet() = default;
  [[nodiscard]] diag::Status start_ports(const config::Settings& settings);

  std::vector<dpdk::PacketPool> pools_;  // one per RX queue: a pool per queue is what fast free asks for
  std::vector<dpdk::Port> ports_;
  std::deque<dpdk::QueuePort> queues_;  // one per worker, then egress' own if there is one
  bool has_egress_queue_ = false;
};

}  // namespace control
