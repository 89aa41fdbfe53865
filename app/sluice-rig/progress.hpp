// SPDX-License-Identifier: Apache-2.0
/// @file progress.hpp – the progress line while a trace is read.
///
/// Purpose    on a terminal one line, rewritten: a bar, events so far, their rate, the time left. Nothing elsewhere.
/// Threads    main.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "rig/run.hpp"
#include "trace/source.hpp"

namespace sluice_rig {

class Progress {
 public:
  enum class Show : bool { kNothing, kLine };
  explicit Progress(Show show) noexcept;
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// May be called at any rate; draws a few times a second.
  void look(std::uint64_t events, const trace::Progress& progress);
  void look(const rig::RunProgress& progress);
  void clear();
  [[nodiscard]] double seconds() const noexcept;

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] bool is_time();
  /// `share`: of the whole that is done; below 0: not known.
  void draw(double share, const std::string& what);

  bool shown_;
  bool is_dirty_ = false;
  Clock::time_point began_ = Clock::now();
  Clock::time_point last_{};
};

}  // namespace sluice_rig
