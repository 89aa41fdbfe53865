// SPDX-License-Identifier: Apache-2.0
// How waiting ends before patience does: dropped to make room, answered, or put off because others' answers go first.
#include "base/contract.hpp"
#include "coalesce/inflight.hpp"

namespace coalesce {
namespace {

constexpr int kVictimLooks = 8;  // at those who wait for a question that is being answered already

}  // namespace

bool InflightTable::may_be_dropped(std::uint32_t node) const noexcept {
  return questions_[nodes_[node].question].progress == Progress::kAsked;
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
  const std::uint32_t question = nodes_[node].question;
  dropped_[dropped_count_++] = {{question, questions_[question].generation}, node, by};
  take_out(node);
}

bool InflightTable::pop_dropped(Waiter& out, base::Handle& question, Drop& by) noexcept {
  if (dropped_count_ == 0) return false;
  const Dropped& last = dropped_[--dropped_count_];
  out = nodes_[last.node].waiter;
  question = last.question;
  by = last.by;
  free_nodes_.give_back(last.node);
  return true;
}

bool InflightTable::begin_answers(base::Handle handle) noexcept {
  if (!is_open(handle)) return false;
  Question& question = questions_[handle.index];
  if (question.progress != Progress::kAsked) return question.progress == Progress::kAnswering;
  question.progress = Progress::kAnswering;
  question.answer_at = question.first;
  if (question.spilled == Spilled::kYes) spill_.note_answered(question.waiters);
  return true;
}

// An address that does not ask by itself cannot open a connection: who is reached over TCP has asked.
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
  Question& question = questions_[handle.index];
  const std::uint32_t node = question.answer_at;
  if (node == kNone) return NextWaiter::kNone;
  question.answer_at = nodes_[node].waiter.table_link;
  if (!may_be_answered(nodes_[node], now)) return NextWaiter::kHeldBack;
  take_away(node, out);
  return NextWaiter::kTaken;
}

void InflightTable::put_off(base::Handle handle) noexcept {
  Question& question = questions_[handle.index];
  SLUICE_REQUIRE(is_open(handle) && question.progress != Progress::kAsked);
  if (question.progress == Progress::kAnswering && settings_.scope != Scope::kOff) {
    question_index_.erase(fold(question.hash), handle.index);
  }
  question.progress = Progress::kPutOff;
  question.put_off_next = kNone;
  (put_off_last_ == kNone ? put_off_first_ : questions_[put_off_last_].put_off_next) = handle.index;
  put_off_last_ = handle.index;
  gauges_.put_off.set(gauges_.put_off.read() + 1);
}

bool InflightTable::resume_put_off(base::Handle& handle) noexcept {
  if (put_off_first_ == kNone) return false;
  const std::uint32_t place = put_off_first_;
  Question& question = questions_[place];
  put_off_first_ = question.put_off_next;
  if (put_off_first_ == kNone) put_off_last_ = kNone;
  question.answer_at = question.first;
  handle = {place, question.generation};
  gauges_.put_off.set(gauges_.put_off.read() - 1);
  return true;
}

}  // namespace coalesce
