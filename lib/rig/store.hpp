// SPDX-License-Identifier: Apache-2.0
/// @file store.hpp – what a lane needs from a cache, real or modelled.
///
/// Purpose    the types that RealStore and ModelStore share: the result of a lookup, and simulated time.
/// Threads    values.
#pragma once

#include <cstdint>

#include "base/instant.hpp"

namespace rig {

struct Found {
  enum class What : std::uint8_t {
    kNothing,  // or nothing that may answer now
    kFresh,
    kStale,  // expired, and egress has said that it serves for the moment
  } what = What::kNothing;
  bool wants_refresh = false;  // fresh, near its expiry, and the first to notice
};

/// How full a store is and was.
struct StoreStats {
  std::uint64_t entries = 0;
  std::uint64_t bytes_used = 0;
  std::uint64_t evictions = 0;
};

/// The trace's first instant on the clock of cache and egress, whose times are never near 0.
inline constexpr std::int64_t kOriginNs = 1'000'000'000'000;
inline constexpr std::int64_t kSecondNs = 1'000'000'000;

[[nodiscard]] constexpr base::Instant instant_of(std::int64_t at_ns) noexcept {
  return base::Instant(static_cast<std::uint64_t>(at_ns + kOriginNs));
}
[[nodiscard]] constexpr std::int64_t trace_ns(base::Instant at) noexcept {
  return static_cast<std::int64_t>(at.ns()) - kOriginNs;
}

}  // namespace rig
