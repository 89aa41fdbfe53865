// SPDX-License-Identifier: Apache-2.0
#include "admission.hpp"

#include "base/contract.hpp"

namespace egress {
namespace {

constexpr std::size_t kSlotsForRoom = 64;  // a miss that finds the table full looks at so many for one to give up
// Refreshes may hold this share of the table, so that they never are the reason for refusing a client.
constexpr std::uint32_t kRefreshShare = 8;

}  // namespace

void Admission::ask(const Miss& miss, base::Instant now) noexcept {
  SLUICE_REQUIRE(miss.interest != nullptr);
  tables_->count(EngineCounter::kAsked);
  if (miss.key.view().view().value() >= tables_->settings.uplinks.size()) {
    return refuse(miss, EngineCounter::kRefusedNoUplink);
  }
  if (answer_from_cache(miss, now)) return;
  if (tables_->settings.joining == Joining::kGlobal) {
    const Index found = tables_->questions.find(miss.hash, miss.key.view());
    if (found != kNoIndex) return join(found, miss, now);
  }
  if (!tables_->questions.has_asker_room()) return refuse(miss, EngineCounter::kRefusedAskersFull);
  const Index opened = open(miss, now);
  if (opened == kNoIndex) return refuse(miss, EngineCounter::kRefusedTableFull);
  tables_->count(EngineCounter::kOpened);
  SLUICE_REQUIRE(tables_->questions.add_asker(opened, miss));
  sender_->enqueue(opened, now);
}

void Admission::refresh(const Miss& miss, base::Instant now) noexcept {
  tables_->count(EngineCounter::kRefreshAsked);
  const std::size_t view = miss.key.view().view().value();
  const bool has_uplink = view < tables_->settings.uplinks.size();
  if (has_uplink && tables_->questions.find(miss.hash, miss.key.view()) != kNoIndex) return;  // under way already
  const bool has_room = has_uplink && tables_->questions.open_count() < tables_->questions.capacity() / 2 &&
                        tables_->uplinks[view]->refreshes.size() < tables_->questions.capacity() / kRefreshShare;
  if (!has_room) {
    tables_->count(EngineCounter::kRefreshDropped);
    return;
  }
  tables_->count(EngineCounter::kRefreshOpened);
  sender_->enqueue_refresh(open(miss, now), now);
}

// Between the worker's look and now the answer may have come for somebody else.
bool Admission::answer_from_cache(const Miss& miss, base::Instant now) noexcept {
  const cache::Entry* entry = tables_->around.cache->find(miss.hash, miss.key.view());
  if (entry == nullptr) return false;
  if (entry->freshness(now) != cache::Freshness::kFresh) return answer_stale(miss, *entry, now);
  tables_->count(EngineCounter::kHitOnArrival);
  const dns::Ede ede = entry->kind() == dns::AnswerKind::kFailure ? dns::Ede::kCachedError : dns::Ede::kNone;
  finisher_->post(miss.worker, {.handle = miss.handle, .entry = entry, .failure = Failure::kNone, .ede = ede});
  return true;
}

// The upstream was asked a moment ago and had nothing.
bool Admission::answer_stale(const Miss& miss, const cache::Entry& entry, base::Instant now) noexcept {
  const bool is_usable = entry.freshness(now) == cache::Freshness::kStale && entry.kind() != dns::AnswerKind::kFailure;
  if (!is_usable || !tables_->failures.knows(miss.hash, now)) return false;
  tables_->count(EngineCounter::kHitOnArrival);
  tables_->count(EngineCounter::kServedStale);
  finisher_->post(miss.worker,
                  {.handle = miss.handle, .entry = &entry, .failure = Failure::kNone, .ede = stale_ede(entry)});
  return true;
}

void Admission::join(Index index, const Miss& miss, base::Instant now) noexcept {
  const bool was_refresh = tables_->questions[index].first_asker == kNoIndex;
  Asker* asker = tables_->questions.asker_of(index, miss.worker);
  if (asker != nullptr) {  // the worker has forgotten its first handle; it is owed a completion all the same
    tables_->count(EngineCounter::kReplacedHandle);
    if (asker->handle != miss.handle) {
      finisher_->post(miss.worker, {.handle = asker->handle, .entry = nullptr, .failure = Failure::kAbandoned});
    }
    asker->handle = miss.handle;
    asker->interest = miss.interest;
    asker->nudges_seen = miss.interest->nudges.load(std::memory_order_relaxed);
  } else if (!tables_->questions.add_asker(index, miss)) {
    return refuse(miss, EngineCounter::kRefusedAskersFull);
  }
  tables_->count(EngineCounter::kJoined);
  if (was_refresh) sender_->hurry(index, now);
}

Index Admission::open(const Miss& miss, base::Instant now) noexcept {
  Index index = tables_->questions.open(miss.hash, miss.key.view(), now);
  if (index == kNoIndex) {
    reclaim(kSlotsForRoom, Reclaim::kQueuedAndSent, now);
    index = tables_->questions.open(miss.hash, miss.key.view(), now);
    if (index == kNoIndex) return kNoIndex;
  }
  tables_->questions[index].uplink = miss.key.view().view().value();
  return index;
}

void Admission::refuse(const Miss& miss, EngineCounter reason) noexcept {
  tables_->count(reason);
  finisher_->post(miss.worker,
                  {.handle = miss.handle, .entry = nullptr, .failure = Failure::kOverload, .ede = dns::Ede::kNotReady});
}

void Admission::give_up_unwanted(std::size_t slots, base::Instant now) noexcept {
  if (tables_->questions.open_count() != 0) reclaim(slots, Reclaim::kQueued, now);
}

void Admission::reclaim(std::size_t slots, Reclaim what, base::Instant now) noexcept {
  const std::uint32_t capacity = tables_->questions.capacity();
  for (std::size_t i = 0; i < slots; ++i) {
    const Index index = cursor_;
    cursor_ = cursor_ + 1 == capacity ? 0 : cursor_ + 1;
    const Stage stage = tables_->questions[index].stage;
    const bool may_go = stage == Stage::kQueued ||
                        (what == Reclaim::kQueuedAndSent && (stage == Stage::kSent || stage == Stage::kRefresh));
    if (!may_go || tables_->questions.is_wanted(index, now)) continue;
    tables_->count(EngineCounter::kReclaimed);
    finisher_->drop(index, Failure::kAbandoned, now);
  }
}

}  // namespace egress
