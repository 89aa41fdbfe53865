// SPDX-License-Identifier: Apache-2.0
// The polling loop and its idle back-off.
#include "worker/role.hpp"

namespace worker {

void PollLoop::run() noexcept {
  std::uint32_t idle_polls = 0;
  std::uint64_t beats = 0;
  while (!stop->load(std::memory_order_acquire)) {
    const base::Instant now = clock->now();  // the only clock read of this turn
    std::size_t work = 0;
    for (Role* role : roles) work += role->poll(now);
    heartbeat->store(++beats, std::memory_order_relaxed);

    if (work != 0) {
      idle_polls = 0;
      continue;
    }
    ++idle_polls;
    if (idle.polls_before_sleep != 0 && idle_polls >= idle.polls_before_sleep) {
      idler->sleep();
      idle_polls = idle.polls_before_sleep;  // one poll between sleeps until there is work
    } else if (idle_polls >= idle.polls_before_pause) {
      idler->pause();
    }
  }
}

}  // namespace worker
