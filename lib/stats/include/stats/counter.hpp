// SPDX-License-Identifier: Apache-2.0
/// @file counter.hpp – a number that one thread writes and any thread may read.
///
/// Purpose    counting without a read-modify-write: a load and a store, which the compiler makes a plain add.
/// Threads    one writer; any reader, a moment stale, never torn.
/// Cost       add: one memory add; no lock prefix.
#pragma once

#include <atomic>
#include <cstdint>

namespace stats {

/// Grows monotonically.
class Counter {
 public:
  void add(std::uint64_t count = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t read() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};
static_assert(sizeof(Counter) == sizeof(std::uint64_t) && std::atomic<std::uint64_t>::is_always_lock_free);

/// A current value; keeps its maximum as well.
class Gauge {
 public:
  void set(std::uint64_t value) noexcept {
    value_.store(value, std::memory_order_relaxed);
    if (value > peak_.load(std::memory_order_relaxed)) peak_.store(value, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t read() const noexcept { return value_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t peak() const noexcept { return peak_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
  std::atomic<std::uint64_t> peak_{0};
};

}  // namespace stats
