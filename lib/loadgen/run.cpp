// SPDX-License-Identifier: Apache-2.0
// Turn by turn.
#include "loadgen/run.hpp"

#include <algorithm>

namespace loadgen {

base::Instant MonotonicClock::now() const noexcept {
  return base::Instant(static_cast<std::uint64_t>(
      std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now().time_since_epoch()).count()));
}

base::Instant run(Engine& engine, Backend& backend, const base::Clock& clock, Onlooker& onlooker) {
  base::Instant now = clock.now();
  engine.begin(now);
  base::Instant look_at = now + kLookEvery;
  while (!engine.finished()) {
    const base::Instant next = engine.step(now);
    now = clock.now();
    if (now >= look_at) {
      look_at = now + kLookEvery;
      if (!onlooker.look(engine, now)) engine.interrupt();
      continue;
    }
    if (next > now + kPollBelow) {
      backend.wait(std::min(next, look_at) - now - kPollBelow / 2);
      now = clock.now();
    }
  }
  return now;
}

}  // namespace loadgen
