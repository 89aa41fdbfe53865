// SPDX-License-Identifier: Apache-2.0
/// @file port.hpp – a back end on a port of DPDK, opened by a profile.
///
/// Purpose    EAL, pool, port and queue as the appliance opens them, for one core and one queue pair.
/// Threads    main.
/// Ownership  the destructor releases its parts in order.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "diag/result.hpp"
#include "dpdk/eal.hpp"
#include "dpdk/packet_pool.hpp"
#include "dpdk/port.hpp"
#include "dpdk/queue_port.hpp"
#include "loadgen/port_backend.hpp"
#include "port_options.hpp"
#include "profile/profile.hpp"

namespace sluice_blast {

class OpenPort {
 public:
  struct Target {
    net::IpAddress server;
    base::UdpPort server_port;
    std::vector<loadgen::Endpoint> endpoints;
    net::IpAddress asker;
    std::size_t cpu = 0;
  };
  [[nodiscard]] static diag::Result<std::unique_ptr<OpenPort>> open(const PortOptions& options, const Target& target);
  [[nodiscard]] loadgen::PortBackend& backend() noexcept { return *backend_; }

 private:
  OpenPort(dpdk::Eal eal) : eal_(std::move(eal)) {}
  [[nodiscard]] diag::Status start(const profile::Profile& profile, const PortOptions& options, const Target& target);

  dpdk::Eal eal_;
  std::optional<dpdk::PacketPool> pool_;
  std::optional<dpdk::Port> port_;
  std::optional<dpdk::QueuePort> queue_;
  std::unique_ptr<loadgen::PortBackend> backend_;
};

}  // namespace sluice_blast
