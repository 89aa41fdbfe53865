// SPDX-License-Identifier: Apache-2.0
/// @file swap.hpp – plain forwarding on the same port, as testpmd's 5tswap engine does.
///
/// Purpose    the lower bound: receive, swap MAC addresses, IP addresses and ports, transmit.
/// Threads    one.
/// Cost       bursts of 32.
#pragma once

#include <cstddef>
#include <cstdint>

namespace perf {

/// One burst of port `id`, queue 0. Returns how many packets.
std::size_t swap_burst(std::uint16_t id) noexcept;

}  // namespace perf
