// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – when an idle polling thread gives up its core.
///
/// Purpose    the back-off of a poll loop that finds no work.
/// Threads    a value type; control makes it, poll loops get copies.
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
