// SPDX-License-Identifier: Apache-2.0
/// @file spill_log.hpp – says which zones fetches_per_zone refuses questions of: at the first one, then once a minute.
///
/// Purpose    the egress core refuses and counts, and does not log.
/// Threads    control.
/// Cost       nothing while no zone spills; a flood over many zones writes kLinesAtOnce lines a second at most.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "egress/engine.hpp"

namespace control {

class SpillLog {
 public:
  static constexpr base::Duration kQuiet = std::chrono::minutes(1);  // of one zone, after a line
  static constexpr std::size_t kLinesAtOnce = 8;

  /// Whether questions were refused since look() was last called for: the rows are worth fetching.
  [[nodiscard]] bool has_news(const egress::EngineCounters& counters) noexcept;
  /// What is to be said of these zones now.
  [[nodiscard]] std::vector<std::string> look(std::span<const egress::ZoneRow> zones, base::Instant now);

 private:
  struct Said {
    std::uint64_t dropped = 0;  // when it was last looked at
    base::Instant at;
  };
  using Zone = std::pair<std::uint16_t, std::string>;  // uplink, folded wire name

  void forget_quiet(base::Instant now);

  std::uint64_t spilled_ = 0;
  std::map<Zone, Said> said_;
};

}  // namespace control
