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

/// The layout of mbufs in memory.
enum class Layout : std::uint8_t {
  kWithinPages,  // no mbuf crosses a page border: for devices that read physical addresses
  kDense,  // without gaps: for AF_XDP. net_af_xdp 22.11 registers (number of mbufs) x (size of one) bytes as UMEM, and
           // the kernel silently drops packets in mbufs after that. In hugepages, mbufs that cross a page border are
           // taken out of the pool, because a zero-copy driver drops their packets.
};

class PacketPool {
 public:
  struct Spec {
    std::string name;                  // unique in the process, shorter than RTE_MEMPOOL_NAMESIZE
    std::uint32_t mbufs = 8'191;       // 2^k - 1 wastes no memory
    std::uint16_t data_bytes = 2'048;  // room per mbuf, headroom not included
    base::SocketId socket;
    Layout layout = Layout::kDense;
  };
  [[nodiscard]] static diag::Result<PacketPool> create(const Spec& spec);

  [[nodiscard]] rte_mempool* raw() const noexcept { return pool_.get(); }
  [[nodiscard]] std::uint32_t in_use() const noexcept;
  /// Usable mbufs: `Spec::mbufs` without those taken out.
  [[nodiscard]] std::uint32_t size() const noexcept { return mbufs_ - aside_; }

  struct Free {
    void operator()(rte_mempool* pool) const noexcept;
  };

 private:
  explicit PacketPool(rte_mempool* pool) noexcept;
  std::unique_ptr<rte_mempool, Free> pool_;
  std::uint32_t mbufs_;
  std::uint32_t aside_ = 0;
};

}  // namespace dpdk
