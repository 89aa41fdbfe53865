// SPDX-License-Identifier: Apache-2.0
/// @file flows.hpp – queued questions of one asker about one zone, and the lanes in which such flows take turns.
///
/// Purpose    a ClientQueue orders the names that one client prefix wants of one zone: most waiters first, then by age. A ZoneQueue is
///            what a zone has queued in one class; its flows take turns in it.
/// Threads    egress only.
/// Ownership  QueuePool: fixed tables in the engine's memory, shared by all uplinks; a flow lives while it has a question.
/// Cost       O(1) each.
///
///   class ── turns ──▶ ZoneQueue (a zone) ── turns ──▶ ClientQueue (an asker) ── most waiters ──▶ question
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "egress_queue/fair_queue.hpp"
#include "egress_queue/slot_id.hpp"

namespace egress {

/// Those who want a question now.
struct Demand {
  std::uint32_t waiters = 0;
  std::uint32_t others = 0;  // from other addresses than the one that asked first, and on other workers
};

/// A question's place in the queue.
struct Queued {
  RingLink in_level;  // in its flow, among those with about as many waiters
  base::Instant since;
  SlotId client_queue = kNoSlot;  // kNoSlot: not queued
  std::uint8_t level = 0;         // by number of waiters
  std::uint8_t cost = 0;          // of its turn, to its asker: shared with the others who want it
};

struct ClientQueue {
  static constexpr std::size_t kLevels = 8;

  RingLink by_finish;
  RingLink by_length;
  std::uint64_t client = 0;
  SlotId zone_queue = kNoSlot;
  SlotId chain = kNoSlot;  // the next of its hash bucket, or of the free list
  std::uint32_t finish_time = 0;
  std::uint32_t start_time = 0;
  std::uint32_t size = 0;
  std::array<SlotId, kLevels> heads;  // oldest first
  std::uint8_t rank = 0;
  std::uint8_t levels = 0;  // one bit for each line that is not empty
};
static_assert(sizeof(ClientQueue) <= 80);

struct ZoneQueue {
  RingLink by_finish;
  RingLink by_length;
  FairQueue fair_queue;
  LengthIndex<16, 1> lengths;
  std::uint32_t finish_time = 0;
  std::uint32_t start_time = 0;
  std::uint32_t size = 0;  // questions
  std::uint32_t client_queues = 0;
  std::uint8_t rank = 0;
  std::uint8_t name_class = 0;  // in which it stands, while size != 0
};
static_assert(sizeof(ZoneQueue) <= 264);

class QueuePool {
 public:
  QueuePool(base::Arena& arena, std::uint32_t max_fetches, std::uint32_t zone_queues) noexcept;

  [[nodiscard]] SlotId find_client_queue(SlotId zone_queue, std::uint64_t client) const noexcept;
  /// The flow of this asker in this lane, a new and empty one if need be: one for each question, so there is room.
  [[nodiscard]] SlotId client_queue_of(SlotId zone_queue, std::uint64_t client) noexcept;
  void release(SlotId client_queue) noexcept;

  void add(SlotId client_queue, SlotId fetch, Demand demand, base::Instant since) noexcept;
  void take_out(SlotId fetch) noexcept;
  /// Whom the flow would send: of those with the most waiters the oldest, or the newest.
  [[nodiscard]] SlotId oldest(SlotId client_queue) const noexcept { return most_wanted(client_queue); }
  [[nodiscard]] SlotId newest(SlotId client_queue) const noexcept {
    return queued_[most_wanted(client_queue)].in_level.previous;
  }
  /// Whom it would rather lose: the oldest of those with the fewest waiters.
  [[nodiscard]] SlotId least(SlotId client_queue) const noexcept;
  /// True when the place of the question in its flow or its cost are others now.
  [[nodiscard]] bool update(SlotId fetch, Demand demand) noexcept;

  [[nodiscard]] static std::uint8_t level_of(std::uint32_t waiters) noexcept;
  [[nodiscard]] static std::uint8_t cost_of(std::uint32_t others) noexcept;

  [[nodiscard]] std::span<Queued> queued() const noexcept { return queued_; }
  [[nodiscard]] std::span<ClientQueue> client_queues() const noexcept { return client_queues_; }
  [[nodiscard]] std::span<ZoneQueue> zone_queues() const noexcept { return zone_queues_; }

 private:
  [[nodiscard]] SlotId most_wanted(SlotId client_queue) const noexcept;
  [[nodiscard]] SlotId& bucket_of(SlotId zone_queue, std::uint64_t client) const noexcept;
  void append_to_level(SlotId client_queue, SlotId fetch) noexcept;
  void remove_from_level(SlotId fetch) noexcept;

  std::span<Queued> queued_;
  std::span<ClientQueue> client_queues_;
  std::span<ZoneQueue> zone_queues_;
  std::span<SlotId> buckets_;
  SlotId free_ = kNoSlot;
};

}  // namespace egress
