// SPDX-License-Identifier: Apache-2.0
#include "base/arena.hpp"

#include <array>
#include <cstdint>

#include <gtest/gtest.h>

namespace {

constexpr std::size_t kLine = base::kCacheLineBytes;

struct Pair {
  std::uint32_t first = 7;
  std::uint32_t second = 9;
};

struct Placed {
  std::span<Pair> pairs;
  std::span<std::uint64_t> words;
  base::MutableBytes raw;
  base::SpscRing<Pair>* ring = nullptr;
  Pair* one = nullptr;
};

Placed place(base::Arena& arena) {
  Placed placed;
  placed.pairs = arena.take<Pair>(5);
  placed.words = arena.reserve<std::uint64_t>(9);
  placed.raw = arena.bytes(1);
  placed.ring = arena.ring<Pair>(4);
  placed.one = arena.make<Pair>(Pair{1, 2});
  return placed;
}

struct alignas(kLine) Room {
  std::array<std::byte, 4'096> bytes;
};

TEST(Arena, MeasuresExactlyWhatItPlaces) {
  base::Arena measure;
  static_cast<void>(place(measure));
  Room room;
  room.bytes.fill(std::byte{0xff});
  base::Arena arena(base::MutableBytes(room.bytes).first(measure.used()));
  static_cast<void>(place(arena));
  EXPECT_EQ(arena.used(), measure.used());
  EXPECT_EQ(arena.left(), 0U);
}

TEST(Arena, GivesNothingWhileItMeasures) {
  base::Arena measure;
  const Placed placed = place(measure);
  EXPECT_TRUE(placed.pairs.empty());
  EXPECT_TRUE(placed.words.empty());
  EXPECT_TRUE(placed.raw.empty());
  EXPECT_EQ(placed.ring, nullptr);
  EXPECT_EQ(placed.one, nullptr);
}

TEST(Arena, EveryPieceBeginsOnACacheLineAndNoTwoOverlap) {
  Room room;
  base::Arena arena(room.bytes);
  const Placed placed = place(arena);
  const auto offset = [&](const void* at) {
    return static_cast<std::size_t>(static_cast<const std::byte*>(at) - room.bytes.data());
  };
  EXPECT_EQ(offset(placed.pairs.data()), 0U);
  EXPECT_EQ(offset(placed.words.data()), kLine);
  EXPECT_EQ(offset(placed.raw.data()), 3 * kLine);
  EXPECT_EQ(offset(placed.ring), 4 * kLine);
  EXPECT_EQ(offset(placed.one) % kLine, 0U);
  EXPECT_EQ(offset(placed.one), arena.used() - kLine);
}

TEST(Arena, TakenArraysHaveValuesAndReservedOnesKeepTheMemorysBytes) {
  Room room;
  room.bytes.fill(std::byte{0xff});
  base::Arena arena(room.bytes);
  const Placed placed = place(arena);
  EXPECT_EQ(placed.pairs.back().second, 9U);
  EXPECT_EQ(placed.words.back(), ~std::uint64_t{0});
  EXPECT_EQ(placed.one->second, 2U);
  ASSERT_TRUE(placed.ring->push({3, 4}));
  EXPECT_EQ(placed.ring->front()->second, 4U);
}

TEST(ArenaDeathTest, APieceThatWasNotMeasuredAborts) {
  Room room;
  base::Arena arena(base::MutableBytes(room.bytes).first(kLine));
  static_cast<void>(arena.bytes(kLine));
  EXPECT_DEATH(static_cast<void>(arena.bytes(1)), "");
}

}  // namespace
