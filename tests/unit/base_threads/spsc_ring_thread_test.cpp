// SPDX-License-Identifier: Apache-2.0
// The ring read by a third thread. For ThreadSanitizer.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <thread>

#include <gtest/gtest.h>

#include "base/spsc_ring.hpp"

namespace {

using base::SpscRing;

// size() reads head and tail one after the other; any number of records may pass in between.
TEST(SpscRingThreads, SizeReadByAThirdThreadNeverExceedsTheCapacity) {
  std::array<std::uint64_t, 4> slots{};
  SpscRing<std::uint64_t> ring(slots);
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> passed{0};
  std::thread consumer([&] {
    while (!stop.load(std::memory_order_relaxed)) {
      if (ring.front() != nullptr) {
        ring.pop();
        passed.fetch_add(1, std::memory_order_relaxed);
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::thread producer([&] {
    while (!stop.load(std::memory_order_relaxed)) {
      if (!ring.push(1)) std::this_thread::yield();
    }
  });
  std::size_t largest = 0;
  while (passed.load(std::memory_order_relaxed) < 2'000) {
    for (int i = 0; i < 100; ++i) largest = std::max(largest, ring.size());
    std::this_thread::yield();
  }
  stop = true;
  consumer.join();
  producer.join();
  EXPECT_LE(largest, ring.capacity());
}

}  // namespace
