// SPDX-License-Identifier: Apache-2.0
// Pools, ports and queues as the profile says.
#include "port_set.hpp"

#include <fmt/core.h>

namespace control {
namespace {

net::TxChecksum tx_checksum(const profile::Profile& profile) noexcept {
  return profile.tx_checksum == profile::Checksum::kOffload ? net::TxChecksum::kOffload : net::TxChecksum::kSoftware;
}

dpdk::Layout layout_for(const profile::Profile& profile) noexcept {
  return profile.bus == profile::Bus::kPci ? dpdk::Layout::kWithinPages : dpdk::Layout::kDense;
}

}  // namespace

dpdk::PacketPool::Spec pool_spec(const config::Settings& settings, std::uint16_t queue) {
  return {.name = fmt::format("rx{}", queue),
          .mbufs = settings.memory.mbufs_per_worker,
          .data_bytes = settings.memory.mbuf_data_bytes,
          .socket = base::SocketId(-1),
          .layout = layout_for(settings.profile)};
}

diag::Result<PortSet> PortSet::start(const config::Settings& settings) {
  PortSet set;
  for (std::uint16_t queue = 0; queue < settings.workers(); ++queue) {
    auto pool = dpdk::PacketPool::create(pool_spec(settings, queue));
    if (!pool) return diag::fail(pool.error());
    set.pools_.push_back(std::move(*pool));
  }
  if (auto started = set.start_ports(settings); !started) return diag::fail(started.error());
  return set;
}

diag::Status PortSet::start_ports(const config::Settings& settings) {
  const std::vector<base::PortId> found = dpdk::all_ports();
  const profile::Profile& profile = settings.profile;
  const std::uint16_t workers = settings.workers();
  const bool port_per_queue = profile.queues == profile::QueueLayout::kDevicePerQueue;
  const std::size_t wanted = port_per_queue ? workers : 1;
  if (found.size() != wanted) {
    return diag::fail(
        diag::Code::kUnavailable,
        fmt::format("port.device {}: EAL found {} ports, {} are needed; check that the device exists and that "
                    "profile {} matches it",
                    settings.port.device, found.size(), wanted, profile.name));
  }
  const std::uint16_t rx_queues = port_per_queue ? 1 : workers;
  for (std::size_t i = 0; i < found.size(); ++i) {
    dpdk::Port::Spec spec{.id = found[i],
                          .rx_pools = {},
                          .tx_queues = profile.tx_queues(rx_queues),
                          .rx_descriptors = profile.rx_descriptors,
                          .tx_descriptors = profile.tx_descriptors,
                          .mtu_bytes = settings.port.mtu_bytes,
                          .tx_checksum = tx_checksum(profile)};
    for (std::uint16_t queue = 0; queue < rx_queues; ++queue) spec.rx_pools.push_back(&pools_[i + queue]);
    auto port = dpdk::Port::start(spec);
    if (!port) return diag::fail(port.error());
    ports_.push_back(std::move(*port));
  }
  for (std::uint16_t worker = 0; worker < workers; ++worker) {
    const dpdk::Port& port = ports_[port_per_queue ? worker : 0];
    const base::QueueId queue(port_per_queue ? std::uint16_t{0} : worker);
    queues_.emplace_back(dpdk::QueuePort::Spec{port.id(), queue, queue, &pools_[worker], port.tx_checksum()});
  }
  has_egress_queue_ = profile.egress_tx == profile::EgressTx::kOwnQueue;
  if (has_egress_queue_) {
    const dpdk::Port& port = ports_.front();
    queues_.emplace_back(dpdk::QueuePort::Spec{port.id(), base::QueueId(0), base::QueueId(rx_queues), &pools_.front(),
                                               net::TxChecksum::kSoftware});
  }
  return {};
}

PortStats PortSet::stats() const {
  PortStats stats{
      .driver = ports_.front().driver(), .link_up = true, .mbufs_in_use = 0, .mbufs_total = 0, .xstats = {}};
  for (const dpdk::Port& port : ports_) {
    stats.link_up = stats.link_up && port.link_up();
    for (auto& [name, value] : port.xstats()) {
      stats.xstats.emplace_back(ports_.size() == 1 ? name : fmt::format("port{}_{}", port.id().value(), name), value);
    }
  }
  stats.mbufs_in_use = mbufs_in_use();
  for (const dpdk::PacketPool& pool : pools_) stats.mbufs_total += pool.size();
  return stats;
}

std::uint32_t PortSet::mbufs_in_use() const noexcept {
  std::uint32_t in_use = 0;
  for (const dpdk::PacketPool& pool : pools_) in_use += pool.in_use();
  return in_use;
}

void PortSet::collect_sent() noexcept {
  for (dpdk::QueuePort& queue : queues_) queue.collect_sent();
}

void PortSet::stop() noexcept {
  for (dpdk::Port& port : ports_) port.stop();
}

void PortSet::close() noexcept {
  for (dpdk::Port& port : ports_) port.close();
}

}  // namespace control
