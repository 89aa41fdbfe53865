// SPDX-License-Identifier: Apache-2.0
/// @file arena.hpp – places an engine's tables one after another in the memory it was given.
///
/// Purpose    the same sequence of calls first measures (without memory) and then places, so that what is asked for
///            and what is used cannot differ.
/// Threads    start only.
/// Lifetime   what is placed lives as long as the memory; nothing placed needs a destructor call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "base/bytes.hpp"
#include "base/contract.hpp"
#include "base/spsc_ring.hpp"

namespace base {

class Arena {
 public:
  Arena() noexcept = default;  // measures
  explicit Arena(base::MutableBytes room) noexcept : room_(room), measuring_(false) {
    SLUICE_REQUIRE(reinterpret_cast<std::uintptr_t>(room.data()) % base::kCacheLineBytes ==
                   0);  // NOLINT(sluice-tokens): alignment only
  }

  [[nodiscard]] std::size_t used() const noexcept { return at_; }

  /// `count` values, zeroed or default-constructed; empty while measuring.
  template <class T>
  [[nodiscard]] std::span<T> take(std::size_t count) noexcept {
    T* place = next<T>(count);
    if (place == nullptr) return {};
    std::uninitialized_value_construct_n(place, count);
    return {place, count};
  }

  /// One object; nullptr while measuring.
  template <class T, class... Args>
  [[nodiscard]] T* make(Args&&... args) noexcept {
    T* place = next<T>(1);
    return place == nullptr ? nullptr : std::construct_at(place, std::forward<Args>(args)...);
  }

 private:
  template <class T>
  [[nodiscard]] T* next(std::size_t count) noexcept {
    static_assert(alignof(T) <= base::kCacheLineBytes);
    at_ = (at_ + alignof(T) - 1) / alignof(T) * alignof(T);
    const std::size_t begin = at_;
    at_ += count * sizeof(T);
    if (measuring_) return nullptr;
    SLUICE_REQUIRE(at_ <= room_.size());
    return reinterpret_cast<T*>(room_.data() + begin);  // NOLINT(sluice-tokens): raw memory becomes T in the caller
  }

  base::MutableBytes room_;
  std::size_t at_ = 0;
  bool measuring_ = true;
};

}  // namespace base
