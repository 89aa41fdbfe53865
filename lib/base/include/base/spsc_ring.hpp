// SPDX-License-Identifier: Apache-2.0
/// @file spsc_ring.hpp – a bounded queue between exactly two threads.
///
/// Purpose    hands records (misses, completions, packets) from one core to another.
/// Threads    one producer, one consumer. Each caches the other's index, so that in steady state it does not read
///            the other's cache line for every element.
/// Ownership  the slots are memory that the creator gives and keeps alive; the ring never allocates.
/// Cost       O(1), no read-modify-write.
///
///   head_ (consumer: rw, producer: r)  ──▶ [ slot … slot ] ◀── tail_ (producer: rw, consumer: r)
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>

#include "base/contract.hpp"

namespace base {

inline constexpr std::size_t kCacheLineBytes = 64;

template <class T>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  /// `slots.size()` is a power of two; the memory outlives the ring.
  explicit SpscRing(std::span<T> slots) noexcept : slots_(slots.data()), mask_(slots.size() - 1) {
    SLUICE_REQUIRE(std::has_single_bit(slots.size()));
  }
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  /// producer: false when full.
  [[nodiscard]] bool push(const T& value) noexcept {
    T* slot = reserve();
    if (slot == nullptr) return false;
    *slot = value;
    publish();
    return true;
  }

  /// producer: the next slot to fill in place, or nullptr when full; publish() makes it visible.
  [[nodiscard]] T* reserve() noexcept {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_seen_ > mask_) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail - head_seen_ > mask_) return nullptr;
    }
    return &slots_[tail & mask_];
  }
  void publish() noexcept { tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

  /// producer: prefetches the slot after the next one, whose line the consumer's cache holds.
  void prefetch_next() const noexcept {
    const void* next = &slots_[(tail_.load(std::memory_order_relaxed) + 1) & mask_];
    const auto* slot = static_cast<const std::byte*>(next);
    for (std::size_t at = 0; at < sizeof(T); at += kCacheLineBytes) __builtin_prefetch(slot + at, 1);
  }

  /// consumer: the oldest element, or nullptr when empty; pop() gives its slot back.
  [[nodiscard]] const T* front() noexcept {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) return nullptr;
    }
    return &slots_[head & mask_];
  }
  void pop() noexcept { head_.store(head_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

  /// Any thread, a moment stale: for metrics and tests. The head is read first: elements that pass between the two
  /// reads make the result too large, never negative. The result is at most the capacity.
  [[nodiscard]] std::size_t size() const noexcept {
    const std::size_t head = head_.load(std::memory_order_acquire);
    const std::size_t tail = tail_.load(std::memory_order_acquire);
    return tail - head < capacity() ? tail - head : capacity();
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }

 private:
  T* slots_;
  std::size_t mask_;
  alignas(kCacheLineBytes) std::atomic<std::size_t> head_{0};  // consumer: rw, producer: r
  std::size_t tail_seen_ = 0;                                  // consumer: rw
  alignas(kCacheLineBytes) std::atomic<std::size_t> tail_{0};  // producer: rw, consumer: r
  std::size_t head_seen_ = 0;                                  // producer: rw
};

}  // namespace base
