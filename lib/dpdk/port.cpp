// SPDX-License-Identifier: Apache-2.0
// Configuring, starting and closing a port.
#include "dpdk/port.hpp"

#include <cstring>

#include <fmt/core.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "diag/log.hpp"

namespace dpdk {
namespace {

diag::Error port_error(base::PortId id, std::string_view what, int error) {
  return {diag::Code::kUnavailable,
          fmt::format("port {}: {}: {}", id.value(), what, rte_strerror(error < 0 ? -error : error))};
}

constexpr std::uint64_t kTxChecksums = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
constexpr std::uint64_t kRxChecksums = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;

rte_eth_conf port_conf(const rte_eth_dev_info& info, const Port::Spec& spec, bool offload_tx) {
  rte_eth_conf conf{};
  conf.rxmode.mtu = spec.mtu_bytes;
  conf.rxmode.offloads = kRxChecksums & info.rx_offload_capa;
  if (offload_tx) conf.txmode.offloads = kTxChecksums;
  const std::uint64_t hash = (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP) & info.flow_type_rss_offloads;
  if (spec.rx_pools.size() > 1 && hash != 0) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf = hash;
  }
  return conf;
}

diag::Status check_queues(const rte_eth_dev_info& info, const Port::Spec& spec) {
  if (spec.rx_pools.size() > info.max_rx_queues || spec.tx_queues > info.max_tx_queues) {
    return diag::fail(
        diag::Code::kUnavailable,
        fmt::format("port {}: driver {} has {} RX and {} TX queues, but {} and {} are needed; use fewer workers",
                    spec.id.value(), info.driver_name, info.max_rx_queues, info.max_tx_queues, spec.rx_pools.size(),
                    spec.tx_queues));
  }
  return {};
}

diag::Status set_up_queues(const Port::Spec& spec) {
  std::uint16_t rx_descriptors = spec.rx_descriptors;
  std::uint16_t tx_descriptors = spec.tx_descriptors;
  const std::uint16_t id = spec.id.value();
  if (const int error = rte_eth_dev_adjust_nb_rx_tx_desc(id, &rx_descriptors, &tx_descriptors); error != 0) {
    return diag::fail(port_error(spec.id, "descriptors", error));
  }
  const int socket = rte_eth_dev_socket_id(id);
  for (std::uint16_t queue = 0; queue < spec.rx_pools.size(); ++queue) {
    if (const int error = rte_eth_rx_queue_setup(id, queue, rx_descriptors, static_cast<unsigned>(socket), nullptr,
                                                 spec.rx_pools[queue]->raw());
        error != 0) {
      return diag::fail(port_error(spec.id, fmt::format("RX queue {}", queue), error));
    }
  }
  for (std::uint16_t queue = 0; queue < spec.tx_queues; ++queue) {
    if (const int error = rte_eth_tx_queue_setup(id, queue, tx_descriptors, static_cast<unsigned>(socket), nullptr);
        error != 0) {
      return diag::fail(port_error(spec.id, fmt::format("TX queue {}", queue), error));
    }
  }
  return {};
}

}  // namespace

diag::Result<Port> Port::start(const Spec& spec) {
  const std::uint16_t id = spec.id.value();
  rte_eth_dev_info info{};
  if (const int error = rte_eth_dev_info_get(id, &info); error != 0)
    return diag::fail(port_error(spec.id, "info", error));
  if (auto queues = check_queues(info, spec); !queues) return diag::fail(queues.error());

  const bool offload_tx =
      spec.tx_checksum == net::TxChecksum::kOffload && (info.tx_offload_capa & kTxChecksums) == kTxChecksums;
  const rte_eth_conf conf = port_conf(info, spec, offload_tx);
  if (const int error =
          rte_eth_dev_configure(id, static_cast<std::uint16_t>(spec.rx_pools.size()), spec.tx_queues, &conf);
      error != 0) {
    return diag::fail(port_error(spec.id, "configure", error));
  }
  Port port(spec.id, info.driver_name, offload_tx ? net::TxChecksum::kOffload : net::TxChecksum::kSoftware);
  port.started_ = false;
  if (auto queues = set_up_queues(spec); !queues) return diag::fail(queues.error());
  if (const int error = rte_eth_dev_start(id); error != 0) return diag::fail(port_error(spec.id, "start", error));
  port.started_ = true;
  return port;
}

Port::Port(Port&& other) noexcept
    : id_(other.id_),
      driver_(std::move(other.driver_)),
      tx_checksum_(other.tx_checksum_),
      started_(other.started_),
      open_(other.open_) {
  other.started_ = false;
  other.open_ = false;
}

Port::~Port() { close(); }

void Port::stop() noexcept {
  if (started_) rte_eth_dev_stop(id_.value());
  started_ = false;
}

void Port::close() noexcept {
  stop();
  if (open_) rte_eth_dev_close(id_.value());
  open_ = false;
}

net::MacAddress Port::mac() const noexcept {
  rte_ether_addr address{};
  rte_eth_macaddr_get(id_.value(), &address);
  net::MacAddress mac;
  std::memcpy(mac.octets.data(), address.addr_bytes, mac.octets.size());
  return mac;
}

bool Port::link_up() const noexcept {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(id_.value(), &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

std::vector<std::pair<std::string, std::uint64_t>> Port::xstats() const {
  const int count = rte_eth_xstats_get(id_.value(), nullptr, 0);
  if (count <= 0) return {};
  std::vector<rte_eth_xstat> values(static_cast<std::size_t>(count));
  std::vector<rte_eth_xstat_name> names(static_cast<std::size_t>(count));
  const auto room = static_cast<unsigned>(count);
  if (rte_eth_xstats_get(id_.value(), values.data(), room) != count) return {};
  if (rte_eth_xstats_get_names(id_.value(), names.data(), room) != count) return {};
  std::vector<std::pair<std::string, std::uint64_t>> rows;
  for (const rte_eth_xstat& value : values) {
    if (value.value != 0) rows.emplace_back(names[value.id].name, value.value);
  }
  return rows;
}

std::vector<base::PortId> all_ports() {
  std::vector<base::PortId> ports;
  for (std::uint16_t id = 0; id < RTE_MAX_ETHPORTS; ++id) {
    if (rte_eth_dev_is_valid_port(id) != 0) ports.emplace_back(id);
  }
  return ports;
}

}  // namespace dpdk
