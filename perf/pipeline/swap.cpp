// SPDX-License-Identifier: Apache-2.0
// Receive, swap, transmit.
#include "swap.hpp"

#include <array>

#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

namespace perf {
namespace {

constexpr std::uint16_t kBurst = 32;

/// Headers are packed structures: references cannot bind to their fields.
#define PERF_SWAP(a, b)   \
  do {                    \
    const auto taken = a; \
    a = b;                \
    b = taken;            \
  } while (false)

// As testpmd does: reads only what locates the fields.
void swap_frame(rte_mbuf& mbuf) noexcept {
  auto* ether = rte_pktmbuf_mtod(&mbuf, rte_ether_hdr*);
  PERF_SWAP(ether->src_addr, ether->dst_addr);
  if (ether->ether_type != rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4)) return;
  auto* ip = rte_pktmbuf_mtod_offset(&mbuf, rte_ipv4_hdr*, sizeof(rte_ether_hdr));
  PERF_SWAP(ip->src_addr, ip->dst_addr);
  if (ip->next_proto_id != IPPROTO_UDP) return;
  auto* udp = rte_pktmbuf_mtod_offset(&mbuf, rte_udp_hdr*, sizeof(rte_ether_hdr) + rte_ipv4_hdr_len(ip));
  PERF_SWAP(udp->src_port, udp->dst_port);
  mbuf.ol_flags = 0;
  mbuf.tx_offload = rte_mbuf_tx_offload(sizeof(rte_ether_hdr), rte_ipv4_hdr_len(ip), 0, 0, 0, 0, 0);
}

}  // namespace

std::size_t swap_burst(std::uint16_t id) noexcept {
  std::array<rte_mbuf*, kBurst> mbufs;
  const std::uint16_t count = rte_eth_rx_burst(id, 0, mbufs.data(), kBurst);
  for (std::uint16_t i = 0; i < count; ++i) {
    if (i + 1 < count) rte_prefetch0(rte_pktmbuf_mtod(mbufs[i + 1], void*));
    swap_frame(*mbufs[i]);
  }
  const std::uint16_t sent = rte_eth_tx_burst(id, 0, mbufs.data(), count);
  for (std::uint16_t i = sent; i < count; ++i) rte_pktmbuf_free(mbufs[i]);
  return count;
}

}  // namespace perf
