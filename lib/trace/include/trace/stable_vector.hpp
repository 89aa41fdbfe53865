// SPDX-License-Identifier: Apache-2.0
/// @file stable_vector.hpp – a sequence that grows and never moves what it holds.
///
/// Purpose    readers on other threads keep reading what they know of while one writer appends.
/// Threads    one writer. A reader may read index i after it received i through a synchronising operation.
/// Ownership  blocks of 65,536 elements, and a table of 65,536 pointers to them (512 KiB).
/// Cost       operator[]: two memory accesses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace trace {

template <class T>
class StableVector {
 public:
  static constexpr std::uint32_t kBlock = 1U << 16U;

  StableVector() : blocks_(std::make_unique<Table>()) {}

  [[nodiscard]] const T& operator[](std::uint32_t index) const noexcept {
    return (*blocks_)[index >> 16U][index & (kBlock - 1)];
  }
  [[nodiscard]] T& operator[](std::uint32_t index) noexcept { return (*blocks_)[index >> 16U][index & (kBlock - 1)]; }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

  /// writer; at most 2^32 - 1 elements.
  std::uint32_t push_back(const T& value) {
    if (size_ % kBlock == 0) (*blocks_)[size_ >> 16U] = std::make_unique<T[]>(kBlock);
    (*this)[size_] = value;
    return size_++;
  }
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept {
    return sizeof(Table) + (std::uint64_t{size_} + kBlock - 1) / kBlock * kBlock * sizeof(T);
  }

 private:
  using Table = std::array<std::unique_ptr<T[]>, kBlock>;
  std::unique_ptr<Table> blocks_;
  std::uint32_t size_ = 0;
};

}  // namespace trace
