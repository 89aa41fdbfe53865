// SPDX-License-Identifier: Apache-2.0
/// @file appliance.hpp – the whole appliance: assembled at boot, run, and taken apart in the right order.
///
/// Purpose    turns checked settings into memory, ports, rings, roles and threads. Start-up errors stop with a sentence;
///            a stop answers who still waits, gives every packet back and says so if one is missing.
/// Threads    main thread. Polling threads and the slow path thread are made by start() and end in stop().
/// Ownership  owns everything; destruction order is the reverse of boot.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "config/settings.hpp"
#include "control/view.hpp"
#include "diag/result.hpp"
#include "dpdk/eal.hpp"

namespace control {

/// How a stop went.
struct StopReport {
  std::uint32_t mbufs_missing = 0;  // in use beyond what the ports' RX rings held at start
  std::size_t questions_left = 0;   // answered SERVFAIL because the appliance stopped
};

class Appliance {
 public:
  /// Everything but the threads. `eal` outlives the appliance.
  [[nodiscard]] static diag::Result<std::unique_ptr<Appliance>> assemble(const config::Settings& settings,
                                                                         dpdk::Eal& eal);
  virtual ~Appliance() = default;
  Appliance(const Appliance&) = delete;
  Appliance& operator=(const Appliance&) = delete;

  [[nodiscard]] virtual diag::Status start() = 0;
  virtual StopReport stop() = 0;
  /// Once a second, from control: reads the port's statistics and the heartbeats. True while every polling thread moves.
  virtual bool tick() = 0;
  /// Several times a second, from control: takes what the cores have recorded of the second that is over.
  virtual void look() = 0;
  /// Settings for the appliance that runs, made by config::renew(): the number of the generation that they become.
  [[nodiscard]] virtual diag::Result<std::uint64_t> publish(const config::Settings& settings) = 0;
  /// Every thread acts by the newest generation; frees the others.
  [[nodiscard]] virtual bool settled() noexcept = 0;
  /// What the newest generation was made of.
  [[nodiscard]] virtual const config::Settings& running() const noexcept = 0;
  /// For reports; valid while the appliance is.
  [[nodiscard]] virtual const View& view() const noexcept = 0;
  /// Before view() is given to others.
  virtual void show_reloads(std::function<ReloadStatus()> status) = 0;

 protected:
  Appliance() = default;
};

}  // namespace control
