// SPDX-License-Identifier: Apache-2.0
#include "scheduler.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace egress {
namespace {

constexpr std::uint64_t kStride = 6'000;  // divided by the class's weight
// A zone whose names are wanted by many goes earlier, but not by more than this: two addresses are cheap.
constexpr std::uint32_t kLeastLaneCost = Wheel::kRound / 4;
constexpr base::Duration kSurePatience = std::chrono::seconds(1);  // every client waits as long (docs/adr/0003)
constexpr base::Duration kMeasureEvery = std::chrono::milliseconds(100);
constexpr std::uint32_t kMeasuresPerSecond = 10;
constexpr std::uint32_t kMeasuresKept = 8;
constexpr base::Duration kSecond = std::chrono::seconds(1);

constexpr std::uint32_t kAllWeights = kClassWeights[0] + kClassWeights[1] + kClassWeights[2];

}  // namespace

void Scheduler::push(Index question, const Place& place, Demand demand, base::Instant now) noexcept {
  measure(now);
  if (all_.is_empty()) forget_debts();
  all_.push(question);
  Lane& lane = pool_->lanes()[place.lane];
  if (lane.size == 0) lane.name_class = static_cast<std::uint8_t>(place.name_class);
  insert(question, place.lane, place.asker, demand, now);
}

// Nobody waited: what a class took did not hurt another.
void Scheduler::forget_debts() noexcept {
  pass_ = 0;
  for (Class& each : classes_) each.pass = 0;
}

void Scheduler::insert(Index question, Index lane_index, std::uint64_t asker, Demand demand,
                       base::Instant since) noexcept {
  Lane& lane = pool_->lanes()[lane_index];
  if (lane.size == 0) enter(lane_index);
  const Index flow_index = pool_->flow_of(lane_index, asker);
  pool_->add(flow_index, question, demand, since);
  Flow& flow = pool_->flows()[flow_index];
  ++lane.size;
  ++classes_[lane.name_class].size;
  if (flow.size == 1) {
    ++lane.flows;
    flow.turn_began = lane.wheel.time();
    lane.wheel.insert(pool_->flows(), flow_index, lane.wheel.end_of(flow.turn_began, Wheel::kRound));
    lane.lengths.insert(pool_->flows(), flow_index, 1);
  } else {
    lane.lengths.change(pool_->flows(), flow_index, flow.size);
  }
  settle_flow(flow_index);
  settle_lane(lane_index);
  classes_[lane.name_class].lengths.change(pool_->lanes(), lane_index, lane.size);
}

void Scheduler::enter(Index index) noexcept {
  Lane& lane = pool_->lanes()[index];
  Class& entered = classes_[lane.name_class];
  if (entered.lanes == 0) entered.pass = std::max(entered.pass, pass_);
  ++entered.lanes;
  lane.turn_began = entered.wheel.time();
  entered.wheel.insert(pool_->lanes(), index, entered.wheel.end_of(lane.turn_began, Wheel::kRound));
  entered.lengths.insert(pool_->lanes(), index, lane.size);
}

void Scheduler::leave(Index index) noexcept {
  Class& left = classes_[pool_->lanes()[index].name_class];
  left.wheel.remove(pool_->lanes(), index);
  left.lengths.remove(pool_->lanes(), index);
  --left.lanes;
}

void Scheduler::remove(Index question) noexcept {
  all_.remove(question);
  take_out(question);
}

void Scheduler::take_out(Index question) noexcept {
  const Index flow_index = pool_->questions()[question].flow;
  Flow& flow = pool_->flows()[flow_index];
  const Index lane_index = flow.lane;
  Lane& lane = pool_->lanes()[lane_index];
  pool_->take_out(question);
  --lane.size;
  --classes_[lane.name_class].size;
  if (flow.size == 0) {
    lane.wheel.remove(pool_->flows(), flow_index);
    lane.lengths.remove(pool_->flows(), flow_index);
    --lane.flows;
    pool_->release(flow_index);
  } else {
    lane.lengths.change(pool_->flows(), flow_index, flow.size);
    settle_flow(flow_index);
  }
  if (lane.size == 0) return leave(lane_index);
  classes_[lane.name_class].lengths.change(pool_->lanes(), lane_index, lane.size);
  settle_lane(lane_index);
}

// The turn ends as soon as the cost of what it is for says.
void Scheduler::settle_flow(Index index) noexcept {
  Flow& flow = pool_->flows()[index];
  Wheel& wheel = pool_->lanes()[flow.lane].wheel;
  const std::uint32_t ends = wheel.end_of(flow.turn_began, pool_->questions()[pool_->oldest(index)].cost);
  if (ends == flow.turn_ends) return;
  wheel.remove(pool_->flows(), index);
  wheel.insert(pool_->flows(), index, ends);
}

void Scheduler::settle_lane(Index index) noexcept {
  Lane& lane = pool_->lanes()[index];
  Wheel& wheel = classes_[lane.name_class].wheel;
  const std::uint32_t cost = pool_->questions()[pool_->oldest(lane.wheel.first())].cost;
  const std::uint32_t ends = wheel.end_of(lane.turn_began, std::max(cost, kLeastLaneCost));
  if (ends == lane.turn_ends) return;
  wheel.remove(pool_->lanes(), index);
  wheel.insert(pool_->lanes(), index, ends);
}

void Scheduler::update(Index question, Demand demand) noexcept {
  if (!pool_->update(question, demand)) return;
  const Index flow = pool_->questions()[question].flow;
  settle_flow(flow);
  settle_lane(pool_->flows()[flow].lane);
}

void Scheduler::offer(Index question, std::uint64_t asker, Demand demand) noexcept {
  const Queued queued = pool_->questions()[question];
  const Flow& flow = pool_->flows()[queued.flow];
  const Index lane = flow.lane;
  const Index other = pool_->find_flow(lane, asker);
  const std::uint32_t other_size = other == kNoIndex ? 0 : pool_->flows()[other].size;
  if (other == queued.flow || other_size + 1 >= flow.size) return;
  take_out(question);
  insert(question, lane, asker, demand, queued.since);
}

void Scheduler::move_lane(Index index, NameClass name_class) noexcept {
  Lane& lane = pool_->lanes()[index];
  const auto target = static_cast<std::uint8_t>(name_class);
  if (lane.size == 0 || lane.name_class == target) return;
  leave(index);
  classes_[lane.name_class].size -= lane.size;
  lane.name_class = target;
  classes_[target].size += lane.size;
  enter(index);
  settle_lane(index);
}

Index Scheduler::next(base::Instant now) const noexcept {
  if (all_.is_empty()) return kNoIndex;
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

Index Scheduler::next_fair(base::Instant now) const noexcept {
  const Class* best = nullptr;
  for (const Class& each : classes_) {
    if (each.lanes != 0 && (best == nullptr || each.pass < best->pass)) best = &each;
  }
  return next_of_flow(pool_->lanes()[best->wheel.first()].wheel.first(), now);
}

// The oldest, unless it has waited longer than every client does and there is more than a second's work in front of it:
// then the newest is the one whose client will still be there.
Index Scheduler::next_of_flow(Index index, base::Instant now) const noexcept {
  const Index oldest = pool_->oldest(index);
  if (rule_.limit_pps == 0 || now - pool_->questions()[oldest].since <= kSurePatience) return oldest;
  const Flow& flow = pool_->flows()[index];
  const Lane& lane = pool_->lanes()[flow.lane];
  const std::uint64_t round = std::uint64_t{lane.flows} * classes_[lane.name_class].lanes;
  const bool is_long = flow.size * round > rate_pps(lane.name_class);
  return is_long ? pool_->newest(index) : oldest;
}

void Scheduler::charge(Index question, base::Instant now) noexcept {
  const Index flow_index = pool_->questions()[question].flow;
  Flow& flow = pool_->flows()[flow_index];
  Lane& lane = pool_->lanes()[flow.lane];
  Class& served = classes_[lane.name_class];
  if (lane.wheel.first() == flow_index) {  // always so, but where another order chose
    lane.wheel.advance_to(flow.turn_ends);
    flow.turn_began = flow.turn_ends;
  }
  if (served.wheel.first() == flow.lane) {
    served.wheel.advance_to(lane.turn_ends);
    lane.turn_began = lane.turn_ends;
  }
  pass_ = std::max(pass_, served.pass);
  served.pass = pass_ + kStride / kClassWeights[lane.name_class];
  ++served.sent;
  measure(now);
}

// What each class uses, of the last second mostly.
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

// Each of the others gives way until its use is its share of what the two have.
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
  const auto patience_ms = static_cast<std::uint64_t>(rule_.patience / std::chrono::milliseconds(1));
  const std::uint64_t served = rate_pps(static_cast<std::size_t>(name_class)) * patience_ms / 1'000U;
  const std::uint64_t room =
      name_class == NameClass::kUnknown ? served : std::max<std::uint64_t>(served, rule_.candidates);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(room, 1, rule_.most));
}

Index Scheduler::surplus() const noexcept {
  if (rule_.order != QueueOrder::kFair) return kNoIndex;
  std::size_t chosen = kNameClasses;
  for (std::size_t c = kNameClasses; c-- > 0 && chosen == kNameClasses;) {
    if (classes_[c].size > bound(static_cast<NameClass>(c))) chosen = c;
  }
  if (chosen == kNameClasses && all_.size() > rule_.most) chosen = class_most_above_share();
  if (chosen == kNameClasses) return kNoIndex;
  const Lane& longest = pool_->lanes()[classes_[chosen].lengths.longest()];
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

NameClass Scheduler::class_of_queued(Index question) const noexcept {
  return static_cast<NameClass>(pool_->lanes()[pool_->flows()[pool_->questions()[question].flow].lane].name_class);
}

}  // namespace egress
