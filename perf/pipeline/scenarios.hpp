// SPDX-License-Identifier: Apache-2.0
/// @file scenarios.hpp – what is sent through the worker, one kind of query each.
///
/// Purpose    a scenario is a batch of frames and what must have become of it: a measurement of the wrong thing fails.
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
  answer::Counter fate{};     // of every one of them
  bool is_replied = true;     // a packet leaves for each
  bool opens = false;         // the questions must be closed after each batch
  Frame opener = {};          // not empty: comes before each batch and is not measured
  Fill fill = {};             // first of all
};

/// Is this name in the cache? A few find no place in it.
using IsKept = std::function<bool(std::uint64_t)>;

/// Over `entries` names, of which those are asked that the cache keeps.
[[nodiscard]] std::vector<Scenario> all_scenarios(std::uint64_t entries, const IsKept& is_kept);
/// Sizes of answers, numbers of clients, shares of hits.
[[nodiscard]] std::vector<Scenario> scale_scenarios(std::uint64_t entries);

}  // namespace perf
