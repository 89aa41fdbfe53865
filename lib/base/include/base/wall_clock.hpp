// SPDX-License-Identifier: Apache-2.0
/// @file wall_clock.hpp – converts an Instant to Unix time.
///
/// Purpose    cookies carry Unix time, and the data path has only the monotonic clock. Control stores the difference
///            about once a second, so a step of the system's clock is followed within a second.
/// Threads    one writer (control), any readers.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/instant.hpp"

namespace base {

class WallClock {
 public:
  /// Stores that `now` is `unix_sec`.
  void set(Instant now, std::uint32_t unix_sec) noexcept {
    ahead_sec_.store(unix_sec - now.sec(), std::memory_order_relaxed);
  }
  /// Seconds since 1970, modulo 2^32.
  [[nodiscard]] std::uint32_t unix_sec(Instant now) const noexcept {
    return now.sec() + ahead_sec_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint32_t> ahead_sec_{0};  // control: rw, others: r
};

}  // namespace base
