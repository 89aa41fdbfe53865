// SPDX-License-Identifier: Apache-2.0
/// @file handle.hpp – names one use of a slot in a fixed table.
///
/// Purpose    the generation recognises a message that arrives after its slot was freed and reused, so the message
///            never reaches the slot's new owner.
/// Threads    a value.
#pragma once

#include <cstdint>

namespace base {

struct Handle {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  // incremented each time the slot is taken
  friend bool operator==(const Handle&, const Handle&) noexcept = default;
};

}  // namespace base
