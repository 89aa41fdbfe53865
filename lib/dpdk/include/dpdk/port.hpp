// SPDX-License-Identifier: Apache-2.0
/// @file port.hpp – an Ethernet port of DPDK: configured, started, stopped and closed by its one owner.
///
/// Purpose    queues, offloads and statistics of one port, limited to what its driver offers.
/// Threads    main thread; queues are used by others through QueuePort.
/// Ownership  stop and close at destruction; its pools outlive it.
/// Errors     name the port, what was asked and what the driver offers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/strong.hpp"
#include "diag/result.hpp"
#include "dpdk/packet_pool.hpp"
#include "net/address.hpp"
#include "net/frame.hpp"

namespace dpdk {

class Port {
 public:
  struct Spec {
    base::PortId id;
    std::vector<const PacketPool*> rx_pools;  // one per RX queue
    std::uint16_t tx_queues = 1;
    std::uint16_t rx_descriptors = 1'024;
    std::uint16_t tx_descriptors = 1'024;
    std::uint16_t mtu_bytes = 1'500;
    net::TxChecksum tx_checksum = net::TxChecksum::kSoftware;  // kOffload is taken only if the driver has it
  };
  [[nodiscard]] static diag::Result<Port> start(const Spec& spec);
  Port(Port&& other) noexcept;
  Port& operator=(Port&&) = delete;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  ~Port();

  [[nodiscard]] base::PortId id() const noexcept { return id_; }
  [[nodiscard]] const std::string& driver() const noexcept { return driver_; }
  [[nodiscard]] net::MacAddress mac() const noexcept;
  [[nodiscard]] net::TxChecksum tx_checksum() const noexcept { return tx_checksum_; }
  [[nodiscard]] bool link_up() const noexcept;
  /// Extended statistics that are not zero; from control, at most once a second.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> xstats() const;
  /// Stops RX and TX; mbufs in the rings are freed at close.
  void stop() noexcept;
  void close() noexcept;

 private:
  Port(base::PortId id, std::string driver, net::TxChecksum tx)
      : id_(id), driver_(std::move(driver)), tx_checksum_(tx) {}
  base::PortId id_;
  std::string driver_;
  net::TxChecksum tx_checksum_;
  bool started_ = true;
  bool open_ = true;
};

/// All ports that EAL has probed, in its order.
[[nodiscard]] std::vector<base::PortId> all_ports();

}  // namespace dpdk
