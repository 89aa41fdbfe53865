// SPDX-License-Identifier: Apache-2.0
/// @file rtt.hpp – round-trip estimate of a server, and the retransmission timeout that follows from it.
///
/// Purpose    smoothed round trip (SRTT) and its variation (RTTVAR); the timeout (RTO) is SRTT plus a margin.
/// Threads    egress only.
/// RFC        6298 §2, with our own bounds in place of its one-second minimum: the margin is at least `min_timeout` and
///            at least half of SRTT. The variation of a steady server tends to zero, and without the floor one reply
///            that a busy machine delays would cost a retransmission.
#pragma once

#include <cstdint>

#include "base/instant.hpp"
#include "egress_upstream/settings.hpp"

namespace egress {

class RttEstimate {
 public:
  void sample(base::Duration rtt) noexcept;
  [[nodiscard]] bool is_known() const noexcept { return srtt_ != base::Duration::zero(); }
  [[nodiscard]] base::Duration srtt() const noexcept { return srtt_; }
  /// For the first packet of a fetch.
  [[nodiscard]] base::Duration timeout(const TimeoutSettings& settings) const noexcept;
  /// For its `sends`-th packet: doubled for each packet before it.
  [[nodiscard]] base::Duration backed_off(const TimeoutSettings& settings, std::uint32_t sends) const noexcept;

 private:
  base::Duration srtt_{0};
  base::Duration variation_{0};
};

}  // namespace egress
