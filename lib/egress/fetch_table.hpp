// SPDX-License-Identifier: Apache-2.0
/// @file question_table.hpp – all questions in flight or queued, found by key, with their askers.
///
/// Purpose    one slot per question; hashes locate, equality is by bytes.
/// Threads    egress only.
/// Ownership  fixed tables in the engine's memory.
/// Cost       find, open, close: O(1) expected.
#pragma once

#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "egress/miss.hpp"
#include "fetch.hpp"
#include "queue_pool.hpp"

namespace egress {

class FetchTable {
 public:
  FetchTable(base::Arena& arena, std::uint32_t max_fetches) noexcept;

  [[nodiscard]] SlotId find(std::uint64_t hash, dns::KeyView key) const noexcept;
  /// A new question without askers, or kNoSlot when all slots are taken.
  [[nodiscard]] SlotId open(std::uint64_t hash, dns::KeyView key, base::Instant now) noexcept;
  /// Its askers go with it.
  void close(SlotId fetch) noexcept;

  [[nodiscard]] Fetch& operator[](SlotId fetch) noexcept { return fetches_[fetch]; }
  [[nodiscard]] const Fetch& operator[](SlotId fetch) const noexcept { return fetches_[fetch]; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(fetches_.size()); }
  [[nodiscard]] std::uint32_t open_count() const noexcept { return open_count_; }

  [[nodiscard]] std::uint32_t subscriber_capacity() const noexcept {
    return static_cast<std::uint32_t>(subscribers_.size());
  }
  [[nodiscard]] std::uint32_t subscriber_count() const noexcept { return subscriber_count_; }

  [[nodiscard]] bool has_subscriber_room() const noexcept { return free_subscriber_ != kNoSlot; }
  /// False when the askers' pool is dry.
  [[nodiscard]] bool add_subscriber(SlotId fetch, const Miss& miss, std::uint64_t client_hash) noexcept;
  [[nodiscard]] Subscriber* subscriber_of(SlotId fetch, base::WorkerId worker) noexcept;
  /// They have been answered; the question stays.
  void release_subscribers(SlotId fetch) noexcept { free_subscribers(fetches_[fetch]); }
  /// How many want it, and how many of them are others than its first asker.
  [[nodiscard]] Demand demand_of(SlotId fetch, base::Instant now) const noexcept;
  [[nodiscard]] bool is_wanted(SlotId fetch, base::Instant now) const noexcept;
  /// Did a client retransmit since forget_retransmits()?
  [[nodiscard]] bool saw_retransmit(SlotId fetch) const noexcept;
  void forget_retransmits(SlotId fetch) noexcept;

  template <class Visit>
  void for_each_subscriber(SlotId fetch, Visit&& visit) const noexcept {
    for (SlotId i = fetches_[fetch].first_subscriber; i != kNoSlot; i = subscribers_[i].next) visit(subscribers_[i]);
  }

 private:
  [[nodiscard]] SlotId& bucket_of(std::uint64_t hash) const noexcept { return buckets_[hash & (buckets_.size() - 1)]; }
  void free_subscribers(Fetch& fetch) noexcept;

  std::span<Fetch> fetches_;
  std::span<SlotId> buckets_;
  std::span<Subscriber> subscribers_;
  SlotId free_fetch_ = kNoSlot;
  SlotId free_subscriber_ = kNoSlot;
  std::uint32_t open_count_ = 0;
  std::uint32_t subscriber_count_ = 0;
};

}  // namespace egress
