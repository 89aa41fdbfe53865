// SPDX-License-Identifier: Apache-2.0
#include "stats/counter.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace {

TEST(Counter, StartsAtZeroAndAdds) {
  stats::Counter counter;
  EXPECT_EQ(counter.read(), 0U);
  counter.add();
  counter.add(41);
  EXPECT_EQ(counter.read(), 42U);
}

TEST(Counter, AReaderOnAnotherThreadSeesItGrowToItsLastValue) {
  constexpr std::uint64_t kAdds = 200'000;
  stats::Counter counter;
  std::thread writer([&counter] {
    for (std::uint64_t i = 0; i < kAdds; ++i) counter.add();
  });
  std::uint64_t last = 0;
  bool shrank = false;
  while (last < kAdds) {
    const std::uint64_t now = counter.read();
    shrank = shrank || now < last;
    last = now;
  }
  writer.join();
  EXPECT_FALSE(shrank);
  EXPECT_EQ(counter.read(), kAdds);
}

TEST(Gauge, HoldsTheCurrentValueAndTheMaximum) {
  stats::Gauge gauge;
  gauge.set(7);
  gauge.set(3);
  EXPECT_EQ(gauge.read(), 3U);
  EXPECT_EQ(gauge.peak(), 7U);
  gauge.set(9);
  EXPECT_EQ(gauge.peak(), 9U);
}

}  // namespace
