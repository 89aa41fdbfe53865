// SPDX-License-Identifier: Apache-2.0
/// @file ticker.hpp – how often the slow path looks at its rings: the less happens, the seldomer.
///
/// Purpose    nobody wakes the slow path for a packet in a ring (that would be a system call on the data path), so it
///            looks by itself: at once after a packet, since a handshake or a query follows another one; soon while a
///            client's question is open or a ping goes on; seldom when nothing happens.
/// Threads    one owner.
/// Ownership  owns a timer descriptor, readable when it is time.
/// Cost       a wake is two system calls; a change of pace one more.
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
  static constexpr base::Duration kActiveFor = std::chrono::seconds(3);     // longer than ping's second

  [[nodiscard]] static diag::Result<Ticker> create();

  [[nodiscard]] int fd() const noexcept { return timer_.get(); }
  /// It is time: takes the event.
  void acknowledge() noexcept;
  /// Something happened now.
  void note_work(base::Instant now) noexcept { worked_at_ = now; }
  /// Sets the pace.
  void adapt(base::Instant now) noexcept;
  [[nodiscard]] base::Duration pace() const noexcept { return pace_; }

 private:
  explicit Ticker(sockets::Fd timer) noexcept : timer_(std::move(timer)) {}

  sockets::Fd timer_;
  base::Instant worked_at_;
  base::Duration pace_{0};
};

}  // namespace slowpath
