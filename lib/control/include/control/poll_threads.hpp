// SPDX-License-Identifier: Apache-2.0
/// @file poll_threads.hpp – the polling threads: started on their lcores, watched, stopped.
///
/// Purpose    one PollLoop per lcore with the roles that the configuration gives it; a heartbeat for each.
/// Threads    main thread starts, watches and stops; each loop runs on its lcore.
/// Ownership  borrows EAL, clock and roles, which outlive it; stop() waits for every loop to end.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <vector>

#include "base/instant.hpp"
#include "base/spsc_ring.hpp"
#include "base/strong.hpp"
#include "diag/result.hpp"
#include "dpdk/eal.hpp"
#include "worker/role.hpp"

namespace control {

class PollThreads {
 public:
  PollThreads(dpdk::Eal& eal, const base::Clock& clock, const worker::IdleSettings& idle) noexcept;
  ~PollThreads();
  PollThreads(const PollThreads&) = delete;
  PollThreads& operator=(const PollThreads&) = delete;

  /// Polls `roles` on `lcore` from now on.
  [[nodiscard]] diag::Status start(base::LcoreId lcore, std::vector<worker::Role*> roles);
  void stop() noexcept;

  /// True if every loop has turned since the last call; call once a second.
  [[nodiscard]] bool all_moved() noexcept;

 private:
  struct Thread;
  dpdk::Eal* eal_;
  const base::Clock* clock_;
  worker::IdleSettings idle_;
  std::atomic<bool> stop_{false};
  std::deque<Thread> threads_;
};

}  // namespace control
