// SPDX-License-Identifier: Apache-2.0
/// @file swap.hpp – plain forwarding: what testpmd's 5tswap engine does, on the same port.
///
/// Purpose    the floor: receive, swap MAC addresses, IP addresses and ports, transmit, and not one question asked.
/// Threads    one.
/// Cost       a burst of 32.
#pragma once

#include <cstddef>
#include <cstdint>

namespace perf {

/// One burst of port `id`, queue 0. Returns how many packets.
std::size_t swap_burst(std::uint16_t id) noexcept;

}  // namespace perf
