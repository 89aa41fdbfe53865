// SPDX-License-Identifier: Apache-2.0
/// @file packet_pool.hpp – packet buffers of one NUMA socket.
///
/// Purpose    owns one mempool of mbufs.
/// Threads    made and freed by the main thread; allocation and release by any.
/// Ownership  outlives every port queue and every thread that may hold an mbuf of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/strong.hpp"
#include "diag/result.hpp"

struct rte_mempool;

namespace dpdk {

class PacketPool {
 public:
  struct Spec {
    std::string name;                  // unique in the process, shorter than RTE_MEMPOOL_NAMESIZE
    std::uint32_t mbufs = 8'191;       // 2^k - 1 wastes no memory
    std::uint16_t data_bytes = 2'048;  // room per mbuf, headroom not included
    base::SocketId socket;
  };
  [[nodiscard]] static diag::Result<PacketPool> create(const Spec& spec);

  [[nodiscard]] rte_mempool* raw() const noexcept { return pool_.get(); }
  [[nodiscard]] std::uint32_t in_use() const noexcept;
  [[nodiscard]] std::uint32_t size() const noexcept { return mbufs_; }

 private:
  struct Free {
    void operator()(rte_mempool* pool) const noexcept;
  };
  PacketPool(rte_mempool* pool, std::uint32_t mbufs) noexcept : pool_(pool), mbufs_(mbufs) {}
  std::unique_ptr<rte_mempool, Free> pool_;
  std::uint32_t mbufs_;
};

}  // namespace dpdk
