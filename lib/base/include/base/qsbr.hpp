// SPDX-License-Identifier: Apache-2.0
/// @file qsbr.hpp – quiescent-state-based reclamation: memory is freed after every reader has let go of it.
///
/// Purpose    the writer unlinks, begins a grace period and frees when passed() is true; readers report periodically.
///            A reader takes token() BEFORE it checks that it holds nothing (its completion ring is empty) and reports
///            that token afterwards: what was posted after the check belongs to a later token (docs/adr/0002).
/// Threads    one writer; each reader slot belongs to one thread at a time.
/// Cost       reader: two loads and a store per report, on lines of its own; writer: one load per reader.
///
///   writer:  unlink ─▶ token = begin_grace() ─────────────▶ passed(token)? ─▶ free
///   reader:  seen = token() ─▶ nothing held? ─▶ report(seen)
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/contract.hpp"
#include "base/spsc_ring.hpp"

namespace base {

class Qsbr {
 public:
  static constexpr std::size_t kMaxReaders = 64;
  using Token = std::uint64_t;

  Qsbr() noexcept = default;
  Qsbr(const Qsbr&) = delete;
  Qsbr& operator=(const Qsbr&) = delete;

  /// writer: everything unlinked before this call is free once passed(the result).
  [[nodiscard]] Token begin_grace() noexcept {
    const Token next = token_.load(std::memory_order_relaxed) + 1;
    token_.store(next, std::memory_order_seq_cst);
    return next;
  }
  /// writer: has every reader that is online reported `token` or a later one?
  [[nodiscard]] bool passed(Token token) const noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    for (const Reader& reader : readers_) {
      if (reader.seen.load(std::memory_order_acquire) < token) return false;
    }
    return true;
  }

  /// reader: sample before looking whether anything is held.
  [[nodiscard]] Token token() const noexcept { return token_.load(std::memory_order_acquire); }
  /// reader: nothing obtained before `token` was sampled is held any more.
  void report(std::size_t reader, Token token) noexcept {
    SLUICE_ASSUME(reader < kMaxReaders);
    readers_[reader].seen.store(token, std::memory_order_release);
  }
  /// reader: begins to read. Before this call and after offline() grace periods do not wait for this slot.
  void online(std::size_t reader) noexcept {
    SLUICE_REQUIRE(reader < kMaxReaders);
    readers_[reader].seen.store(token_.load(std::memory_order_acquire), std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
  void offline(std::size_t reader) noexcept {
    SLUICE_REQUIRE(reader < kMaxReaders);
    readers_[reader].seen.store(kOffline, std::memory_order_release);
  }

 private:
  static constexpr Token kOffline = ~Token{0};
  struct alignas(kCacheLineBytes) Reader {
    std::atomic<Token> seen{kOffline};  // reader: w, writer: r
  };
  alignas(kCacheLineBytes) std::atomic<Token> token_{1};  // writer: rw, readers: r
  std::array<Reader, kMaxReaders> readers_{};
};

}  // namespace base
