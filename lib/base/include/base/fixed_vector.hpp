// SPDX-License-Identifier: Apache-2.0
/// @file fixed_vector.hpp – a sequence with room for N elements, without allocation.
///
/// Purpose    a std::vector for the data path. push_back() returns false when there is no room.
/// Threads    one owner.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

#include "base/contract.hpp"

namespace base {

template <class T, std::size_t N>
class FixedVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return N; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] bool full() const noexcept { return size_ == N; }
  [[nodiscard]] bool push_back(const T& value) noexcept {
    if (full()) return false;
    items_[size_++] = value;
    return true;
  }
  void clear() noexcept { size_ = 0; }
  [[nodiscard]] T& operator[](std::size_t index) noexcept {
    SLUICE_ASSUME(index < size_);
    return items_[index];
  }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept {
    SLUICE_ASSUME(index < size_);
    return items_[index];
  }
  [[nodiscard]] std::span<T> span() noexcept { return {items_.data(), size_}; }
  [[nodiscard]] std::span<const T> span() const noexcept { return {items_.data(), size_}; }
  [[nodiscard]] T* begin() noexcept { return items_.data(); }
  [[nodiscard]] T* end() noexcept { return items_.data() + size_; }
  [[nodiscard]] const T* begin() const noexcept { return items_.data(); }
  [[nodiscard]] const T* end() const noexcept { return items_.data() + size_; }

 private:
  std::array<T, N> items_;  // only the first size_ hold values
  std::size_t size_ = 0;
};

}  // namespace base
