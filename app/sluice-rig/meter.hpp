// SPDX-License-Identifier: Apache-2.0
/// @file meter.hpp – the progress line of a simulation.
///
/// Purpose    on a terminal one line, rewritten: a bar, the rate, the time left.
/// Threads    main.
#pragma once

#include <chrono>

#include "rig/run.hpp"

namespace sluice_rig {

class Meter {
 public:
  enum class Show : bool { kNothing, kLine };
  explicit Meter(Show show) noexcept;
  ~Meter() { clear(); }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;
  void show(const rig::RunProgress& progress);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool shown_;
  bool is_dirty_ = false;
  Clock::time_point began_ = Clock::now();
  Clock::time_point last_{};
};

}  // namespace sluice_rig
