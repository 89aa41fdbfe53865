// SPDX-License-Identifier: Apache-2.0
/// @file slot_id.hpp – an index into one of the engine's fixed tables.
///
/// Purpose    names fetches, transactions, zones, queues and subscribers by their slot.
/// Threads    value type.
#pragma once

#include <cstdint>

namespace egress {

using SlotId = std::uint32_t;
inline constexpr SlotId kNoSlot = 0xffff'ffffU;

}  // namespace egress
