// SPDX-License-Identifier: Apache-2.0
/// @file poll_threads.hpp – starts, supervises and stops the polling threads.
///
/// Purpose    one PollLoop per lcore, with the roles that the configuration assigns to it and a heartbeat.
/// Threads    called by the main thread; each loop runs on its lcore.
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

  /// Starts polling `roles` on `lcore`.
  [[nodiscard]] diag::Status start(base::LcoreId lcore, std::vector<worker::Role*> roles);
  void stop() noexcept;

  /// True when every loop has polled since the last call; once a second.
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
