// SPDX-License-Identifier: Apache-2.0
/// @file queue_pool.hpp – the queues of clients and zones that the schedulers of all uplinks share.
///
/// Purpose    a ClientQueue orders the fetches of one client in one zone: most waiters first, then by age. A ZoneQueue
///            holds the client queues of a zone in one class.
/// Threads    egress only.
/// Ownership  fixed tables in the engine's memory, shared by all uplinks; a client queue exists while it has a fetch.
/// Cost       O(1) each.
///
///   class ── fair queue ──▶ ZoneQueue ── fair queue ──▶ ClientQueue ── most waiters ──▶ fetch
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "egress_queue/fair_queue.hpp"
#include "egress_queue/slot_id.hpp"

namespace egress {

/// Clients that wait for a fetch now.
struct Demand {
  std::uint32_t waiters = 0;
  std::uint32_t others = 0;  // clients at other addresses than the opener, and on other workers
};

/// A fetch's place in the queue.
struct Queued {
  RingLink in_level;  // in its client queue, among fetches with about as many waiters
  base::Instant since;
  SlotId client_queue = kNoSlot;  // kNoSlot: not queued
  std::uint8_t level = 0;         // by number of waiters
  std::uint8_t cost = 0;  // virtual time that its service costs its client: shared with the other clients that want it
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
  std::array<SlotId, kLevels> heads;  // per level of waiters, oldest first
  std::uint8_t rank = 0;
  std::uint8_t levels = 0;  // one bit for each level that is not empty
};
static_assert(sizeof(ClientQueue) <= 80);

struct ZoneQueue {
  RingLink by_finish;
  RingLink by_length;
  FairQueue fair_queue;
  LengthIndex<16, 1> lengths;
  std::uint32_t finish_time = 0;
  std::uint32_t start_time = 0;
  std::uint32_t size = 0;  // fetches
  std::uint32_t client_queues = 0;
  std::uint8_t rank = 0;
  std::uint8_t name_class = 0;  // valid while size != 0
};
static_assert(sizeof(ZoneQueue) <= 264);

class QueuePool {
 public:
  QueuePool(base::Arena& arena, std::uint32_t max_fetches, std::uint32_t zone_queues) noexcept;

  [[nodiscard]] SlotId find_client_queue(SlotId zone_queue, std::uint64_t client) const noexcept;
  /// The queue of this client in this zone queue; a new, empty one if there is none. There is one slot per fetch.
  [[nodiscard]] SlotId client_queue_of(SlotId zone_queue, std::uint64_t client) noexcept;
  void release(SlotId client_queue) noexcept;

  void add(SlotId client_queue, SlotId fetch, Demand demand, base::Instant since) noexcept;
  void take_out(SlotId fetch) noexcept;
  /// The fetch to send: of those with the most waiters the oldest, or the newest.
  [[nodiscard]] SlotId oldest(SlotId client_queue) const noexcept { return most_wanted(client_queue); }
  [[nodiscard]] SlotId newest(SlotId client_queue) const noexcept {
    return queued_[most_wanted(client_queue)].in_level.previous;
  }
  /// The fetch to shed: the oldest of those with the fewest waiters.
  [[nodiscard]] SlotId least(SlotId client_queue) const noexcept;
  /// True when the fetch's level or cost has changed.
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
