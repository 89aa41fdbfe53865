// SPDX-License-Identifier: Apache-2.0
/// @file scheduler.hpp – the questions of one uplink that wait for a token: whose turn it is, and who has to go.
///
/// Purpose    three classes by weight; in a class zones take turns, in a zone its askers, and an asker's names go by
///            waiters and age. What nobody else wants is anybody's. There are never more questions than a class may hold:
///            what is too much is taken from the class, the zone and the asker with most.
/// Threads    egress only.
/// Ownership  flows and lanes are the pool's, links the tables'.
/// Cost       O(1) each.
///
///   known 60 ─┐
///   new   30 ─┼─▶ zone ─▶ zone ─▶ …     (docs/adr/0003, 0004)
///   unknown 10┘
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/instant.hpp"
#include "egress_queue/settings.hpp"
#include "egress_queue/queue_pool.hpp"
#include "egress_queue/waiting_list.hpp"

namespace egress {

/// Where a question queues.
struct Place {
  SlotId zone_queue = kNoSlot;
  NameClass name_class = NameClass::kUnknown;
  std::uint64_t client = 0;  // hashed with a secret
};

class Scheduler {
 public:
  Scheduler(QueuePool& pool, std::span<QueueLink> links) noexcept : pool_(&pool), all_(links) {}

  /// `limit_pps` 0: no limit, and no bound but `most`.
  struct Rule {
    QueueOrder order = QueueOrder::kFair;
    std::uint32_t limit_pps = 0;
    base::Duration client_timeout{0};
    std::uint32_t most = 0;        // questions, whatever the limit
    std::uint32_t candidates = 0;  // so many of names worth asking may wait, although not all can be served in time
  };
  void set(const Rule& rule) noexcept { rule_ = rule; }

  void push(SlotId fetch, const Place& place, Demand demand, base::Instant now) noexcept;
  void remove(SlotId fetch) noexcept;
  /// Its demand may have changed.
  void update(SlotId fetch, Demand demand) noexcept;
  /// Somebody else wants it, too: it moves to his flow if that is shorter.
  void offer(SlotId fetch, std::uint64_t client, Demand demand) noexcept;
  /// The class of a lane's names is another one.
  void move_zone_queue(SlotId zone_queue, NameClass name_class) noexcept;

  /// Whose turn it is; kNoSlot when nobody waits. It stays until removed.
  [[nodiscard]] SlotId next(base::Instant now) const noexcept;
  /// Its turn has come and was used; remove() follows.
  void charge(SlotId fetch, base::Instant now) noexcept;
  /// Who is to go, because there are too many; kNoSlot when there are not.
  [[nodiscard]] SlotId surplus() const noexcept;

  [[nodiscard]] SlotId oldest() const noexcept { return all_.oldest(); }
  [[nodiscard]] std::uint32_t size() const noexcept { return all_.size(); }
  [[nodiscard]] bool is_empty() const noexcept { return all_.is_empty(); }
  [[nodiscard]] std::uint32_t size(NameClass name_class) const noexcept { return class_of(name_class).size; }
  [[nodiscard]] NameClass class_of_queued(SlotId fetch) const noexcept;
  /// How long a question of this class that comes now will wait, if it is not favoured.
  [[nodiscard]] base::Duration predicted_wait(NameClass name_class) const noexcept;
  /// How many it may hold: what is served while a client waits, and where names are worth asking more, since those that
  /// most wait for are found among many only.
  [[nodiscard]] std::uint32_t bound(NameClass name_class) const noexcept;

 private:
  struct Class {
    FairQueue fair_queue;
    LengthIndex<64, 4> lengths;
    std::uint32_t size = 0;
    std::uint32_t zone_queues = 0;
    std::uint64_t virtual_time = 0;  // of the stride
    std::uint32_t sent = 0;          // since the last look
    std::uint32_t sent_pps = 0;      // of late
  };
  [[nodiscard]] const Class& class_of(NameClass c) const noexcept { return classes_[static_cast<std::size_t>(c)]; }
  [[nodiscard]] SlotId next_fair(base::Instant now) const noexcept;
  [[nodiscard]] SlotId next_of_client_queue(SlotId client_queue, base::Instant now) const noexcept;
  [[nodiscard]] std::size_t class_most_above_share() const noexcept;
  /// What the others leave to it, at least its weight's share.
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
