// SPDX-License-Identifier: Apache-2.0
/// @file stages.hpp – a worker's poll stage by stage, with a reading of the TSC in between.
///
/// Purpose    worker::Worker::poll() calls public functions only; this calls them in the same order. A reading costs
///            about 20 cycles per stage and burst, which are subtracted, and keeps stages from overlapping: the sum
///            of the stages exceeds the cost of a poll.
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
  double reading_ = 0;  // cost of one reading
};

}  // namespace perf
