// SPDX-License-Identifier: Apache-2.0
/// @file closed_loop.hpp – lowers the upstream budgets while the provider drops packets of this instance.
///
/// Purpose    the provider limits packets to link-local services (1024 per second) and tracked connections. When the
///            port's counters show that it dropped packets for such a limit, other senders share the interface. Every
///            uplink with a budget and `closed_loop: on` then lowers its budget by a tenth, down to half of the
///            configured value, and recovers a hundredth of it per second.
/// Threads    look() by control, once a second; the counters may be read by any.
/// Ownership  owns the factors, which the egress core reads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "egress/budget_factors.hpp"
#include "reports/view.hpp"

namespace control {

using reports::PortStats;

class ClosedLoop {
 public:
  static constexpr std::uint32_t kLeastPermille = 500;
  static constexpr std::uint32_t kRecoverPermille = 10;  // a second

  struct Change {
    std::size_t uplink = 0;
    std::uint32_t before_permille = 0;
    std::uint32_t now_permille = 0;
    std::uint64_t rose_by = 0;  // increase of the port's counters; 0: the budget recovers
  };

  /// Moves every uplink by one step; returns those that have changed.
  std::vector<Change> look(const PortStats& port, const config::Settings& settings);

  [[nodiscard]] const egress::BudgetFactors& factors() const noexcept { return factors_; }
  [[nodiscard]] const reports::ClosedLoopStats& stats() const noexcept { return stats_; }

 private:
  egress::BudgetFactors factors_;
  std::optional<std::uint64_t> seen_;
  reports::ClosedLoopStats stats_;
};

/// The sum of the driver's counters of packets dropped for the link-local and the connection tracking limit; nullopt
/// when the driver has no such counter.
[[nodiscard]] std::optional<std::uint64_t> allowance_exceeded(const PortStats& port);
/// Logs each budget that was lowered or has recovered fully.
void log_changes(const std::vector<ClosedLoop::Change>& changes, const config::Settings& settings);

}  // namespace control
