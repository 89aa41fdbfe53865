// SPDX-License-Identifier: Apache-2.0
// Reading the allowance counters, moving the factors, logging changes.
#include "closed_loop.hpp"

#include <algorithm>
#include <string_view>

#include "diag/log.hpp"
#include "reports/reports.hpp"

namespace control {
namespace {

constexpr std::uint32_t kWhole = egress::BudgetFactors::kWhole;

}  // namespace

std::optional<std::uint64_t> allowance_exceeded(const PortStats& port) {
  std::optional<std::uint64_t> sum;
  for (const auto& [name, value] : port.xstats) {
    const std::string_view text(name);  // prefixed with the port's number when there are several ports
    if (text.ends_with("linklocal_allowance_exceeded") || text.ends_with("conntrack_allowance_exceeded")) {
      sum = sum.value_or(0) + value;
    }
  }
  return sum;
}

std::vector<ClosedLoop::Change> ClosedLoop::look(const PortStats& port, const config::Settings& settings) {
  const auto now = allowance_exceeded(port);
  if (!now) return {};
  // The first look only takes the starting value; a smaller number means that the driver was reset.
  const std::uint64_t rose_by = seen_ && *now > *seen_ ? *now - *seen_ : 0;
  seen_ = *now;
  stats_.exceeded.add(rose_by);
  std::vector<Change> changes;
  for (std::size_t i = 0; i < settings.egress.uplinks.size(); ++i) {
    const egress::UplinkSettings& uplink = settings.egress.uplinks[i];
    const std::uint32_t before = factors_.permille(i);
    std::uint32_t next = std::min(kWhole, before + kRecoverPermille);
    if (uplink.closed_loop == egress::ClosedLoop::kOff || uplink.budget.limit_pps == 0) {
      next = kWhole;
    } else if (rose_by != 0) {
      next = std::max(kLeastPermille, before * 9 / 10);
      stats_.lowered[i].add();
    }
    if (next == before) continue;
    factors_.set(i, next);
    changes.push_back({i, before, next, next < before ? rose_by : 0});
  }
  return changes;
}

void log_changes(const std::vector<ClosedLoop::Change>& changes, const config::Settings& settings) {
  for (const ClosedLoop::Change& change : changes) {
    const std::string name = reports::uplink_name(settings, change.uplink);
    const std::uint32_t limit = settings.egress.uplinks[change.uplink].budget.limit_pps;
    if (change.now_permille < change.before_permille) {
      diag::log().warn(
          "uplink {}: the provider dropped {} packets for exceeding an allowance; budget lowered to {} of {} "
          "packets per second",
          name, change.rose_by, std::uint64_t{limit} * change.now_permille / kWhole, limit);
    } else if (change.now_permille == kWhole) {
      diag::log().info("uplink {}: budget fully recovered, {} packets per second", name, limit);
    }
  }
}

}  // namespace control
