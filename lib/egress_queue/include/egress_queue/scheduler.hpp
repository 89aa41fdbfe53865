// SPDX-License-Identifier: Apache-2.0
/// @file scheduler.hpp – fetches of one uplink that wait for a token: which is sent next, and which is shed.
///
/// Purpose    three classes by weight (stride scheduling); fair queueing among the zones of a class and among the clients
///            of a zone; a client's fetches by waiters and age. Unused share is redistributed (work-conserving).
/// Threads    egress only.
/// Ownership  client and zone queues are the pool's, links the caller's.
/// Cost       O(1) each.
/// Invariants
///   1. surplus() names a fetch while a class holds more than bound(), or the queue more than Rule::most; it comes from
///      the longest client queue of the longest zone queue.
///   2. While a class has fetches, it gets at least its weight's share of the tokens.
///
///   known 60 ─┐
///   new   30 ─┼─▶ zone ─▶ zone ─▶ …     (docs/adr/0003, 0004)
///   unknown 10┘
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/instant.hpp"
#include "egress_queue/queue_pool.hpp"
#include "egress_queue/settings.hpp"
#include "egress_queue/waiting_list.hpp"

namespace egress {

/// Where a fetch queues.
struct Place {
  SlotId zone_queue = kNoSlot;
  NameClass name_class = NameClass::kUnknown;
  std::uint64_t client = 0;  // hashed with a secret
};

class Scheduler {
 public:
  Scheduler(QueuePool& pool, std::span<QueueLink> links) noexcept : pool_(&pool), all_(links) {}

  /// `limit_pps` 0: no limit, and `most` is the only bound.
  struct Rule {
    QueueOrder order = QueueOrder::kFair;
    std::uint32_t limit_pps = 0;
    base::Duration client_timeout{0};
    std::uint32_t most = 0;        // fetches, for any limit
    std::uint32_t candidates = 0;  // bound of the classes known and new, although not all can be served in time
  };
  void set(const Rule& rule) noexcept { rule_ = rule; }

  void push(SlotId fetch, const Place& place, Demand demand, base::Instant now) noexcept;
  void remove(SlotId fetch) noexcept;
  /// The number of its waiting clients may have changed.
  void update(SlotId fetch, Demand demand) noexcept;
  /// Another client wants it: it moves to that client's queue if this one is shorter.
  void offer(SlotId fetch, std::uint64_t client, Demand demand) noexcept;
  /// The class of this zone queue has changed.
  void move_zone_queue(SlotId zone_queue, NameClass name_class) noexcept;

  /// The fetch to send next; kNoSlot when the queue is empty. It stays until removed.
  [[nodiscard]] SlotId next(base::Instant now) const noexcept;
  /// The fetch is sent: its class, zone and client pay for it. remove() follows.
  void charge(SlotId fetch, base::Instant now) noexcept;
  /// The fetch to shed; kNoSlot when the queue is within its bounds.
  [[nodiscard]] SlotId surplus() const noexcept;

  [[nodiscard]] SlotId oldest() const noexcept { return all_.oldest(); }
  [[nodiscard]] std::uint32_t size() const noexcept { return all_.size(); }
  [[nodiscard]] bool is_empty() const noexcept { return all_.is_empty(); }
  [[nodiscard]] std::uint32_t size(NameClass name_class) const noexcept { return class_of(name_class).size; }
  [[nodiscard]] NameClass class_of_queued(SlotId fetch) const noexcept;
  /// Expected wait of a fetch of this class that arrives now.
  [[nodiscard]] base::Duration predicted_wait(NameClass name_class) const noexcept;
  /// Fetches that a class may hold: what is served within the client timeout. The classes known and new may queue more
  /// than they can serve, so that the most-wanted names can be picked from a larger set.
  [[nodiscard]] std::uint32_t bound(NameClass name_class) const noexcept;

 private:
  struct Class {
    FairQueue fair_queue;
    LengthIndex<64, 4> lengths;
    std::uint32_t size = 0;
    std::uint32_t zone_queues = 0;
    std::uint64_t virtual_time = 0;  // in strides; the class with the least is served next
    std::uint32_t sent = 0;          // since the last measurement
    std::uint32_t sent_pps = 0;      // recent rate
  };
  [[nodiscard]] const Class& class_of(NameClass c) const noexcept { return classes_[static_cast<std::size_t>(c)]; }
  [[nodiscard]] SlotId next_fair(base::Instant now) const noexcept;
  [[nodiscard]] SlotId next_of_client_queue(SlotId client_queue, base::Instant now) const noexcept;
  [[nodiscard]] std::size_t class_most_above_share() const noexcept;
  /// What the other classes leave to it, at least its weight's share.
  [[nodiscard]] std::uint32_t rate_pps(std::size_t name_class) const noexcept;
  void reset_virtual_time() noexcept;
  void enter(SlotId zone_queue) noexcept;
  void leave(SlotId zone_queue) noexcept;
  void insert(SlotId fetch, SlotId zone_queue, std::uint64_t client, Demand demand, base::Instant since) noexcept;
  void take_out(SlotId fetch) noexcept;
  void settle_client_queue(SlotId client_queue) noexcept;
  void settle_zone_queue(SlotId zone_queue) noexcept;
  void measure(base::Instant now) noexcept;

  QueuePool* pool_;
  WaitingList all_;
  Rule rule_;
  std::array<Class, kNameClasses> classes_;
  std::uint64_t virtual_time_ = 0;  // of the class served last
  base::Instant measured_at_;
};

}  // namespace egress
