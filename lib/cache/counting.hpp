// SPDX-License-Identifier: Apache-2.0
/// @file counting.hpp – a value that one thread writes and others read.
///
/// Purpose    relaxed load and store: no lock prefix, no torn value.
/// Threads    one writer.
#pragma once

#include <atomic>
#include <cstdint>

namespace cache {

inline std::uint64_t read(const std::atomic<std::uint64_t>& counter) noexcept {
  return counter.load(std::memory_order_relaxed);
}
inline void add(std::atomic<std::uint64_t>& counter, std::uint64_t by) noexcept {
  counter.store(read(counter) + by, std::memory_order_relaxed);
}
inline void take_off(std::atomic<std::uint64_t>& counter, std::uint64_t by) noexcept {
  counter.store(read(counter) - by, std::memory_order_relaxed);
}

}  // namespace cache
