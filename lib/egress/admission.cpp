// SPDX-License-Identifier: Apache-2.0
#include "admission.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace egress {
namespace {

constexpr std::size_t kSlotsForRoom = 64;  // a miss that finds the table full looks at so many for one to give up
// Refreshes may hold this share of the table, so that they never are the reason for refusing a client.
constexpr std::uint32_t kRefreshShare = 8;
constexpr base::Duration kProbeEvery = std::chrono::milliseconds(500);

}  // namespace

void Admission::ask(const Miss& miss, base::Instant now) noexcept {
  SLUICE_REQUIRE(miss.interest != nullptr);
  tables_->count(EngineCounter::kAsked);
  if (miss.key.view().view().value() >= tables_->settings.uplinks.size()) {
    return refuse(miss, EngineCounter::kRefusedNoUplink);
  }
  if (answer_from_cache(miss, now)) return;
  const bool joins = tables_->settings.joining == Joining::kGlobal;
  const Index found = joins ? tables_->questions.find(miss.hash, miss.key.view()) : kNoIndex;
  if (answer_stale(miss, found, now)) return;
  if (found != kNoIndex) return join(found, miss, now);
  if (!tables_->questions.has_asker_room()) return refuse(miss, EngineCounter::kRefusedAskersFull);
  const Index opened = open(miss, now);
  if (opened == kNoIndex) return refuse(miss, EngineCounter::kRefusedTableFull);
  tables_->count(EngineCounter::kOpened);
  SLUICE_REQUIRE(tables_->questions.add_asker(opened, miss));
  expect_by(opened, miss, now);
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
  const cache::Entry* entry = tables_->known(miss, now);
  if (entry == nullptr || entry->freshness(now) != cache::Freshness::kFresh) return false;
  tables_->count(EngineCounter::kHitOnArrival);
  const dns::Ede ede = entry->kind() == dns::AnswerKind::kFailure ? dns::Ede::kCachedError : dns::Ede::kNone;
  finisher_->post(miss.worker, {.handle = miss.handle, .entry = entry, .failure = Failure::kNone, .ede = ede});
  return true;
}

// RFC 8767 §5: expired data answers at once when waiting is of no use.
Admission::Stale Admission::stale_rule(const Miss& miss, Index found, base::Instant now) noexcept {
  if (found != kNoIndex && tables_->questions[found].served_stale) return Stale::kAtOnce;
  Uplink& uplink = *tables_->uplinks[miss.key.view().view().value()];
  if (uplink.servers.are_all_failing()) {  // one question now and then finds out whether that is over
    if (found != kNoIndex || now - uplink.probed_at < kProbeEvery) return Stale::kAtOnce;
    uplink.probed_at = now;
    return Stale::kAtOnceAndAsk;
  }
  const base::Instant answered_at = uplink.servers.answered_at();
  if (tables_->failures.knows(miss.hash, now, tables_->cache_settings.stale_recheck, answered_at)) {
    return Stale::kAtOnce;
  }
  const bool takes_long = uplink.predicted_wait() >= tables_->cache_settings.stale_client_timeout;
  return takes_long ? Stale::kAtOnceAndAsk : Stale::kWait;
}

bool Admission::answer_stale(const Miss& miss, Index found, base::Instant now) noexcept {
  const cache::Entry* entry = tables_->known(miss, now);
  if (!is_usable_stale(entry, now)) return false;
  const Stale rule = stale_rule(miss, found, now);
  if (rule == Stale::kWait) return false;
  if (rule == Stale::kAtOnceAndAsk && found == kNoIndex) {
    const Index opened = open(miss, now);
    if (opened != kNoIndex) {
      tables_->count(EngineCounter::kRefreshOpened);
      tables_->questions[opened].served_stale = true;
      tables_->questions[opened].wanted_until = now + kStaleAskPatience;
      sender_->enqueue(opened, now);
    }
  }
  finisher_->post_stale(miss, *entry, now);
  return true;
}

// The first who waits decides when all of them get expired data.
void Admission::expect_by(Index index, const Miss& miss, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  if (!is_usable_stale(tables_->known(miss, now), now)) return;
  question.stale_at = std::min(question.stale_at, miss.asked_at + tables_->cache_settings.stale_client_timeout);
  tables_->arm(index);
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
  expect_by(index, miss, now);
  if (was_refresh) sender_->hurry(index, now);
}

Index Admission::open(const Miss& miss, base::Instant now) noexcept {
  Index index = tables_->questions.open(miss.hash, miss.key.view(), now);
  if (index == kNoIndex) {
    reclaim(kSlotsForRoom, Reclaim::kAll, now);
    index = tables_->questions.open(miss.hash, miss.key.view(), now);
    if (index == kNoIndex) return kNoIndex;
  }
  tables_->questions[index].uplink = miss.key.view().view().value();
  tables_->questions[index].opaque = miss.opaque;
  tables_->questions[index].nxdomain_hash = miss.nxdomain_hash;
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
    const bool may_go = stage == Stage::kQueued || (what == Reclaim::kAll && stage != Stage::kFree);
    if (!may_go || tables_->questions.is_wanted(index, now)) continue;
    tables_->count(EngineCounter::kReclaimed);
    finisher_->drop(index, Failure::kAbandoned, now);
  }
}

}  // namespace egress
