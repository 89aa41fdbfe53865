// SPDX-License-Identifier: Apache-2.0
// Hash chains of client queues, and the order of fetches within one.
#include "egress_queue/queue_pool.hpp"

#include <algorithm>
#include <bit>

namespace egress {

QueuePool::QueuePool(base::Arena& arena, std::uint32_t max_fetches, std::uint32_t zone_queues) noexcept
    : queued_(arena.take<Queued>(max_fetches)),
      client_queues_(arena.take<ClientQueue>(max_fetches)),
      zone_queues_(arena.take<ZoneQueue>(zone_queues)),
      buckets_(arena.take<SlotId>(max_fetches)) {
  std::fill(buckets_.begin(), buckets_.end(), kNoSlot);
  for (std::size_t i = client_queues_.size(); i-- > 0;) {
    client_queues_[i].chain = free_;
    free_ = static_cast<SlotId>(i);
  }
}

SlotId& QueuePool::bucket_of(SlotId zone_queue, std::uint64_t client) const noexcept {
  constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15U;
  const std::uint64_t mixed = (client ^ zone_queue) * kOdd;  // `client` is hashed with a secret already
  return buckets_[(mixed >> 32U) & (buckets_.size() - 1)];
}

SlotId QueuePool::find_client_queue(SlotId zone_queue, std::uint64_t client) const noexcept {
  SlotId i = bucket_of(zone_queue, client);
  while (i != kNoSlot && (client_queues_[i].client != client || client_queues_[i].zone_queue != zone_queue))
    i = client_queues_[i].chain;
  return i;
}

SlotId QueuePool::client_queue_of(SlotId zone_queue, std::uint64_t client) noexcept {
  const SlotId found = find_client_queue(zone_queue, client);
  if (found != kNoSlot) return found;
  SlotId& bucket = bucket_of(zone_queue, client);
  const SlotId index = free_;
  SLUICE_REQUIRE(index != kNoSlot);
  ClientQueue& client_queue = client_queues_[index];
  free_ = client_queue.chain;
  client_queue = ClientQueue{};
  client_queue.heads.fill(kNoSlot);
  client_queue.client = client;
  client_queue.zone_queue = zone_queue;
  client_queue.chain = bucket;
  bucket = index;
  return index;
}

void QueuePool::release(SlotId index) noexcept {
  ClientQueue& client_queue = client_queues_[index];
  SlotId* link = &bucket_of(client_queue.zone_queue, client_queue.client);
  while (*link != index) link = &client_queues_[*link].chain;
  *link = client_queue.chain;
  client_queue.chain = free_;
  free_ = index;
}

void QueuePool::add(SlotId client_queue, SlotId fetch, Demand demand, base::Instant since) noexcept {
  Queued& queued = queued_[fetch];
  queued.since = since;
  queued.client_queue = client_queue;
  queued.level = level_of(demand.waiters);
  queued.cost = cost_of(demand.others);
  append_to_level(client_queue, fetch);
  ++client_queues_[client_queue].size;
}

void QueuePool::take_out(SlotId fetch) noexcept {
  Queued& queued = queued_[fetch];
  remove_from_level(fetch);
  --client_queues_[queued.client_queue].size;
  queued.client_queue = kNoSlot;
}

// At the end, except for a fetch that comes from another level and is older than all of this level.
void QueuePool::append_to_level(SlotId client_queue, SlotId fetch) noexcept {
  const Queued& queued = queued_[fetch];
  SlotId& in_level = client_queues_[client_queue].heads[queued.level];
  const bool is_oldest = in_level != kNoSlot && queued.since < queued_[in_level].since;
  ring_append<&Queued::in_level>(queued_, in_level, fetch);
  if (is_oldest) in_level = fetch;
  client_queues_[client_queue].levels =
      static_cast<std::uint8_t>(client_queues_[client_queue].levels | 1U << queued.level);
}

void QueuePool::remove_from_level(SlotId fetch) noexcept {
  const Queued& queued = queued_[fetch];
  ClientQueue& client_queue = client_queues_[queued.client_queue];
  SlotId& in_level = client_queue.heads[queued.level];
  ring_remove<&Queued::in_level>(queued_, in_level, fetch);
  if (in_level == kNoSlot) client_queue.levels = static_cast<std::uint8_t>(client_queue.levels & ~(1U << queued.level));
}

SlotId QueuePool::most_wanted(SlotId client_queue) const noexcept {
  return client_queues_[client_queue]
      .heads[static_cast<std::size_t>(std::bit_width(client_queues_[client_queue].levels)) - 1];
}

SlotId QueuePool::least(SlotId client_queue) const noexcept {
  return client_queues_[client_queue]
      .heads[static_cast<std::size_t>(std::countr_zero(client_queues_[client_queue].levels))];
}

bool QueuePool::update(SlotId fetch, Demand demand) noexcept {
  Queued& queued = queued_[fetch];
  const std::uint8_t level = level_of(demand.waiters);
  const std::uint8_t cost = cost_of(demand.others);
  if (level == queued.level && cost == queued.cost) return false;
  remove_from_level(fetch);
  queued.level = level;
  queued.cost = cost;
  append_to_level(queued.client_queue, fetch);
  return true;
}

std::uint8_t QueuePool::level_of(std::uint32_t waiters) noexcept {
  static constexpr std::array<std::uint32_t, ClientQueue::kLevels - 1> kMost{1, 2, 3, 4, 6, 9, 16};
  const auto* const found =
      std::find_if(kMost.begin(), kMost.end(), [&](std::uint32_t most) { return waiters <= most; });
  return static_cast<std::uint8_t>(found - kMost.begin());
}

std::uint8_t QueuePool::cost_of(std::uint32_t others) noexcept {
  return static_cast<std::uint8_t>(std::max(1U, FairQueue::kRound / (1 + std::min(others, FairQueue::kRound))));
}

}  // namespace egress
