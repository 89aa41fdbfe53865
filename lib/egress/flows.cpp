// SPDX-License-Identifier: Apache-2.0
#include "flows.hpp"

#include <algorithm>
#include <bit>

namespace egress {

FlowPool::FlowPool(base::Arena& arena, std::uint32_t max_questions, std::uint32_t lanes) noexcept
    : queued_(arena.take<Queued>(max_questions)),
      flows_(arena.take<Flow>(max_questions)),
      lanes_(arena.take<Lane>(lanes)),
      buckets_(arena.take<Index>(max_questions)) {
  std::fill(buckets_.begin(), buckets_.end(), kNoIndex);
  for (std::size_t i = flows_.size(); i-- > 0;) {
    flows_[i].chain = free_;
    free_ = static_cast<Index>(i);
  }
}

Index& FlowPool::bucket_of(Index lane, std::uint64_t asker) const noexcept {
  constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15U;
  const std::uint64_t mixed = (asker ^ lane) * kOdd;  // the asker comes hashed with a secret
  return buckets_[(mixed >> 32U) & (buckets_.size() - 1)];
}

Index FlowPool::find_flow(Index lane, std::uint64_t asker) const noexcept {
  Index i = bucket_of(lane, asker);
  while (i != kNoIndex && (flows_[i].asker != asker || flows_[i].lane != lane)) i = flows_[i].chain;
  return i;
}

Index FlowPool::flow_of(Index lane, std::uint64_t asker) noexcept {
  const Index found = find_flow(lane, asker);
  if (found != kNoIndex) return found;
  Index& bucket = bucket_of(lane, asker);
  const Index index = free_;
  SLUICE_REQUIRE(index != kNoIndex);
  Flow& flow = flows_[index];
  free_ = flow.chain;
  flow = Flow{};
  flow.lines.fill(kNoIndex);
  flow.asker = asker;
  flow.lane = lane;
  flow.chain = bucket;
  bucket = index;
  return index;
}

void FlowPool::release(Index index) noexcept {
  Flow& flow = flows_[index];
  Index* link = &bucket_of(flow.lane, flow.asker);
  while (*link != index) link = &flows_[*link].chain;
  *link = flow.chain;
  flow.chain = free_;
  free_ = index;
}

void FlowPool::add(Index flow, Index question, Demand demand, base::Instant since) noexcept {
  Queued& queued = queued_[question];
  queued.since = since;
  queued.flow = flow;
  queued.crowd = crowd_of(demand.waiters);
  queued.cost = cost_of(demand.others);
  line_up(flow, question);
  ++flows_[flow].size;
}

void FlowPool::take_out(Index question) noexcept {
  Queued& queued = queued_[question];
  step_out(question);
  --flows_[queued.flow].size;
  queued.flow = kNoIndex;
}

// Behind the others, but for one that came before them all from another line.
void FlowPool::line_up(Index flow, Index question) noexcept {
  const Queued& queued = queued_[question];
  Index& line = flows_[flow].lines[queued.crowd];
  const bool is_oldest = line != kNoIndex && queued.since < queued_[line].since;
  ring_append<&Queued::line>(queued_, line, question);
  if (is_oldest) line = question;
  flows_[flow].crowds = static_cast<std::uint8_t>(flows_[flow].crowds | 1U << queued.crowd);
}

void FlowPool::step_out(Index question) noexcept {
  const Queued& queued = queued_[question];
  Flow& flow = flows_[queued.flow];
  Index& line = flow.lines[queued.crowd];
  ring_remove<&Queued::line>(queued_, line, question);
  if (line == kNoIndex) flow.crowds = static_cast<std::uint8_t>(flow.crowds & ~(1U << queued.crowd));
}

Index FlowPool::lines_end(Index flow) const noexcept {
  return flows_[flow].lines[static_cast<std::size_t>(std::bit_width(flows_[flow].crowds)) - 1];
}

Index FlowPool::least(Index flow) const noexcept {
  return flows_[flow].lines[static_cast<std::size_t>(std::countr_zero(flows_[flow].crowds))];
}

bool FlowPool::update(Index question, Demand demand) noexcept {
  Queued& queued = queued_[question];
  const std::uint8_t crowd = crowd_of(demand.waiters);
  const std::uint8_t cost = cost_of(demand.others);
  if (crowd == queued.crowd && cost == queued.cost) return false;
  step_out(question);
  queued.crowd = crowd;
  queued.cost = cost;
  line_up(queued.flow, question);
  return true;
}

std::uint8_t FlowPool::crowd_of(std::uint32_t waiters) noexcept {
  static constexpr std::array<std::uint32_t, Flow::kCrowds - 1> kMost{1, 2, 3, 4, 6, 9, 16};
  const auto* const found =
      std::find_if(kMost.begin(), kMost.end(), [&](std::uint32_t most) { return waiters <= most; });
  return static_cast<std::uint8_t>(found - kMost.begin());
}

std::uint8_t FlowPool::cost_of(std::uint32_t others) noexcept {
  return static_cast<std::uint8_t>(std::max(1U, Wheel::kRound / (1 + std::min(others, Wheel::kRound))));
}

}  // namespace egress
