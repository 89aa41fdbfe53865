// SPDX-License-Identifier: Apache-2.0
/// @file arena.hpp – hands out pieces of one region at boot: tables, rings, slots.
///
/// Purpose    all long-lived memory is counted first, taken once and never given back piecewise.
/// Threads    main thread, at boot.
/// Ownership  borrows the region; the pieces live as long as it does.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#include "base/bytes.hpp"
#include "base/contract.hpp"
#include "base/spsc_ring.hpp"

namespace control {

class Arena {
 public:
  explicit Arena(base::MutableBytes memory) noexcept : memory_(memory) {}

  /// What a piece of `bytes` takes, cache-line alignment included.
  [[nodiscard]] static constexpr std::size_t padded(std::size_t bytes) noexcept {
    return (bytes + base::kCacheLineBytes - 1) / base::kCacheLineBytes * base::kCacheLineBytes;
  }
  template <class T>
  [[nodiscard]] static constexpr std::size_t ring_bytes(std::size_t slots) noexcept {
    return padded(sizeof(base::SpscRing<T>)) + padded(slots * sizeof(T));
  }

  [[nodiscard]] base::MutableBytes take(std::size_t bytes) noexcept {
    const std::size_t size = padded(bytes);
    SLUICE_REQUIRE(size <= memory_.size());  // the plan counted it
    const base::MutableBytes piece = memory_.first(bytes);
    memory_ = memory_.subspan(size);
    return piece;
  }

  /// A ring with its slots. Rings are trivially destructible, so that the region may simply go.
  template <class T>
  [[nodiscard]] base::SpscRing<T>* make_ring(std::size_t slots) noexcept {
    static_assert(std::is_trivially_destructible_v<base::SpscRing<T>>);
    void* ring = take(sizeof(base::SpscRing<T>)).data();
    T* first = ::new (static_cast<void*>(take(slots * sizeof(T)).data())) T[slots];
    return ::new (ring) base::SpscRing<T>(std::span<T>(first, slots));
  }

 private:
  base::MutableBytes memory_;
};

}  // namespace control
