// SPDX-License-Identifier: Apache-2.0
// Rings, a pool and the port between them.
#include "ring_port.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <rte_eth_ring.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

namespace perf {
namespace {

constexpr unsigned kSlots = 2'048;
constexpr std::uint32_t kMbufs = 4'095;
constexpr std::uint16_t kDataBytes = 2'048;

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "pipeline: %s\n", what);
  std::exit(2);
}

rte_ring* make_ring(const char* name) {
  rte_ring* ring = rte_ring_create(name, kSlots, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  if (ring == nullptr) give_up("no memory for a ring; raise EAL's -m");
  return ring;
}

template <class T>
T owned(diag::Result<T> made) {
  if (!made) give_up(made.error().sentence().c_str());
  return std::move(*made);
}

}  // namespace

RingPort::RingPort() : rx_(make_ring("perf_rx")), tx_(make_ring("perf_tx")) {
  std::array<rte_ring*, 1> rx{rx_};
  std::array<rte_ring*, 1> tx{tx_};
  const int id = rte_eth_from_rings("net_perf", rx.data(), 1, tx.data(), 1, 0);
  if (id < 0) give_up("cannot make a port of the rings");
  pool_ = owned(dpdk::PacketPool::create(
      {.name = "perf", .mbufs = kMbufs, .data_bytes = kDataBytes, .socket = base::SocketId(-1)}));
  port_.emplace(owned(dpdk::Port::start({.id = base::PortId(static_cast<std::uint16_t>(id)), .rx_pools = {&*pool_}})));
  queue_.emplace(dpdk::QueuePort::Spec{port_->id(), base::QueueId(0), base::QueueId(0), &*pool_});
}

RingPort::~RingPort() { collect(); }

void RingPort::offer(std::span<const Frame* const> frames) {
  for (const Frame* frame : frames) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_->raw());
    if (mbuf == nullptr) give_up("the packet pool is empty: buffers leak");
    std::memcpy(rte_pktmbuf_mtod(mbuf, void*), frame->data(), frame->size());
    mbuf->data_len = static_cast<std::uint16_t>(frame->size());
    mbuf->pkt_len = mbuf->data_len;
    if (rte_ring_sp_enqueue(rx_, mbuf) != 0) give_up("the RX ring is full");
  }
}

std::size_t RingPort::collect(Frame* first) {
  std::size_t count = 0;
  std::array<void*, 32> taken;
  for (;;) {
    const unsigned n = rte_ring_sc_dequeue_burst(tx_, taken.data(), taken.size(), nullptr);
    if (n == 0) return count;
    for (unsigned i = 0; i < n; ++i) {
      auto* mbuf = static_cast<rte_mbuf*>(taken[i]);
      if (count++ == 0 && first != nullptr) {
        const auto* data = rte_pktmbuf_mtod(mbuf, const std::byte*);
        first->assign(data, data + mbuf->data_len);
      }
      rte_pktmbuf_free(mbuf);
    }
  }
}

}  // namespace perf
