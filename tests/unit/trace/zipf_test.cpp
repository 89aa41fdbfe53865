// SPDX-License-Identifier: Apache-2.0
// Drawn ranks against the weights they should have.
#include "zipf.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace {

class ZipfShares : public testing::TestWithParam<double> {};

TEST_P(ZipfShares, AreWithinFiveSigmaOfTheWeights) {
  constexpr std::uint32_t kRanks = 50;
  constexpr double kDraws = 200'000;
  const double exponent = GetParam();
  const trace::Zipf zipf(exponent, kRanks);
  base::Random random(7);
  std::vector<double> seen(kRanks);
  for (int i = 0; i < static_cast<int>(kDraws); ++i) seen.at(zipf.draw(random)) += 1;
  double sum = 0;
  for (std::uint32_t i = 1; i <= kRanks; ++i) sum += std::pow(i, -exponent);
  for (std::uint32_t i = 1; i <= kRanks; ++i) {
    const double share = std::pow(i, -exponent) / sum;
    const double sigma = std::sqrt(kDraws * share * (1 - share));
    EXPECT_NEAR(seen[i - 1], kDraws * share, 5 * sigma) << "rank " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Exponents, ZipfShares, testing::Values(0.2, 0.8, 1.0, 1.0001, 1.5, 3.0));

TEST(Zipf, OneRankIsAlwaysDrawn) {
  const trace::Zipf zipf(1.0, 1);
  base::Random random(1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(zipf.draw(random), 0U);
}

}  // namespace
