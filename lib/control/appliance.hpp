// SPDX-License-Identifier: Apache-2.0
/// @file appliance.hpp – the appliance on real ports: assembled at boot, run, and stopped in the right order.
///
/// Purpose    checked settings become memory, ports, a data plane (appliance::DataPlane), a slow path and threads. An
///            error at start is one sentence. A stop answers waiting clients, returns every packet to its pool and
///            reports missing ones.
/// Threads    main thread. start() makes the polling threads and the slow path thread, stop() ends them.
/// Ownership  owns everything; destruction order is the reverse of boot.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "config/settings.hpp"
#include "diag/result.hpp"
#include "dpdk/eal.hpp"
#include "reports/view.hpp"
#include "verbs.hpp"

namespace control {

using reports::ReloadStatus;
using reports::View;

/// The result of a stop.
struct StopReport {
  std::uint32_t mbufs_missing = 0;  // in use beyond what the ports' RX rings held at start
  std::size_t questions_left = 0;   // answered SERVFAIL because the appliance stopped
};

class Appliance {
 public:
  /// Makes everything but the threads. `eal` outlives the appliance.
  [[nodiscard]] static diag::Result<std::unique_ptr<Appliance>> assemble(const config::Settings& settings,
                                                                         dpdk::Eal& eal);
  virtual ~Appliance() = default;
  Appliance(const Appliance&) = delete;
  Appliance& operator=(const Appliance&) = delete;

  [[nodiscard]] virtual diag::Status start() = 0;
  virtual StopReport stop() = 0;
  /// Once a second, from control: reads the port's statistics and the heartbeats. True when every polling thread has
  /// polled since the last tick.
  virtual bool tick() = 0;
  /// Several times a second, from control: merges what the cores recorded in the previous second, judges client blocks
  /// and runs snapshots.
  virtual void look() = 0;
  /// Publishes settings that config::renew() made; returns the number of their generation.
  [[nodiscard]] virtual diag::Result<std::uint64_t> publish(const config::Settings& settings) = 0;
  /// True when every thread uses the newest generation; frees the older ones.
  [[nodiscard]] virtual bool settled() noexcept = 0;
  /// The settings of the newest generation.
  [[nodiscard]] virtual const config::Settings& running() const noexcept = 0;
  /// For reports; valid as long as the appliance.
  [[nodiscard]] virtual const View& view() const noexcept = 0;
  /// What control verbs act on; valid as long as the appliance.
  [[nodiscard]] virtual Controls controls() noexcept = 0;
  /// Before the first use of view().
  virtual void show_reloads(std::function<ReloadStatus()> status) = 0;

 protected:
  Appliance() = default;
};

}  // namespace control
