// SPDX-License-Identifier: Apache-2.0
// Mempools of mbufs.
#include "dpdk/packet_pool.hpp"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

namespace dpdk {
namespace {

constexpr unsigned kLcoreCacheMbufs = 256;

}  // namespace

diag::Result<PacketPool> PacketPool::create(const Spec& spec) {
  const auto room = static_cast<std::uint16_t>(spec.data_bytes + RTE_PKTMBUF_HEADROOM);
  rte_mempool* pool = rte_pktmbuf_pool_create(spec.name.c_str(), spec.mbufs, kLcoreCacheMbufs, /*priv_size=*/0, room,
                                              spec.socket.value());
  if (pool == nullptr) {
    return diag::fail(
        diag::Code::kExhausted,
        fmt::format("packet pool {}: {} mbufs of {} bytes on socket {}: {}; reserve more hugepages (sysctl "
                    "vm.nr_hugepages) or set memory.hugepages: off",
                    spec.name, spec.mbufs, room, spec.socket.value(), rte_strerror(rte_errno)));
  }
  return PacketPool(pool, spec.mbufs);
}

void PacketPool::Free::operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }

std::uint32_t PacketPool::in_use() const noexcept { return rte_mempool_in_use_count(pool_.get()); }

}  // namespace dpdk
