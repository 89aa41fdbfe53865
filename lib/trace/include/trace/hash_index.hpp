// SPDX-License-Identifier: Apache-2.0
/// @file hash_index.hpp – a hash table of indices into an array of the caller's.
///
/// Purpose    open addressing with linear steps; the caller compares the object at an index.
/// Threads    one owner.
/// Ownership  8 bytes a slot, at most two thirds of them used.
/// Cost       find: about one cache line.
///
///   slot, 0 = empty:   63 ── hash:32 ── 32 ── index + 1:32 ── 0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace trace {

class HashIndex {
 public:
  HashIndex() : slots_(kFirstSlots) {}

  /// The index whose hash is `hash` and of which is_same(index) says yes.
  template <class Same>
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t hash, Same is_same) const {
    for (std::uint64_t at = place(hash); slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
      if (static_cast<std::uint32_t>(slots_[at] >> 32U) != hash) continue;
      const auto index = static_cast<std::uint32_t>(slots_[at]) - 1;
      if (is_same(index)) return index;
    }
    return std::nullopt;
  }
  void insert(std::uint32_t hash, std::uint32_t index) {
    if (++used_ * 3 > slots_.size() * 2) grow();
    put(std::uint64_t{hash} << 32U | (std::uint64_t{index} + 1));
  }
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept { return slots_.size() * sizeof(std::uint64_t); }

 private:
  static constexpr std::size_t kFirstSlots = 1'024;

  /// The top bits of the hash, so that slots keep their order when the table grows.
  [[nodiscard]] std::uint64_t place(std::uint32_t hash) const noexcept {
    return (std::uint64_t{hash} * slots_.size()) >> 32U;
  }
  void put(std::uint64_t slot) noexcept {
    std::uint64_t at = place(static_cast<std::uint32_t>(slot >> 32U));
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
  void grow() {
    std::vector<std::uint64_t> before(slots_.size() * 2);
    before.swap(slots_);
    for (const std::uint64_t slot : before) {
      if (slot != 0) put(slot);
    }
  }

  std::vector<std::uint64_t> slots_;  // a power of two
  std::uint64_t used_ = 0;
};

}  // namespace trace
