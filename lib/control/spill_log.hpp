// SPDX-License-Identifier: Apache-2.0
/// @file spill_log.hpp – logs zones that exceed egress.fetches_per_zone: at once, then at most once a minute per zone.
///
/// Purpose    the egress core refuses and counts the questions but cannot log.
/// Threads    control.
/// Cost       nothing while no zone exceeds its limit; under a flood at most kLinesAtOnce lines per second.
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
  static constexpr base::Duration kQuiet = std::chrono::minutes(1);  // after a line about a zone
  static constexpr std::size_t kLinesAtOnce = 8;

  /// True when questions were refused since the previous call: fetch the rows and call look().
  [[nodiscard]] bool has_news(const egress::EngineCounters& counters) noexcept;
  /// The lines to log about these zones now.
  [[nodiscard]] std::vector<std::string> look(std::span<const egress::ZoneRow> zones, base::Instant now);

 private:
  struct Logged {
    std::uint64_t dropped = 0;  // at the last line
    base::Instant at;
  };
  using Zone = std::pair<std::uint16_t, std::string>;  // uplink, folded wire name

  void forget_quiet(base::Instant now);

  std::uint64_t spilled_ = 0;
  std::map<Zone, Logged> logged_;
};

}  // namespace control
