// SPDX-License-Identifier: Apache-2.0
/// @file rtt.hpp – how long to wait for a server's reply.
///
/// Purpose    smoothed round trip and its variation; the timeout that follows from them.
/// Threads    egress only.
/// RFC        6298 §2 (SRTT, RTTVAR, RTO), with bounds of our own in place of its one-second minimum: what is added to the
///            smoothed round trip is never less than `min_timeout` and half of it, since an upstream that was steady so far
///            (and its variation tends to nothing then) is late one day because a machine is busy.
#pragma once

#include <cstdint>

#include "base/instant.hpp"
#include "egress/settings.hpp"

namespace egress {

class RttEstimate {
 public:
  void sample(base::Duration rtt) noexcept;
  [[nodiscard]] bool is_known() const noexcept { return srtt_ != base::Duration::zero(); }
  [[nodiscard]] base::Duration srtt() const noexcept { return srtt_; }
  /// For the first packet of a question.
  [[nodiscard]] base::Duration timeout(const Settings& settings) const noexcept;
  /// For its `sends`-th packet: doubled for each before it.
  [[nodiscard]] base::Duration backed_off(const Settings& settings, std::uint32_t sends) const noexcept;

 private:
  base::Duration srtt_{0};
  base::Duration variation_{0};
};

}  // namespace egress
