// SPDX-License-Identifier: Apache-2.0
/// @file outcome.hpp – a value, or the enumerator of the reason why there is none; for the data path.
///
/// Purpose    Outcome<T, E>: no allocation, no exception, no message; E is an enum whose enumerators are counters.
/// Threads    a value type.
/// Cost       sizeof(T) + sizeof(E) + 1.
#pragma once

#include <type_traits>
#include <utility>

#include "base/contract.hpp"

namespace base {

template <class T, class E>
class [[nodiscard]] Outcome {
  static_assert(std::is_enum_v<E>);
  static_assert(std::is_trivially_destructible_v<T>, "data path values need no destructor");

 public:
  Outcome(T value) noexcept
      : value_(std::move(value)), has_value_(true) {}  // NOLINT(google-explicit-constructor): reads as a return
  Outcome(E error) noexcept
      : error_(error), has_value_(false) {}  // NOLINT(google-explicit-constructor): reads as a return

  [[nodiscard]] bool has_value() const noexcept { return has_value_; }
  explicit operator bool() const noexcept { return has_value_; }

  [[nodiscard]] const T& value() const noexcept {
    SLUICE_ASSUME(has_value_);
    return value_;
  }
  /// For filling a value in place.
  [[nodiscard]] T& value() noexcept {
    SLUICE_ASSUME(has_value_);
    return value_;
  }
  [[nodiscard]] const T& operator*() const noexcept { return value(); }
  [[nodiscard]] const T* operator->() const noexcept { return &value(); }

  [[nodiscard]] E error() const noexcept {
    SLUICE_ASSUME(!has_value_);
    return error_;
  }

 private:
  union {
    T value_;
    E error_;
  };
  bool has_value_;
};

}  // namespace base
