// SPDX-License-Identifier: Apache-2.0
/// @file strong.hpp – numbers that do not mix: ports, queues, lcores, sockets, transaction ids.
///
/// Purpose    explicit construction, comparison, no arithmetic; a test proves that two of them do not convert.
/// Threads    value types.
#pragma once

#include <compare>
#include <cstdint>

namespace base {

template <class Tag, class Rep>
class Strong {
 public:
  using rep = Rep;
  constexpr Strong() noexcept = default;
  constexpr explicit Strong(Rep value) noexcept : value_(value) {}
  [[nodiscard]] constexpr Rep value() const noexcept { return value_; }
  friend constexpr auto operator<=>(const Strong&, const Strong&) noexcept = default;

 private:
  Rep value_{};
};

using PortId = Strong<struct PortIdTag, std::uint16_t>;      // DPDK ethernet port
using QueueId = Strong<struct QueueIdTag, std::uint16_t>;    // RX or TX queue of a port
using LcoreId = Strong<struct LcoreIdTag, std::uint32_t>;    // EAL lcore, a polling thread
using SocketId = Strong<struct SocketIdTag, int>;            // NUMA socket
using WorkerId = Strong<struct WorkerIdTag, std::uint16_t>;  // egress subscriber: a worker or the TCP responder
using TxId = Strong<struct TxIdTag, std::uint16_t>;          // the ID field of a DNS header
using UdpPort = Strong<struct UdpPortTag, std::uint16_t>;    // UDP port, host order

}  // namespace base
