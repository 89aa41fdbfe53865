// SPDX-License-Identifier: Apache-2.0
// Rejection-inversion. hat(x) = x^-exponent; its integral is (x^(1-exponent) - 1) / (1 - exponent), log x at 1.
#include "zipf.hpp"

#include <algorithm>
#include <cmath>

namespace trace {
namespace {

/// (e^x - 1) / x, also near 0.
double growth(double x) noexcept { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2; }
/// log(1 + x) / x, also near 0.
double decline(double x) noexcept { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2; }

}  // namespace

Zipf::Zipf(double exponent, std::uint32_t ranks) noexcept
    : exponent_(exponent),
      ranks_(ranks),
      integral_begin_(hat_integral(1.5) - 1),
      integral_end_(hat_integral(ranks_ + 0.5)),
      squeeze_(2 - hat_integral_inverse(hat_integral(2.5) - hat(2))) {}

double Zipf::hat(double x) const noexcept { return std::exp(-exponent_ * std::log(x)); }

double Zipf::hat_integral(double x) const noexcept {
  const double log_x = std::log(x);
  return growth((1 - exponent_) * log_x) * log_x;
}

double Zipf::hat_integral_inverse(double x) const noexcept {
  const double t = std::max(x * (1 - exponent_), -1.0);
  return std::exp(decline(t) * x);
}

std::uint32_t Zipf::draw(base::Random& random) const noexcept {
  while (true) {
    const double u = integral_end_ + random.unit() * (integral_begin_ - integral_end_);
    const double x = hat_integral_inverse(u);
    const double rank = std::clamp(std::floor(x + 0.5), 1.0, ranks_);
    if (rank - x <= squeeze_ || u >= hat_integral(rank + 0.5) - hat(rank)) return static_cast<std::uint32_t>(rank) - 1;
  }
}

}  // namespace trace
