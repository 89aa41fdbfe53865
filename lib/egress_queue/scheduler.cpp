// SPDX-License-Identifier: Apache-2.0
// Weights of classes, fair queues of zones and clients, bounds and shedding.
#include "egress_queue/scheduler.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace egress {
namespace {

constexpr std::uint64_t kStride = 6'000;  // divided by the class's weight
// A zone whose names many clients want is served earlier, but not by more than this: addresses are cheap to spoof.
constexpr std::uint32_t kLeastZoneQueueCost = FairQueue::kRound / 4;
constexpr base::Duration kSureTimeout =
    std::chrono::seconds(1);  // every client waits at least this long (docs/adr/0003)
constexpr base::Duration kMeasureEvery = std::chrono::milliseconds(100);
constexpr std::uint32_t kMeasuresPerSecond = 10;
constexpr std::uint32_t kMeasuresKept = 8;
constexpr base::Duration kSecond = std::chrono::seconds(1);

constexpr std::uint32_t kAllWeights = kClassWeights[0] + kClassWeights[1] + kClassWeights[2];

}  // namespace

void Scheduler::push(SlotId fetch, const Place& place, Demand demand, base::Instant now) noexcept {
  measure(now);
  if (all_.is_empty()) reset_virtual_time();
  all_.push(fetch);
  ZoneQueue& zone_queue = pool_->zone_queues()[place.zone_queue];
  if (zone_queue.size == 0) zone_queue.name_class = static_cast<std::uint8_t>(place.name_class);
  insert(fetch, place.zone_queue, place.client, demand, now);
}

// The queue was empty: earlier service of one class took nothing from another.
void Scheduler::reset_virtual_time() noexcept {
  virtual_time_ = 0;
  for (Class& each : classes_) each.virtual_time = 0;
}

void Scheduler::insert(SlotId fetch, SlotId zone_queue_index, std::uint64_t client, Demand demand,
                       base::Instant since) noexcept {
  ZoneQueue& zone_queue = pool_->zone_queues()[zone_queue_index];
  if (zone_queue.size == 0) enter(zone_queue_index);
  const SlotId client_queue_index = pool_->client_queue_of(zone_queue_index, client);
  pool_->add(client_queue_index, fetch, demand, since);
  ClientQueue& client_queue = pool_->client_queues()[client_queue_index];
  ++zone_queue.size;
  ++classes_[zone_queue.name_class].size;
  if (client_queue.size == 1) {
    ++zone_queue.client_queues;
    client_queue.start_time = zone_queue.fair_queue.time();
    zone_queue.fair_queue.insert(pool_->client_queues(), client_queue_index,
                                 zone_queue.fair_queue.end_of(client_queue.start_time, FairQueue::kRound));
    zone_queue.lengths.insert(pool_->client_queues(), client_queue_index, 1);
  } else {
    zone_queue.lengths.change(pool_->client_queues(), client_queue_index, client_queue.size);
  }
  settle_client_queue(client_queue_index);
  settle_zone_queue(zone_queue_index);
  classes_[zone_queue.name_class].lengths.change(pool_->zone_queues(), zone_queue_index, zone_queue.size);
}

void Scheduler::enter(SlotId index) noexcept {
  ZoneQueue& zone_queue = pool_->zone_queues()[index];
  Class& entered = classes_[zone_queue.name_class];
  if (entered.zone_queues == 0) entered.virtual_time = std::max(entered.virtual_time, virtual_time_);
  ++entered.zone_queues;
  zone_queue.start_time = entered.fair_queue.time();
  entered.fair_queue.insert(pool_->zone_queues(), index,
                            entered.fair_queue.end_of(zone_queue.start_time, FairQueue::kRound));
  entered.lengths.insert(pool_->zone_queues(), index, zone_queue.size);
}

void Scheduler::leave(SlotId index) noexcept {
  Class& left = classes_[pool_->zone_queues()[index].name_class];
  left.fair_queue.remove(pool_->zone_queues(), index);
  left.lengths.remove(pool_->zone_queues(), index);
  --left.zone_queues;
}

void Scheduler::remove(SlotId fetch) noexcept {
  all_.remove(fetch);
  take_out(fetch);
}

void Scheduler::take_out(SlotId fetch) noexcept {
  const SlotId client_queue_index = pool_->queued()[fetch].client_queue;
  ClientQueue& client_queue = pool_->client_queues()[client_queue_index];
  const SlotId zone_queue_index = client_queue.zone_queue;
  ZoneQueue& zone_queue = pool_->zone_queues()[zone_queue_index];
  pool_->take_out(fetch);
  --zone_queue.size;
  --classes_[zone_queue.name_class].size;
  if (client_queue.size == 0) {
    zone_queue.fair_queue.remove(pool_->client_queues(), client_queue_index);
    zone_queue.lengths.remove(pool_->client_queues(), client_queue_index);
    --zone_queue.client_queues;
    pool_->release(client_queue_index);
  } else {
    zone_queue.lengths.change(pool_->client_queues(), client_queue_index, client_queue.size);
    settle_client_queue(client_queue_index);
  }
  if (zone_queue.size == 0) return leave(zone_queue_index);
  classes_[zone_queue.name_class].lengths.change(pool_->zone_queues(), zone_queue_index, zone_queue.size);
  settle_zone_queue(zone_queue_index);
}

// The finish time follows the cost of the fetch that would be sent.
void Scheduler::settle_client_queue(SlotId index) noexcept {
  ClientQueue& client_queue = pool_->client_queues()[index];
  FairQueue& fair_queue = pool_->zone_queues()[client_queue.zone_queue].fair_queue;
  const std::uint32_t ends = fair_queue.end_of(client_queue.start_time, pool_->queued()[pool_->oldest(index)].cost);
  if (ends == client_queue.finish_time) return;
  fair_queue.remove(pool_->client_queues(), index);
  fair_queue.insert(pool_->client_queues(), index, ends);
}

void Scheduler::settle_zone_queue(SlotId index) noexcept {
  ZoneQueue& zone_queue = pool_->zone_queues()[index];
  FairQueue& fair_queue = classes_[zone_queue.name_class].fair_queue;
  const std::uint32_t cost = pool_->queued()[pool_->oldest(zone_queue.fair_queue.first())].cost;
  const std::uint32_t ends = fair_queue.end_of(zone_queue.start_time, std::max(cost, kLeastZoneQueueCost));
  if (ends == zone_queue.finish_time) return;
  fair_queue.remove(pool_->zone_queues(), index);
  fair_queue.insert(pool_->zone_queues(), index, ends);
}

void Scheduler::update(SlotId fetch, Demand demand) noexcept {
  if (!pool_->update(fetch, demand)) return;
  const SlotId client_queue = pool_->queued()[fetch].client_queue;
  settle_client_queue(client_queue);
  settle_zone_queue(pool_->client_queues()[client_queue].zone_queue);
}

void Scheduler::offer(SlotId fetch, std::uint64_t client, Demand demand) noexcept {
  const Queued queued = pool_->queued()[fetch];
  const ClientQueue& client_queue = pool_->client_queues()[queued.client_queue];
  const SlotId zone_queue = client_queue.zone_queue;
  const SlotId other = pool_->find_client_queue(zone_queue, client);
  const std::uint32_t other_size = other == kNoSlot ? 0 : pool_->client_queues()[other].size;
  if (other == queued.client_queue || other_size + 1 >= client_queue.size) return;
  take_out(fetch);
  insert(fetch, zone_queue, client, demand, queued.since);
}

void Scheduler::move_zone_queue(SlotId index, NameClass name_class) noexcept {
  ZoneQueue& zone_queue = pool_->zone_queues()[index];
  const auto target = static_cast<std::uint8_t>(name_class);
  if (zone_queue.size == 0 || zone_queue.name_class == target) return;
  leave(index);
  classes_[zone_queue.name_class].size -= zone_queue.size;
  zone_queue.name_class = target;
  classes_[target].size += zone_queue.size;
  enter(index);
  settle_zone_queue(index);
}

SlotId Scheduler::next(base::Instant now) const noexcept {
  if (all_.is_empty()) return kNoSlot;
  switch (rule_.order) {
    case QueueOrder::kFifo:
    case QueueOrder::kFifoLive:
      return all_.oldest();
    case QueueOrder::kDeadline:
      return rule_.limit_pps != 0 && all_.size() > rule_.limit_pps ? all_.newest() : all_.oldest();
    case QueueOrder::kFair:
      break;
  }
  return next_fair(now);
}

SlotId Scheduler::next_fair(base::Instant now) const noexcept {
  const Class* best = nullptr;
  for (const Class& each : classes_) {
    if (each.zone_queues != 0 && (best == nullptr || each.virtual_time < best->virtual_time)) best = &each;
  }
  return next_of_client_queue(pool_->zone_queues()[best->fair_queue.first()].fair_queue.first(), now);
}

// The oldest, unless it has waited longer than every client surely waits and there is more than a second's work before it:
// then the newest, because its client still waits.
SlotId Scheduler::next_of_client_queue(SlotId index, base::Instant now) const noexcept {
  const SlotId oldest = pool_->oldest(index);
  if (rule_.limit_pps == 0 || now - pool_->queued()[oldest].since <= kSureTimeout) return oldest;
  const ClientQueue& client_queue = pool_->client_queues()[index];
  const ZoneQueue& zone_queue = pool_->zone_queues()[client_queue.zone_queue];
  const std::uint64_t round = std::uint64_t{zone_queue.client_queues} * classes_[zone_queue.name_class].zone_queues;
  const bool is_long = client_queue.size * round > rate_pps(zone_queue.name_class);
  return is_long ? pool_->newest(index) : oldest;
}

void Scheduler::charge(SlotId fetch, base::Instant now) noexcept {
  const SlotId client_queue_index = pool_->queued()[fetch].client_queue;
  ClientQueue& client_queue = pool_->client_queues()[client_queue_index];
  ZoneQueue& zone_queue = pool_->zone_queues()[client_queue.zone_queue];
  Class& served = classes_[zone_queue.name_class];
  if (zone_queue.fair_queue.first() == client_queue_index) {  // false only when another order than kFair chose
    zone_queue.fair_queue.advance_to(client_queue.finish_time);
    client_queue.start_time = client_queue.finish_time;
  }
  if (served.fair_queue.first() == client_queue.zone_queue) {
    served.fair_queue.advance_to(zone_queue.finish_time);
    zone_queue.start_time = zone_queue.finish_time;
  }
  virtual_time_ = std::max(virtual_time_, served.virtual_time);
  served.virtual_time = virtual_time_ + kStride / kClassWeights[zone_queue.name_class];
  ++served.sent;
  measure(now);
}

// Rate of each class, mostly over the last second.
void Scheduler::measure(base::Instant now) noexcept {
  if (now - measured_at_ < kMeasureEvery) return;
  const bool is_old = now - measured_at_ > kSecond;
  measured_at_ = now;
  for (Class& each : classes_) {
    const std::uint32_t kept = is_old ? 0 : each.sent_pps * (kMeasuresKept - 1) / kMeasuresKept;
    each.sent_pps = kept + each.sent * kMeasuresPerSecond / kMeasuresKept;
    each.sent = 0;
  }
}

// Each other class counts with its use, up to its weighted share of what it and this class have together.
std::uint32_t Scheduler::rate_pps(std::size_t name_class) const noexcept {
  std::uint32_t used = 0;
  for (std::size_t c = 0; c < kNameClasses; ++c) {
    if (c == name_class) continue;
    const std::uint32_t share = rule_.limit_pps * kClassWeights[c] / (kClassWeights[c] + kClassWeights[name_class]);
    used += std::min(classes_[c].sent_pps, share);
  }
  const std::uint32_t left = rule_.limit_pps - std::min(used, rule_.limit_pps);
  return std::max({left, rule_.limit_pps * kClassWeights[name_class] / kAllWeights, 1U});
}

base::Duration Scheduler::predicted_wait(NameClass name_class) const noexcept {
  if (rule_.limit_pps == 0) return base::Duration::zero();
  const std::uint32_t ahead = rule_.order == QueueOrder::kFair ? class_of(name_class).size : all_.size();
  const std::uint32_t per_second =
      rule_.order == QueueOrder::kFair ? rate_pps(static_cast<std::size_t>(name_class)) : rule_.limit_pps;
  return kSecond * ahead / per_second;
}

std::uint32_t Scheduler::bound(NameClass name_class) const noexcept {
  if (rule_.limit_pps == 0) return rule_.most;
  const auto timeout_ms = static_cast<std::uint64_t>(rule_.client_timeout / std::chrono::milliseconds(1));
  const std::uint64_t served = rate_pps(static_cast<std::size_t>(name_class)) * timeout_ms / 1'000U;
  const std::uint64_t room =
      name_class == NameClass::kUnknown ? served : std::max<std::uint64_t>(served, rule_.candidates);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(room, 1, rule_.most));
}

SlotId Scheduler::surplus() const noexcept {
  if (rule_.order != QueueOrder::kFair) return kNoSlot;
  std::size_t chosen = kNameClasses;
  for (std::size_t c = kNameClasses; c-- > 0 && chosen == kNameClasses;) {
    if (classes_[c].size > bound(static_cast<NameClass>(c))) chosen = c;
  }
  if (chosen == kNameClasses && all_.size() > rule_.most) chosen = class_most_above_share();
  if (chosen == kNameClasses) return kNoSlot;
  const ZoneQueue& longest = pool_->zone_queues()[classes_[chosen].lengths.longest()];
  return pool_->least(longest.lengths.longest());
}

std::size_t Scheduler::class_most_above_share() const noexcept {
  std::size_t most = 0;
  for (std::size_t c = 1; c < kNameClasses; ++c) {
    const std::uint64_t mine = std::uint64_t{classes_[c].size} * kClassWeights[most];
    if (mine > std::uint64_t{classes_[most].size} * kClassWeights[c]) most = c;
  }
  return most;
}

NameClass Scheduler::class_of_queued(SlotId fetch) const noexcept {
  return static_cast<NameClass>(
      pool_->zone_queues()[pool_->client_queues()[pool_->queued()[fetch].client_queue].zone_queue].name_class);
}

}  // namespace egress
