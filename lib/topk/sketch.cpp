// SPDX-License-Identifier: Apache-2.0
// Adding to a set of seven, and copying a set while the writer may change it.
#include "topk/sketch.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/contract.hpp"

namespace topk {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

}  // namespace

Sketch::Sketch(base::Arena& arena, const Shape& shape) noexcept : sets_(shape.sets), key_words_(words_of(shape)) {
  SLUICE_REQUIRE(std::has_single_bit(shape.sets) && shape.key_bytes <= kMaxKeyBytes);
  all_ = arena.take<Set>(2 * sets_);
  words_ = arena.take<std::atomic<std::uint64_t>>(2 * sets_ * kWays * key_words_);
}

// The reader relies on the order of the stores: a release store is never visible before the stores in front of it.
void Sketch::begin_second(Set& set, std::uint32_t second) noexcept {
  set.second.store(0, kRelaxed);
  for (auto& tag : set.tag) tag.store(0, kRelease);
  for (auto& count : set.count) count.store(0, kRelease);
  set.second.store(std::uint64_t{second} + 1, kRelease);
}

void Sketch::write_key(std::size_t index, std::size_t way, base::Bytes key) noexcept {
  const auto words = words_of(index, way);
  const std::size_t size = std::min(key.size(), (key_words_ - 1) * sizeof(std::uint64_t));
  words[0].store(size, kRelease);
  for (std::size_t at = 0, word = 1; at < size; at += sizeof(std::uint64_t), ++word) {
    std::uint64_t value = 0;
    std::memcpy(&value, key.data() + at, std::min(sizeof value, size - at));
    words[word].store(value, kRelease);
  }
}

void Sketch::add(std::uint32_t second, std::uint64_t tag, base::Bytes key, std::uint64_t weight) noexcept {
  if (sets_ == 0) return;
  const std::size_t index = index_of(second, (tag >> 32U) & (sets_ - 1));
  Set& set = all_[index];
  if (set.second.load(kRelaxed) != std::uint64_t{second} + 1) begin_second(set, second);
  std::size_t way = 0;
  std::uint64_t least = ~std::uint64_t{0};
  for (std::size_t i = 0; i < kWays; ++i) {
    const std::uint64_t count = set.count[i].load(kRelaxed);
    if (set.tag[i].load(kRelaxed) == tag) return set.count[i].store(count + weight, kRelaxed);
    if (count < least) {
      least = count;
      way = i;
    }
  }
  set.tag[way].store(0, kRelaxed);
  write_key(index, way, key);
  set.error[way].store(least, kRelease);
  set.count[way].store(least + weight, kRelease);
  set.tag[way].store(tag, kRelease);
}

bool Sketch::copy(std::uint32_t second, std::size_t set_number, std::size_t way, Row& row) const noexcept {
  const std::size_t index = index_of(second, set_number);
  const Set& set = all_[index];
  if (set.second.load(kAcquire) != std::uint64_t{second} + 1) return false;
  row.tag = set.tag[way].load(kAcquire);
  if (row.tag == 0) return false;
  row.count = set.count[way].load(kAcquire);
  row.error = set.error[way].load(kAcquire);
  const auto words = words_of(index, way);
  const std::size_t most = (key_words_ - 1) * sizeof(std::uint64_t);
  row.key_bytes = static_cast<std::uint16_t>(std::min<std::uint64_t>(words[0].load(kAcquire), most));
  for (std::size_t at = 0, word = 1; at < row.key_bytes; at += sizeof(std::uint64_t), ++word) {
    const std::uint64_t value = words[word].load(kAcquire);
    std::memcpy(row.key_room.data() + at, &value, std::min(sizeof value, row.key_bytes - at));
  }
  return set.tag[way].load(kRelaxed) == row.tag && set.second.load(kRelaxed) == std::uint64_t{second} + 1;
}

std::uint64_t Sketch::least(std::uint32_t second, std::uint64_t tag) const noexcept {
  if (sets_ == 0) return 0;
  const Set& set = all_[index_of(second, (tag >> 32U) & (sets_ - 1))];
  if (set.second.load(kAcquire) != std::uint64_t{second} + 1) return 0;
  std::uint64_t least = ~std::uint64_t{0};
  for (std::size_t i = 0; i < kWays; ++i) least = std::min(least, set.count[i].load(kAcquire));
  return least;
}

}  // namespace topk
