// SPDX-License-Identifier: Apache-2.0
/// @file closed_loop.hpp – lowers the budgets while the port says that the provider drops packets.
///
/// Purpose    an instance may send 1024 packets a second to link-local services and so many connections: when the port's
///            own counters say that this was too much, others on the interface send, too. Every uplink with a budget and
///            `closed_loop: on` sends a tenth less, down to half of what is configured, and takes back a hundredth a second.
/// Threads    look() by control, once a second; figures by any.
/// Ownership  owns the factors, which the egress core reads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "control/view.hpp"
#include "egress/budget_factors.hpp"
#include "stats/counter.hpp"

namespace control {

class ClosedLoop {
 public:
  static constexpr std::uint32_t kLeastPermille = 500;
  static constexpr std::uint32_t kRecoverPermille = 10;  // a second

  struct Change {
    std::size_t uplink = 0;
    std::uint32_t before_permille = 0;
    std::uint32_t now_permille = 0;
    std::uint64_t rose_by = 0;  // what the port's counters rose by; 0: it recovers
  };

  /// Looks at the port's counters and moves every uplink by one step; what has moved.
  std::vector<Change> look(const PortStats& port, const config::Settings& settings);

  [[nodiscard]] const egress::BudgetFactors& factors() const noexcept { return factors_; }
  [[nodiscard]] std::uint64_t lowered(std::size_t uplink) const noexcept { return lowered_[uplink].read(); }
  /// Packets that the provider has dropped for an allowance since the first look.
  [[nodiscard]] std::uint64_t exceeded() const noexcept { return exceeded_.read(); }

 private:
  egress::BudgetFactors factors_;
  std::optional<std::uint64_t> seen_;
  std::array<stats::Counter, egress::kMaxUplinks> lowered_;  // times
  stats::Counter exceeded_;
};

/// The sum of the port's counters of packets dropped for the link-local and the connection tracking allowance; nullopt
/// where its driver has none.
[[nodiscard]] std::optional<std::uint64_t> allowance_exceeded(const PortStats& port);
/// Writes a line for each that begins, deepens or ends.
void log_changes(const std::vector<ClosedLoop::Change>& changes, const config::Settings& settings);

}  // namespace control
