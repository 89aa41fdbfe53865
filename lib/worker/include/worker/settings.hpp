// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – the polling loop's settings.
///
/// Purpose    when a polling thread lets go of its core.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <chrono>
#include <cstdint>

namespace worker {

struct IdleSettings {
  std::uint32_t polls_before_pause = 64;     // empty polls in a row before the CPU's pause instruction
  std::uint32_t polls_before_sleep = 2'048;  // empty polls in a row before the thread sleeps; 0: never sleeps
  std::chrono::microseconds sleep{50};
};

}  // namespace worker
