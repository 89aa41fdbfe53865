// SPDX-License-Identifier: Apache-2.0
/// @file role.hpp – roles and the loop that polls them in turn.
///
/// Purpose    a role is not a core: a large instance gives each role a core, a small one runs all on one thread.
/// Threads    a role belongs to one polling thread; stop() may be called by any.
#pragma once

#include <atomic>
#include <cstddef>
#include <span>

#include "base/instant.hpp"
#include "worker/settings.hpp"

namespace worker {

class Role {
 public:
  /// Does a bounded amount of work and returns it; 0: idle.
  virtual std::size_t poll(base::Instant now) noexcept = 0;

 protected:
  ~Role() = default;
  Role() = default;
  Role(const Role&) = default;
  Role& operator=(const Role&) = default;
};

/// What an idle loop does. The appliance passes one that sleeps, tests pass one that counts.
class Idler {
 public:
  virtual void pause() noexcept = 0;
  virtual void sleep() noexcept = 0;

 protected:
  ~Idler() = default;
  Idler() = default;
  Idler(const Idler&) = default;
  Idler& operator=(const Idler&) = default;
};

/// Polls `roles` in order until `stop` is set. `heartbeat` is incremented every turn, for the watchdog.
struct PollLoop {
  std::span<Role* const> roles;
  const base::Clock* clock = nullptr;
  Idler* idler = nullptr;
  IdleSettings idle;
  const std::atomic<bool>* stop = nullptr;
  std::atomic<std::uint64_t>* heartbeat = nullptr;

  void run() noexcept;
};

}  // namespace worker
