// SPDX-License-Identifier: Apache-2.0
// Mempools of mbufs.
#include "dpdk/packet_pool.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include <fmt/core.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_memory.h>
#include <rte_mempool.h>

namespace dpdk {
namespace {

constexpr unsigned kLcoreCacheMbufs = 256;
constexpr std::uint64_t kOrdinaryPageBytes = 4'096;

using Pool = std::unique_ptr<rte_mempool, PacketPool::Free>;

// What rte_pktmbuf_pool_create() does, with another flag.
Pool make_dense(const PacketPool::Spec& spec, std::uint16_t room) {
  Pool pool(rte_mempool_create_empty(spec.name.c_str(), spec.mbufs, static_cast<unsigned>(sizeof(rte_mbuf)) + room,
                                     kLcoreCacheMbufs, sizeof(rte_pktmbuf_pool_private), spec.socket.value(),
                                     RTE_MEMPOOL_F_NO_IOVA_CONTIG));
  if (pool == nullptr || rte_mempool_set_ops_byname(pool.get(), rte_mbuf_best_mempool_ops(), nullptr) != 0) return {};
  rte_pktmbuf_pool_private about{};
  about.mbuf_data_room_size = room;
  rte_pktmbuf_pool_init(pool.get(), &about);
  if (rte_mempool_populate_default(pool.get()) < 0) return {};
  rte_errno = ENOMEM;
  if (pool->nb_mem_chunks != 1) return {};  // no memory segment was large enough
  rte_mempool_obj_iter(pool.get(), rte_pktmbuf_init, nullptr);
  return pool;
}

// Allocates the mbufs that cross a hugepage border and never frees them.
std::uint32_t set_aside(rte_mempool* pool) {
  const rte_memseg_list* memory = rte_mem_virt2memseg_list(STAILQ_FIRST(&pool->mem_list)->addr);
  if (memory == nullptr || memory->page_sz <= kOrdinaryPageBytes) return 0;
  std::vector<void*> mbufs(pool->populated_size);
  const auto count = static_cast<unsigned>(mbufs.size());
  if (rte_mempool_generic_get(pool, mbufs.data(), count, nullptr) != 0) return 0;
  const auto lies_in_one = [&](void* mbuf) {
    const std::uint64_t first = std::bit_cast<std::uintptr_t>(mbuf) - pool->header_size;
    const std::uint64_t last = std::bit_cast<std::uintptr_t>(mbuf) + pool->elt_size - 1;
    return first / memory->page_sz == last / memory->page_sz;
  };
  const auto good =
      static_cast<unsigned>(std::stable_partition(mbufs.begin(), mbufs.end(), lies_in_one) - mbufs.begin());
  rte_mempool_generic_put(pool, mbufs.data(), good, nullptr);
  return count - good;
}

}  // namespace

PacketPool::PacketPool(rte_mempool* pool) noexcept : pool_(pool), mbufs_(pool->populated_size) {}

diag::Result<PacketPool> PacketPool::create(const Spec& spec) {
  const auto room = static_cast<std::uint16_t>(spec.data_bytes + RTE_PKTMBUF_HEADROOM);
  Pool pool = spec.layout == Layout::kDense
                  ? make_dense(spec, room)
                  : Pool(rte_pktmbuf_pool_create(spec.name.c_str(), spec.mbufs, kLcoreCacheMbufs, /*priv_size=*/0, room,
                                                 spec.socket.value()));
  if (pool == nullptr) {
    return diag::fail(
        diag::Code::kExhausted,
        fmt::format("packet pool {}: {} mbufs of {} bytes on socket {}: {}; reserve more hugepages (sysctl "
                    "vm.nr_hugepages) or set memory.hugepages: off",
                    spec.name, spec.mbufs, room, spec.socket.value(), rte_strerror(rte_errno)));
  }
  PacketPool made(pool.release());
  if (spec.layout == Layout::kDense) made.aside_ = set_aside(made.raw());
  return made;
}

void PacketPool::Free::operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }

std::uint32_t PacketPool::in_use() const noexcept { return rte_mempool_in_use_count(pool_.get()) - aside_; }

}  // namespace dpdk
