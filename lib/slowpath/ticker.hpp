// SPDX-License-Identifier: Apache-2.0
/// @file ticker.hpp – how often the slow path polls its rings: less often when idle.
///
/// Purpose    a worker does not wake the slow path for a packet in a ring (that would be a system call on the data path),
///            so the slow path polls: very often just after a packet, since a handshake or a query follows; often for some
///            seconds, for a ping; rarely when idle.
/// Threads    one owner.
/// Ownership  owns a timer descriptor, which is readable when the next poll is due.
/// Cost       two system calls per wake, one more when the interval changes.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/instant.hpp"
#include "diag/result.hpp"
#include "sockets/fd.hpp"

namespace slowpath {

class Ticker {
 public:
  static constexpr base::Duration kBusyTick = std::chrono::microseconds(100);
  static constexpr base::Duration kActiveTick = std::chrono::milliseconds(1);
  static constexpr base::Duration kIdleTick = std::chrono::milliseconds(4);
  static constexpr base::Duration kBusyFor = std::chrono::milliseconds(5);  // after the last packet or open question
  static constexpr base::Duration kActiveFor = std::chrono::seconds(3);     // longer than ping's interval of 1 s

  [[nodiscard]] static diag::Result<Ticker> create();

  [[nodiscard]] int fd() const noexcept { return timer_.get(); }
  /// Consumes the timer event.
  void acknowledge() noexcept;
  /// A packet or a pending query was handled now.
  void note_work(base::Instant now) noexcept { worked_at_ = now; }
  /// Sets the interval by the time since the last work.
  void adapt(base::Instant now) noexcept;
  [[nodiscard]] base::Duration pace() const noexcept { return pace_; }

 private:
  explicit Ticker(sockets::Fd timer) noexcept : timer_(std::move(timer)) {}

  sockets::Fd timer_;
  base::Instant worked_at_;
  base::Duration pace_{0};
};

}  // namespace slowpath
