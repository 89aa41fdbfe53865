// SPDX-License-Identifier: Apache-2.0
/// @file run.hpp – the loop around the engine: the clock, the naps between turns, and an observer.
///
/// Purpose    polls while a query is due within kPollBelow, otherwise waits in the back end.
/// Threads    the caller's; returns when the run is finished or interrupted.
#pragma once

#include "base/instant.hpp"
#include "loadgen/backend.hpp"
#include "loadgen/engine.hpp"

namespace loadgen {

inline constexpr base::Duration kPollBelow = std::chrono::microseconds(60);  // about as long as a nap oversleeps
inline constexpr base::Duration kLookEvery = std::chrono::milliseconds(200);

/// The kernel's monotonic clock.
class MonotonicClock final : public base::Clock {
 public:
  [[nodiscard]] base::Instant now() const noexcept override;
};

/// Looks at a run every kLookEvery.
class Onlooker {
 public:
  virtual ~Onlooker() = default;
  /// false: interrupt the run.
  [[nodiscard]] virtual bool look(const Engine& engine, base::Instant now) = 0;

 protected:
  Onlooker() = default;
  Onlooker(const Onlooker&) = default;
  Onlooker& operator=(const Onlooker&) = default;
};

/// Returns the end of the run: when every query is answered or timed out, or when the observer has interrupted it.
base::Instant run(Engine& engine, Backend& backend, const base::Clock& clock, Onlooker& onlooker);

}  // namespace loadgen
