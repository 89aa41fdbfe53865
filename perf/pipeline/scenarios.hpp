// SPDX-License-Identifier: Apache-2.0
/// @file scenarios.hpp – batches of frames for the worker, one kind of query each.
///
/// Purpose    a scenario is a batch of frames with its expected outcome: a measurement with another outcome fails.
/// Ownership  value type; owns its frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "answer/counters.hpp"
#include "support/questions.hpp"

namespace perf {

inline constexpr std::size_t kBatch = 256;  // packets between two readings: eight bursts

/// Names [first, first + count) with `records` records each.
struct Fill {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  std::size_t records = 1;
};

struct Scenario {
  std::string name;
  std::string what;
  std::vector<Frame> frames;  // a multiple of kBatch
  answer::Counter outcome{};  // of each frame
  bool is_replied = true;     // each frame gets a reply
  bool opens = false;         // the questions must be closed after each batch
  Frame opener = {};          // not empty: precedes each batch and is not measured
  Fill fill = {};             // before the first batch
};

/// True when this name is in the cache; a few may be evicted while it is filled.
using IsKept = std::function<bool(std::uint64_t)>;

/// Over `entries` names, asking only for those that the cache has kept.
[[nodiscard]] std::vector<Scenario> all_scenarios(std::uint64_t entries, const IsKept& is_kept);
/// By size of answers, number of clients, share of hits.
[[nodiscard]] std::vector<Scenario> scale_scenarios(std::uint64_t entries);

}  // namespace perf
