// SPDX-License-Identifier: Apache-2.0
/// @file wall_clock.hpp – Unix time for those who have an Instant.
///
/// Purpose    what leaves the machine with a date on it (cookies) needs the wall clock; the data path has only the
///            monotonic one. Control tells the difference about once a second, so a clock that was set is followed.
/// Threads    one writer (control), any readers.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/instant.hpp"

namespace base {

class WallClock {
 public:
  /// At `now` it is `unix_sec`.
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
