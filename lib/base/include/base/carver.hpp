// SPDX-License-Identifier: Apache-2.0
/// @file carver.hpp – cuts one block of given memory into arrays, front to back.
///
/// Purpose    the tables of the data path take all their memory at creation; a Carver says where each array lies.
///            needs() and take() run the same steps, so that what was asked for is what is used.
/// Threads    used while something is built, by one thread.
/// Ownership  borrows; the arrays live as long as the memory.
/// Cost       take() touches nothing; make() value-initialises.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

#include "base/bytes.hpp"
#include "base/contract.hpp"
#include "base/spsc_ring.hpp"

namespace base {

class Carver {
 public:
  /// `memory` is aligned to a cache line; so is every array.
  explicit Carver(MutableBytes memory) noexcept : memory_(memory) {}

  /// Bytes that an array of `count` T takes.
  template <class T>
  [[nodiscard]] static constexpr std::size_t needs(std::size_t count) noexcept {
    return (count * sizeof(T) + kCacheLineBytes - 1) / kCacheLineBytes * kCacheLineBytes;
  }

  /// Room for `count` T without values: untouched pages cost nothing.
  template <class T>
  [[nodiscard]] std::span<T> take(std::size_t count) noexcept {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= kCacheLineBytes);
    return {place<T>(count), count};
  }
  /// `count` value-initialised T.
  template <class T>
  [[nodiscard]] std::span<T> make(std::size_t count) noexcept {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kCacheLineBytes);
    T* first = place<T>(count);
    std::uninitialized_value_construct_n(first, count);
    return {first, count};
  }
  [[nodiscard]] std::size_t used() const noexcept { return at_; }
  [[nodiscard]] std::size_t left() const noexcept { return memory_.size() - at_; }

 private:
  template <class T>
  [[nodiscard]] T* place(std::size_t count) noexcept {
    const std::size_t bytes = needs<T>(count);
    SLUICE_REQUIRE(bytes <= left());
    std::byte* at = memory_.data() + at_;
    at_ += bytes;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): raw memory becomes an array
    return reinterpret_cast<T*>(at);
  }

  MutableBytes memory_;
  std::size_t at_ = 0;
};

}  // namespace base
