// SPDX-License-Identifier: Apache-2.0
/// @file run.hpp – simulates many configurations over one trace, on all cores.
///
/// Purpose    reads the trace once for a dozen configurations at a time: while they work through one batch, the next is
///            read. Measured against a reading each, it saves the reading; batches are long enough that a lane's own
///            memory stays in the CPU's caches (figures: docs/simulation.md).
/// Threads    run() uses oneTBB's; the callbacks come from the calling thread, one at a time.
/// Ownership  lanes live as long as their part of the run; at most memory_bytes of them at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "diag/result.hpp"
#include "rig/configuration.hpp"
#include "rig/profile.hpp"
#include "rig/stats.hpp"
#include "trace/dictionary.hpp"
#include "trace/source.hpp"

namespace rig {

struct RunProgress {
  double share = 0;             // of all work, 0 … 1; negative: not known
  std::uint64_t simulated = 0;  // queries times configurations
  std::size_t finished = 0;     // configurations
  std::size_t configurations = 0;
};

struct RunSpec {
  World world;
  std::vector<Configuration> cells;
  unsigned threads = 1;
  std::uint64_t memory_bytes = std::uint64_t{4} << 30U;  // for lanes that run at once; one runs whatever it needs
  std::string temp_folder = "/tmp";                      // for what Belady's rule must know
  std::function<void(const RunProgress&)> on_progress;
  std::function<diag::Status(const Outcome&)> on_outcome;  // of each configuration, when it is done
};

/// What the run found out about the trace; empty when there was nothing to simulate.
[[nodiscard]] diag::Result<Profile> run(trace::Source& source, const trace::Dictionary& dictionary,
                                        const RunSpec& spec);

}  // namespace rig
