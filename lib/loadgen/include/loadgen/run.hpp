// SPDX-License-Identifier: Apache-2.0
/// @file run.hpp – the loop around the engine: the clock, the naps between turns, and someone who looks on.
///
/// Purpose    polls while something is due within kPollBelow, else waits in the back end.
/// Threads    the caller's, until the run is finished or interrupted.
#pragma once

#include "base/instant.hpp"
#include "loadgen/backend.hpp"
#include "loadgen/engine.hpp"

namespace loadgen {

inline constexpr base::Duration kPollBelow = std::chrono::microseconds(60);  // about what a nap oversleeps
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

/// Returns when every question is answered or given up, or when the onlooker has had enough. The end of the run.
base::Instant run(Engine& engine, Backend& backend, const base::Clock& clock, Onlooker& onlooker);

}  // namespace loadgen
