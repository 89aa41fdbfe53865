// SPDX-License-Identifier: Apache-2.0
// Control reads while a core writes, on time and much too late; run under ThreadSanitizer.
#include <array>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "support/sketch_texts.hpp"

namespace {

constexpr std::uint32_t kSeconds = 300;
constexpr std::size_t kKeys = 64;  // in sets for 56: places change hands all the time

/// All bytes of a key tell its number, and so does its tag.
std::string key_of(std::size_t number) { return std::string(40 + number % 8, static_cast<char>('0' + number)); }

TEST(SketchThreads, ReaderNeverSeesAKeyUnderAnothersTagHoweverLateItComes) {
  test::WatchedTexts watched({8, 64});
  std::array<std::uint64_t, kKeys> tags{};
  for (std::size_t i = 0; i < kKeys; ++i) tags[i] = watched.tag(key_of(i));
  std::atomic<std::uint32_t> second{1};
  std::atomic<bool> done{false};
  std::uint64_t seen = 0;
  std::uint64_t torn = 0;
  std::thread reader([&] {
    while (!done.load(std::memory_order_relaxed)) {
      const std::uint32_t now = second.load(std::memory_order_relaxed);
      for (const std::uint32_t of : {now, now - 1, now - 2}) {  // being written, at rest, about to be overwritten
        watched.sketch.read(of, [&](const topk::Row& row) {
          ++seen;
          const auto number = std::to_integer<std::size_t>(row.key_room[0]) - '0';
          std::string text(row.key_bytes, '\0');
          std::memcpy(text.data(), row.key().data(), row.key_bytes);
          if (number >= kKeys || tags[number] != row.tag || text != key_of(number)) ++torn;
        });
      }
    }
  });
  for (; second.load(std::memory_order_relaxed) < kSeconds; second.store(second.load(std::memory_order_relaxed) + 1)) {
    for (std::size_t i = 0; i < 2'000; ++i) {
      const std::size_t number = (i * 7 + i / 64) % kKeys;
      watched.sketch.add(second.load(std::memory_order_relaxed), tags[number], test::bytes_of(key_of(number)), 1);
    }
  }
  done.store(true);
  reader.join();
  EXPECT_EQ(torn, 0U);
  EXPECT_GT(seen, 0U) << "nothing was read: the test shows nothing";
}

}  // namespace
