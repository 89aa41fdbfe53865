// SPDX-License-Identifier: Apache-2.0
// The estimator of RFC 6298 with our bounds.
#include "egress_upstream/rtt.hpp"

#include <algorithm>

namespace egress {
namespace {

constexpr int kSlackPerRtt = 2;  // the margin is at least SRTT / 2
constexpr std::uint32_t kMaxDoublings = 6;

}  // namespace

void RttEstimate::sample(base::Duration rtt) noexcept {
  const base::Duration seen = std::max(rtt, base::Duration(1));
  if (!is_known()) {
    srtt_ = seen;
    variation_ = seen / 2;
    return;
  }
  const base::Duration off = seen > srtt_ ? seen - srtt_ : srtt_ - seen;
  variation_ = (3 * variation_ + off) / 4;
  srtt_ = (7 * srtt_ + seen) / 8;
}

base::Duration RttEstimate::timeout(const TimeoutSettings& settings) const noexcept {
  const base::Duration low = settings.min_timeout;
  const base::Duration high = settings.max_timeout;
  if (!is_known()) return std::clamp<base::Duration>(settings.first_timeout, low, high);
  const base::Duration slack = std::max<base::Duration>({low, srtt_ / kSlackPerRtt, 4 * variation_});
  return std::clamp(srtt_ + slack, low, high);
}

base::Duration RttEstimate::backed_off(const TimeoutSettings& settings, std::uint32_t sends) const noexcept {
  const std::uint32_t doublings = std::min(sends == 0 ? 0U : sends - 1, kMaxDoublings);
  return std::min<base::Duration>(timeout(settings) * (1U << doublings), settings.max_timeout);
}

}  // namespace egress
