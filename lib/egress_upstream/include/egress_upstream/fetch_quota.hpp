// SPDX-License-Identifier: Apache-2.0
/// @file fetch_quota.hpp – limit of outstanding fetches at one server, lowered while many of them time out.
///
/// Purpose    fetches at a server that does not answer hold clients, budget and ports until they time out. The quota moves
///            down a curve while the average timeout ratio is high, and back up when it falls (BIND's fetches-per-server).
/// Threads    egress only.
/// Cost       O(1).
///
///   every freq + 2 completions:  tr = timeouts / completed;  atr = atr * (1 - discount) + tr * discount
///                                atr > high: one step down the curve;  atr < low: one step up
///   quota of step m            =  max(1, per_server * kCurve[m] / 10000),  so that one fetch can always be sent
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "egress_upstream/settings.hpp"

namespace egress {

enum class Ended : std::uint8_t { kAnswered, kTimedOut };

class FetchQuota {
 public:
  static constexpr std::size_t kSteps = 99;
  /// 10000 / ((10 + n) / 10)^1.5, rounded; n is the step, and one more from step 38 on.
  static constexpr std::array<std::uint16_t, kSteps> kCurve = [] {
    std::array<std::uint16_t, kSteps> curve{};
    std::uint64_t value = 10'000;  // the curve falls: each step's search goes on from the last one's value
    for (std::uint64_t step = 0; step < kSteps; ++step) {
      const std::uint64_t base = 10 + step + (step > 37 ? 1 : 0);
      const std::uint64_t cube = base * base * base;
      // The largest value whose value - 1/2 is not above sqrt(10^11 / cube).
      while ((2 * value - 1) * (2 * value - 1) * cube > 400'000'000'000U) --value;
      curve[step] = static_cast<std::uint16_t>(value);
    }
    return curve;
  }();
  static_assert(kCurve[0] == 10'000 && kCurve[1] == 8'668 && kCurve[10] == 3'536 && kCurve[98] == 278);

  /// Keeps the average and the position on the curve.
  void set(const FetchQuotaSettings& settings) noexcept { settings_ = settings; }

  /// How a packet ended. True when the quota may have changed.
  bool note(Ended how) noexcept {
    if (is_off()) return false;
    if (how == Ended::kTimedOut) ++timeouts_;
    if (completed_++ <= settings_.freq) return false;
    const double share = static_cast<double>(timeouts_) / static_cast<double>(completed_);
    timeouts_ = completed_ = 0;
    average_ = average_ * (1 - settings_.discount) + share * settings_.discount;
    if (average_ < settings_.low && step_ > 0) {
      --step_;
    } else if (average_ > settings_.high && step_ < kSteps - 1) {
      ++step_;
    }
    return true;
  }

  [[nodiscard]] bool is_off() const noexcept { return settings_.per_server == 0; }
  /// 0: no limit.
  [[nodiscard]] std::uint32_t quota() const noexcept {
    if (is_off()) return 0;
    return std::max(1U, static_cast<std::uint32_t>(std::uint64_t{settings_.per_server} * kCurve[step_] / 10'000));
  }
  [[nodiscard]] std::uint32_t step() const noexcept { return static_cast<std::uint32_t>(step_); }
  [[nodiscard]] double average() const noexcept { return average_; }

 private:
  FetchQuotaSettings settings_;
  std::uint32_t completed_ = 0;
  std::uint32_t timeouts_ = 0;
  double average_ = 0;  // share of timeouts
  std::size_t step_ = 0;
};

}  // namespace egress
