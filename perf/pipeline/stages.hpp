// SPDX-License-Identifier: Apache-2.0
/// @file stages.hpp – a worker's poll taken apart, with a reading of the TSC between its stages.
///
/// Purpose    worker::Worker::poll() calls public functions only; here they are called in the same order. The readings
///            cost some 20 cycles a stage and burst, which are taken off, and keep stages from overlapping: the sum
///            is more than what a poll takes.
/// Threads    one.
#pragma once

#include <array>
#include <memory>

#include "bench.hpp"
#include "worker/burst.hpp"
#include "worker/transmitter.hpp"

namespace perf {

class Bench::Stages {
 public:
  Stages(OneWorker& world, dpdk::QueuePort& port, const answer::GenerationReader& published);

  /// One burst; adds each stage's cycles.
  void poll(base::Instant now, std::array<double, kStages.size()>& sums) noexcept;

 private:
  void parse_frames() noexcept;
  void frame_replies() noexcept;
  void settle() noexcept;

  dpdk::QueuePort& port_;
  answer::GenerationReader published_;
  answer::Counters counters_;
  worker::Transmitter out_{port_, counters_};
  std::unique_ptr<answer::Answerer> answerer_;
  std::unique_ptr<worker::Burst> burst_ = std::make_unique<worker::Burst>();
  double reading_ = 0;  // what one costs
};

}  // namespace perf
