// SPDX-License-Identifier: Apache-2.0
// Moments of questions: exact, without drift, repeatable.
#include "loadgen/arrivals.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace {

using loadgen::Arrival;
using loadgen::Arrivals;

TEST(UniformArrivals, TheMillionthMomentIsExactAndNotAMillionRoundingErrorsOff) {
  constexpr std::int64_t kRate = 3;  // a third of a second is no whole number of nanoseconds
  Arrivals arrivals(Arrival::kUniform, kRate, 1);
  for (std::int64_t i = 0; i < 1'000'000; ++i) {
    const std::int64_t exact_ns = i * 1'000'000'000 / kRate;
    ASSERT_LE(std::abs(arrivals.next().count() - exact_ns), 1) << i;
    arrivals.advance();
  }
}

TEST(PoissonArrivals, GapsHaveTheMeanAndTheSpreadOfAnExponential) {
  constexpr double kRate = 1'000;
  constexpr int kCount = 200'000;
  Arrivals arrivals(Arrival::kPoisson, kRate, 7);
  double sum = 0;
  double squares = 0;
  base::Duration last{0};
  for (int i = 0; i < kCount; ++i) {
    const double gap_sec = static_cast<double>((arrivals.next() - last).count()) / 1e9;
    ASSERT_GE(gap_sec, 0);
    last = arrivals.next();
    sum += gap_sec;
    squares += gap_sec * gap_sec;
    arrivals.advance();
  }
  const double mean = sum / kCount;
  EXPECT_NEAR(mean * kRate, 1, 0.01);
  EXPECT_NEAR(std::sqrt(squares / kCount - mean * mean) * kRate, 1, 0.02);
}

TEST(PoissonArrivals, TheSameSeedGivesTheSameMomentsAndAnotherSeedGivesOthers) {
  Arrivals one(Arrival::kPoisson, 100, 5);
  Arrivals same(Arrival::kPoisson, 100, 5);
  Arrivals other(Arrival::kPoisson, 100, 6);
  int differ = 0;
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(one.next(), same.next());
    differ += one.next() != other.next();
    one.advance();
    same.advance();
    other.advance();
  }
  EXPECT_EQ(differ, 1'000);
}

}  // namespace
