// SPDX-License-Identifier: Apache-2.0
/// @file profile.hpp – a summary of the trace: popularity of names, TTLs of answers, query rate.
///
/// Purpose    what a report shows of the trace beside the results, gathered while it is read for the simulation.
/// Threads    one.
/// Ownership  four bytes an item while it counts; the result is small.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "rig/catalogue.hpp"

namespace rig {

struct Profile {
  std::uint64_t queries = 0;
  std::uint64_t items = 0;                                          // distinct answers
  std::uint64_t one_shots = 0;                                      // of these, asked for once
  std::uint64_t clients = 0;                                        // highest number seen, and one
  double seconds = 0;                                               // from the first event to the last
  double footprint_bytes = 0;                                       // of all items, in a cache of unlimited size
  std::vector<std::pair<std::uint32_t, std::uint64_t>> ttls;        // TTL, queries; by TTL
  std::vector<std::pair<std::uint64_t, std::uint64_t>> popularity;  // rank, queries of that rank; ranks grow by a tenth
};

class Profiler {
 public:
  void take(std::span<const Step> steps, const Catalogue& catalogue);
  [[nodiscard]] Profile finish() const;

 private:
  Profile sum_;
  std::int64_t first_ns_ = -1;
  std::int64_t last_ns_ = 0;
  std::vector<std::uint32_t> counts_;      // by item
  std::vector<std::uint64_t> short_ttls_;  // by TTL, below a day
};

}  // namespace rig
