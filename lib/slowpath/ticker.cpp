// SPDX-License-Identifier: Apache-2.0
// A timerfd, because the loop's own timers have a resolution of 1 ms.
#include "ticker.hpp"

#include <cerrno>

#include <sys/timerfd.h>

namespace slowpath {

diag::Result<Ticker> Ticker::create() {
  sockets::Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!timer.is_open()) return diag::fail(diag::Error::from_errno(errno, "cannot create the slow path's timer"));
  return Ticker(std::move(timer));
}

void Ticker::acknowledge() noexcept {
  std::uint64_t expirations = 0;
  static_cast<void>(::read(timer_.get(), &expirations, sizeof expirations));
}

void Ticker::adapt(base::Instant now) noexcept {
  const base::Duration quiet = now - worked_at_;
  const base::Duration pace = quiet < kBusyFor ? kBusyTick : quiet < kActiveFor ? kActiveTick : kIdleTick;
  if (pace == pace_) return;
  pace_ = pace;
  const timespec every{0, static_cast<long>(pace.count())};
  const itimerspec spec{every, every};
  static_cast<void>(::timerfd_settime(timer_.get(), 0, &spec, nullptr));
}

}  // namespace slowpath
