// SPDX-License-Identifier: Apache-2.0
#include "base/spsc_ring.hpp"

#include <array>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using base::SpscRing;

TEST(SpscRing, ReturnsElementsInTheOrderOfPushes) {
  std::array<int, 4> slots{};
  SpscRing<int> ring(slots);
  EXPECT_EQ(ring.front(), nullptr);
  for (const int value : {1, 2, 3}) ASSERT_TRUE(ring.push(value));
  for (const int value : {1, 2, 3}) {
    ASSERT_NE(ring.front(), nullptr);
    EXPECT_EQ(*ring.front(), value);
    ring.pop();
  }
  EXPECT_EQ(ring.front(), nullptr);
}

TEST(SpscRing, IsFullAtItsCapacityAndAcceptsAgainAfterAPop) {
  std::array<int, 4> slots{};
  SpscRing<int> ring(slots);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(ring.push(i));
  EXPECT_FALSE(ring.push(9));
  EXPECT_EQ(ring.reserve(), nullptr);
  EXPECT_EQ(ring.size(), ring.capacity());
  EXPECT_EQ(*ring.front(), 0);
  ring.pop();
  EXPECT_TRUE(ring.push(4));
  EXPECT_FALSE(ring.push(5));
}

TEST(SpscRing, AReservedSlotIsInvisibleBeforeItIsPublished) {
  std::array<int, 2> slots{};
  SpscRing<int> ring(slots);
  int* slot = ring.reserve();
  ASSERT_NE(slot, nullptr);
  *slot = 7;
  EXPECT_EQ(ring.front(), nullptr);
  ring.publish();
  EXPECT_EQ(*ring.front(), 7);
}

TEST(SpscRing, FrontDoesNotRemoveTheElement) {
  std::array<int, 2> slots{};
  SpscRing<int> ring(slots);
  ASSERT_TRUE(ring.push(1));
  EXPECT_EQ(*ring.front(), 1);
  EXPECT_EQ(*ring.front(), 1);
  EXPECT_EQ(ring.size(), 1U);
}

TEST(SpscRing, WithOneSlotPassesOneElementAtATime) {
  std::array<int, 1> slots{};
  SpscRing<int> ring(slots);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(ring.push(i));
    ASSERT_FALSE(ring.push(i));
    ASSERT_EQ(*ring.front(), i);
    ring.pop();
  }
}

TEST(SpscRingDeathTest, RefusesASizeThatIsNotAPowerOfTwo) {
  std::array<int, 3> slots{};
  EXPECT_DEATH(SpscRing<int>{slots}, "has_single_bit");
}

struct Wide {
  std::uint64_t number;
  std::uint64_t square;
};

// Both halves of an element arrive together, in order, none twice, none lost.
TEST(SpscRing, TwoThreadsPassEveryElementWhole) {
  constexpr std::uint64_t kElements = 100'000;
  std::vector<Wide> slots(64);
  SpscRing<Wide> ring(slots);
  std::thread producer([&ring] {
    for (std::uint64_t i = 0; i < kElements;) {
      if (ring.push({i, i * i})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::uint64_t wrong = 0;
  for (std::uint64_t expected = 0; expected < kElements;) {
    const Wide* front = ring.front();
    if (front == nullptr) {
      std::this_thread::yield();
      continue;
    }
    if (front->number != expected || front->square != expected * expected) ++wrong;
    ring.pop();
    ++expected;
  }
  producer.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(ring.size(), 0U);
}

}  // namespace
