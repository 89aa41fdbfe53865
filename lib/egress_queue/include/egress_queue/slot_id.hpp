// SPDX-License-Identifier: Apache-2.0
/// @file index.hpp – places in the engine's fixed tables.
#pragma once

#include <cstdint>

namespace egress {

using SlotId = std::uint32_t;
inline constexpr SlotId kNoSlot = 0xffff'ffffU;

}  // namespace egress
