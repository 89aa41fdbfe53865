// SPDX-License-Identifier: Apache-2.0
/// @file arena.hpp – a bump allocator that first measures and then places.
///
/// Purpose    all long-lived tables of the data path take their memory once, at creation. The same sequence of calls
///            runs without memory, which only counts, and with memory, which places: the bytes that are asked for and
///            the bytes that are used cannot differ.
/// Threads    one thread, at creation.
/// Ownership  borrows the memory. No destructor is called for what is placed: it lives as long as the memory.
/// Cost       reserve() and bytes() touch nothing; take(), make() and ring() initialise.
///
/// Invariants
///   1. Every piece begins on a cache line, so used() is a multiple of the line.
///   2. While measuring, every call returns an empty span or nullptr and moves used() exactly as when placing.
///   3. A piece that does not fit into the memory aborts: its bytes were not measured by the same calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "base/bytes.hpp"
#include "base/contract.hpp"
#include "base/spsc_ring.hpp"

namespace base {

class Arena {
 public:
  /// Measures.
  Arena() noexcept = default;
  /// Places into `memory`, which begins on a cache line.
  explicit Arena(MutableBytes memory) noexcept : memory_(memory), measures_(false) {
    // NOLINTNEXTLINE(sluice-tokens): alignment only
    SLUICE_REQUIRE(reinterpret_cast<std::uintptr_t>(memory.data()) % kCacheLineBytes == 0);
  }

  [[nodiscard]] std::size_t used() const noexcept { return at_; }
  /// Bytes that are still free; 0 while measuring.
  [[nodiscard]] std::size_t left() const noexcept { return measures_ ? 0 : memory_.size() - at_; }

  /// `count` value-initialised T.
  template <class T>
  [[nodiscard]] std::span<T> take(std::size_t count) noexcept {
    static_assert(std::is_trivially_destructible_v<T>);
    T* first = next<T>(count);
    if (first == nullptr) return {};
    std::uninitialized_value_construct_n(first, count);
    return {first, count};
  }

  /// Room for `count` T without values: pages that are never written cost no memory.
  template <class T>
  [[nodiscard]] std::span<T> reserve(std::size_t count) noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    T* first = next<T>(count);
    if (first == nullptr) return {};
    return {first, count};
  }

  /// Raw memory, for an object that places its own tables.
  [[nodiscard]] MutableBytes bytes(std::size_t count) noexcept { return reserve<std::byte>(count); }

  /// One object.
  template <class T, class... Args>
  [[nodiscard]] T* make(Args&&... args) noexcept {
    T* place = next<T>(1);
    return place == nullptr ? nullptr : std::construct_at(place, std::forward<Args>(args)...);
  }

  /// A ring and its `slots`, a power of two. Fields of T without an initialiser stay untouched.
  template <class T>
  [[nodiscard]] SpscRing<T>* ring(std::size_t slots) noexcept {
    static_assert(std::is_trivially_destructible_v<SpscRing<T>>);
    auto* place = next<SpscRing<T>>(1);
    T* first = next<T>(slots);
    if (place == nullptr) return nullptr;
    std::uninitialized_default_construct_n(first, slots);
    return std::construct_at(place, std::span<T>(first, slots));
  }

 private:
  template <class T>
  [[nodiscard]] T* next(std::size_t count) noexcept {
    static_assert(alignof(T) <= kCacheLineBytes);
    const std::size_t begin = at_;
    at_ += (count * sizeof(T) + kCacheLineBytes - 1) / kCacheLineBytes * kCacheLineBytes;
    if (measures_) return nullptr;
    SLUICE_REQUIRE(begin + count * sizeof(T) <= memory_.size());
    return reinterpret_cast<T*>(memory_.data() + begin);  // NOLINT(sluice-tokens): raw memory becomes T in the caller
  }

  MutableBytes memory_;
  std::size_t at_ = 0;
  bool measures_ = true;
};

}  // namespace base
