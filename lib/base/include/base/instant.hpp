// SPDX-License-Identifier: Apache-2.0
/// @file instant.hpp – monotonic time as an argument.
///
/// Purpose    Instant is nanoseconds on a monotonic clock that all threads of the process share. The data path reads no
///            clock: the polling loop reads it once per poll and passes the value on.
/// Threads    value types.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace base {

using Duration = std::chrono::nanoseconds;

class Instant {
 public:
  constexpr Instant() noexcept = default;
  constexpr explicit Instant(std::uint64_t ns) noexcept : ns_(ns) {}
  [[nodiscard]] constexpr std::uint64_t ns() const noexcept { return ns_; }
  [[nodiscard]] constexpr std::uint32_t sec() const noexcept {
    return static_cast<std::uint32_t>(ns_ / 1'000'000'000U);
  }
  friend constexpr auto operator<=>(const Instant&, const Instant&) noexcept = default;

  friend constexpr Instant operator+(Instant at, Duration by) noexcept {
    return Instant(at.ns_ + static_cast<std::uint64_t>(by.count()));
  }
  friend constexpr Instant operator-(Instant at, Duration by) noexcept {
    return Instant(at.ns_ - static_cast<std::uint64_t>(by.count()));
  }
  friend constexpr Duration operator-(Instant later, Instant earlier) noexcept {
    return Duration(static_cast<std::int64_t>(later.ns_ - earlier.ns_));
  }
  [[nodiscard]] static constexpr Instant never() noexcept { return Instant(~std::uint64_t{0}); }

 private:
  std::uint64_t ns_ = 0;
};

/// The source of Instants for polling loops and the control plane; the data path gets values only.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const noexcept = 0;

 protected:
  Clock() = default;
  Clock(const Clock&) = default;
  Clock& operator=(const Clock&) = default;
};

}  // namespace base
