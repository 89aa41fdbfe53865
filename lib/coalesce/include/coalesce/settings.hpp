// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – limits of a worker's in-flight table.
///
/// Purpose    how many clients may wait, for how many questions, how long.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <chrono>
#include <cstdint>

namespace coalesce {

/// off and core exist for comparison in the benchmark rig; only global is meant for use.
enum class Scope : std::uint8_t { kOff, kCore, kGlobal };

struct Settings {
  Scope scope = Scope::kGlobal;
  std::uint32_t max_waiting = 65'536;    // clients waiting, of one worker; a power of two
  std::uint32_t max_questions = 32'768;  // distinct questions in flight, of one worker; a power of two
  std::uint32_t max_waiters_per_question = 4'096;
  std::uint32_t max_waiting_per_client = 1'000;  // per client address
  std::chrono::milliseconds patience{4'800};     // how long a client waits for its answer
};

}  // namespace coalesce
