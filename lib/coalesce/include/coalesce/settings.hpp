// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – limits of a worker's in-flight table.
///
/// Purpose    how many clients may wait, for how many queries, how long, and which waiters are dropped above the quota.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace coalesce {

/// kOff and kCore are for comparisons in simulation; production uses kGlobal.
enum class Scope : std::uint8_t { kOff, kCore, kGlobal };

/// Which waiter is dropped above the soft quota: percentages that add up to 100.
struct DropPolicy {
  std::uint8_t newest_percent = 0;
  std::uint8_t random_percent = 50;
  std::uint8_t oldest_percent = 50;
};

/// How many clients may wait for one query. The current limit moves between the two values (BIND clients-per-query).
struct ClientsPerQuery {
  std::uint32_t limit = 0;  // the initial limit; 0: only max_waiters_per_query applies
  std::uint32_t max = 100;
};

/// Above this many waiting clients, admitting one evicts another (soft quota): 90 % of a small hard quota; a large one
/// minus 100, or minus the number of threads if that is more.
[[nodiscard]] constexpr std::uint32_t soft_quota(std::uint32_t hard, std::uint32_t threads) noexcept {
  constexpr std::uint32_t kLargeFrom = 1'000;
  constexpr std::uint32_t kMargin = 100;
  if (hard <= kLargeFrom) return hard * 90 / 100;
  const std::uint32_t margin = std::max(kMargin, threads);
  return hard > margin ? hard - margin : 1U;
}

struct Settings {
  Scope scope = Scope::kGlobal;
  std::uint32_t max_waiting = 65'536;  // clients waiting, of one worker: the hard quota
  std::uint32_t soft_waiting = 0;      // the soft quota; 0: there is none
  std::uint32_t max_pending = 65'536;  // distinct pending queries of one worker; a power of two
  std::uint32_t max_waiters_per_query = 4'096;
  std::uint32_t max_waiting_per_client = 1'000;  // per client address

  // What may change while the table is in use.
  std::chrono::milliseconds client_timeout{4'800};  // how long a client waits for its answer
  DropPolicy drop_policy{};
  ClientsPerQuery per_query{};
  std::uint32_t answers_per_burst = 64;  // to waiters of one address within kBurstTime; 0: no limit
};

/// Replies that leave within this time are one burst.
inline constexpr std::chrono::milliseconds kBurstTime{10};

}  // namespace coalesce
