// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – limits of a worker's in-flight table.
///
/// Purpose    how many clients may wait, for how many questions, how long, and who goes when they are too many.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace coalesce {

/// off and core exist for comparison in the benchmark rig; only global is meant for use.
enum class Scope : std::uint8_t { kOff, kCore, kGlobal };

/// Who is dropped when too many wait: shares of the victims, 100 in all.
struct DropPolicy {
  std::uint8_t newest_percent = 0;
  std::uint8_t random_percent = 50;
  std::uint8_t oldest_percent = 50;
};

/// How many clients one question may have; moves between the two.
struct ClientsPerQuery {
  std::uint32_t limit = 0;  // to begin with; 0: max_waiters_per_question alone counts
  std::uint32_t max = 100;
};

/// From so many waiting clients on each newcomer costs one who waits: nine tenths of a small hard quota; a large one
/// less a hundred, or less one for each thread where there are more threads than that.
[[nodiscard]] constexpr std::uint32_t soft_quota(std::uint32_t hard, std::uint32_t threads) noexcept {
  constexpr std::uint32_t kLargeFrom = 1'000;
  constexpr std::uint32_t kMargin = 100;
  if (hard <= kLargeFrom) return hard * 90 / 100;
  const std::uint32_t margin = std::max(kMargin, threads);
  return hard > margin ? hard - margin : 1U;
}

struct Settings {
  Scope scope = Scope::kGlobal;
  std::uint32_t max_waiting = 65'536;    // clients waiting, of one worker: the hard quota
  std::uint32_t soft_waiting = 0;        // the soft quota; 0: there is none
  std::uint32_t max_questions = 65'536;  // distinct questions in flight, of one worker; a power of two
  std::uint32_t max_waiters_per_question = 4'096;
  std::uint32_t max_waiting_per_client = 1'000;  // per client address

  // What may change while the table is in use.
  std::chrono::milliseconds patience{4'800};  // how long a client waits for its answer
  DropPolicy drop_policy{};
  ClientsPerQuery per_query{};
  std::uint32_t answers_per_burst = 64;  // to those waiting at one address, within kBurstTime; 0: as many as there are
};

/// Answers that leave within this time are one burst.
inline constexpr std::chrono::milliseconds kBurstTime{10};

}  // namespace coalesce
