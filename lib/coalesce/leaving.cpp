// SPDX-License-Identifier: Apache-2.0
// How a waiter leaves before its client timeout: dropped to make room, answered, or put off in favour of other clients.
#include "base/contract.hpp"
#include "coalesce/inflight.hpp"

namespace coalesce {
namespace {

constexpr int kVictimLooks = 8;  // at waiters whose query is being answered already

}  // namespace

bool InflightTable::may_be_dropped(std::uint32_t node) const noexcept {
  return queries_[nodes_[node].query].progress == Progress::kAsked;
}

std::uint32_t InflightTable::find_victim(Drop by) noexcept {
  if (arrivals_.size() == 0) return kNone;
  std::uint32_t node = by == Drop::kNewest ? arrivals_.newest() : arrivals_.oldest();
  for (int looks = 0; looks < kVictimLooks; ++looks) {
    if (by == Drop::kRandom) node = arrivals_.any(dice_);
    if (node == kNone || may_be_dropped(node)) return node;
    node = by == Drop::kNewest ? arrivals_.older(node) : arrivals_.newer(node);
  }
  return kNone;
}

void InflightTable::drop_one() noexcept {
  if (dropped_count_ == dropped_.size()) return;
  const Drop by = dice_.draw(settings_.drop_policy);
  const std::uint32_t node = find_victim(by);
  if (node == kNone) return;
  const std::uint32_t query = nodes_[node].query;
  dropped_[dropped_count_++] = {{query, queries_[query].generation}, node, by};
  take_out(node);
}

bool InflightTable::pop_dropped(Waiter& out, base::Handle& query, Drop& by) noexcept {
  if (dropped_count_ == 0) return false;
  const Dropped& last = dropped_[--dropped_count_];
  out = nodes_[last.node].waiter;
  query = last.query;
  by = last.by;
  free_nodes_.give_back(last.node);
  return true;
}

bool InflightTable::begin_answers(base::Handle handle) noexcept {
  if (!is_open(handle)) return false;
  PendingQuery& query = queries_[handle.index];
  if (query.progress != Progress::kAsked) return query.progress == Progress::kAnswering;
  query.progress = Progress::kAnswering;
  query.answer_at = query.first;
  if (query.spilled == Spilled::kYes) spill_.note_answered(query.waiters);
  return true;
}

// Bursts are limited against spoofed source addresses. A TCP connection proves its address, so TCP is not limited.
bool InflightTable::may_be_answered(const Node& node, base::Instant now) noexcept {
  if (settings_.answers_per_burst == 0 || node.waiter.stream != base::Handle{}) return true;
  constexpr auto kBurstNs = static_cast<std::uint64_t>(std::chrono::nanoseconds(kBurstTime).count());
  const auto burst = static_cast<std::uint32_t>(now.ns() / kBurstNs);
  Client& client = clients_[node.client];
  if (client.burst != burst) {
    client.burst = burst;
    client.answers = 0;
  }
  return client.answers++ < settings_.answers_per_burst;
}

NextWaiter InflightTable::next_waiter(base::Handle handle, base::Instant now, Waiter& out) noexcept {
  PendingQuery& query = queries_[handle.index];
  const std::uint32_t node = query.answer_at;
  if (node == kNone) return NextWaiter::kNone;
  query.answer_at = nodes_[node].waiter.table_link;
  if (!may_be_answered(nodes_[node], now)) return NextWaiter::kHeldBack;
  take_away(node, out);
  return NextWaiter::kTaken;
}

void InflightTable::put_off(base::Handle handle) noexcept {
  PendingQuery& query = queries_[handle.index];
  SLUICE_REQUIRE(is_open(handle) && query.progress != Progress::kAsked);
  if (query.progress == Progress::kAnswering && settings_.scope != Scope::kOff) {
    query_index_.erase(fold(query.hash), handle.index);
  }
  query.progress = Progress::kPutOff;
  query.put_off_next = kNone;
  (put_off_last_ == kNone ? put_off_first_ : queries_[put_off_last_].put_off_next) = handle.index;
  put_off_last_ = handle.index;
  gauges_.put_off.set(gauges_.put_off.read() + 1);
}

bool InflightTable::resume_put_off(base::Handle& handle) noexcept {
  if (put_off_first_ == kNone) return false;
  const std::uint32_t slot = put_off_first_;
  PendingQuery& query = queries_[slot];
  put_off_first_ = query.put_off_next;
  if (put_off_first_ == kNone) put_off_last_ = kNone;
  query.answer_at = query.first;
  handle = {slot, query.generation};
  gauges_.put_off.set(gauges_.put_off.read() - 1);
  return true;
}

}  // namespace coalesce
