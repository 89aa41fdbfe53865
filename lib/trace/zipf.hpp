// SPDX-License-Identifier: Apache-2.0
/// @file zipf.hpp – ranks drawn by popularity, without a table.
///
/// Purpose    ranks 0 … n-1 with weights 1 / (rank + 1)^exponent, exponent above 0, by inverting the integral of a hat
///            function and rejecting (Hörmann and Derflinger 1996: rejection-inversion for monotone discrete
///            distributions). No memory however many ranks there are.
/// Threads    immutable; draw() takes its numbers from the caller's Random.
/// Cost       one or two logarithms and exponentials a draw; fewer than 1.1 tries on average.
#pragma once

#include <cstdint>

#include "base/random.hpp"

namespace trace {

class Zipf {
 public:
  /// exponent > 0, ranks >= 1.
  Zipf(double exponent, std::uint32_t ranks) noexcept;
  [[nodiscard]] std::uint32_t draw(base::Random& random) const noexcept;

 private:
  [[nodiscard]] double hat_integral(double x) const noexcept;
  [[nodiscard]] double hat_integral_inverse(double x) const noexcept;
  [[nodiscard]] double hat(double x) const noexcept;

  double exponent_;
  double ranks_;
  double integral_begin_;  // hat integral at 1.5, minus 1
  double integral_end_;    // hat integral at ranks + 0.5
  double squeeze_;         // values that close to a rank need no second look
};

}  // namespace trace
