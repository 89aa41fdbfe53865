// SPDX-License-Identifier: Apache-2.0
#include "admission.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/contract.hpp"
#include "dns/zone_name.hpp"

namespace egress {
namespace {

constexpr std::size_t kSlotsForRoom = 64;  // a miss that finds the table full looks at so many for one to give up
// Refreshes may hold this share of the table, so that they never are the reason for refusing a client.
constexpr std::uint32_t kRefreshShare = 8;
constexpr std::size_t kShedPerMiss = 2;
constexpr std::size_t kShedPerPoll = 64;
constexpr base::Duration kProbeEvery = std::chrono::milliseconds(500);

}  // namespace

void Admission::ask(const Miss& miss, base::Instant now) noexcept {
  SLUICE_REQUIRE(miss.interest != nullptr);
  tables_->count(EngineCounter::kAsked);
  if (miss.key.view().uplink().value() >= tables_->settings.uplinks.size()) {
    return refuse(miss, EngineCounter::kRefusedNoUplink);
  }
  if (answer_from_cache(miss, now)) return;
  const bool joins = tables_->settings.joining == Joining::kGlobal;
  const SlotId found = joins ? tables_->fetches.find(miss.hash, miss.key.view()) : kNoSlot;
  if (answer_stale(miss, found, now)) return;
  if (found != kNoSlot) return join(found, miss, now);
  if (is_zone_full(miss, now)) {
    return refuse(miss, EngineCounter::kRefusedZone, tables_->settings.fetches_per_zone_action);
  }
  if (!tables_->fetches.has_subscriber_room()) return refuse(miss, EngineCounter::kRefusedSubscribersFull);
  const SlotId opened = open(miss, now);
  if (opened == kNoSlot) {
    const auto action = tables_->heeds_timeout() ? policy::OverloadAction::kServFail : policy::OverloadAction::kDrop;
    return refuse(miss, EngineCounter::kRefusedTableFull, action);
  }
  tables_->count(EngineCounter::kOpened);
  SLUICE_REQUIRE(tables_->fetches.add_subscriber(opened, miss, client_hash(miss.asker)));
  expect_by(opened, miss, now);
  sender_->enqueue(opened, now);
  shed(tables_->uplink_of(tables_->fetches[opened]), kShedPerMiss, now);
}

void Admission::refresh(const Miss& miss, base::Instant now) noexcept {
  tables_->count(EngineCounter::kRefreshAsked);
  const std::size_t view = miss.key.view().uplink().value();
  const bool has_uplink = view < tables_->settings.uplinks.size();
  if (has_uplink && tables_->fetches.find(miss.hash, miss.key.view()) != kNoSlot) return;  // under way already
  const bool has_room = has_uplink && tables_->fetches.open_count() < tables_->fetches.capacity() / 2 &&
                        tables_->uplinks[view]->refreshes.size() < tables_->fetches.capacity() / kRefreshShare;
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
  completer_->post(miss.worker, {.handle = miss.handle, .entry = entry, .failure = Failure::kNone, .ede = ede});
  return true;
}

// RFC 8767 §5: expired data answers at once when waiting is of no use.
Admission::Stale Admission::stale_rule(const Miss& miss, SlotId found, base::Instant now) noexcept {
  if (found != kNoSlot && tables_->fetches[found].served_stale) return Stale::kAtOnce;
  Uplink& uplink = *tables_->uplinks[miss.key.view().uplink().value()];
  if (uplink.servers.are_all_failing()) {  // one question now and then finds out whether that is over
    if (found != kNoSlot || now - uplink.probed_at < kProbeEvery) return Stale::kAtOnce;
    uplink.probed_at = now;
    return Stale::kAtOnceAndAsk;
  }
  const base::Instant answered_at = uplink.servers.answered_at();
  if (tables_->failures.knows(miss.hash, now, tables_->cache_settings.stale_recheck, answered_at)) {
    return Stale::kAtOnce;
  }
  const NameClass its = tables_->class_of(queue_kind_of(miss, now), tables_->zone_of_name(miss.key.view(), now));
  const bool takes_long = uplink.asks.predicted_wait(its) >= tables_->cache_settings.stale_client_timeout;
  return takes_long ? Stale::kAtOnceAndAsk : Stale::kWait;
}

bool Admission::answer_stale(const Miss& miss, SlotId found, base::Instant now) noexcept {
  const cache::Entry* entry = tables_->known(miss, now);
  if (entry == nullptr || !entry->is_usable_stale(now)) return false;
  const Stale rule = stale_rule(miss, found, now);
  if (rule == Stale::kWait) return false;
  if (rule == Stale::kAtOnceAndAsk && found == kNoSlot) {
    const SlotId opened = open(miss, now);
    if (opened != kNoSlot) {
      tables_->count(EngineCounter::kRefreshOpened);
      tables_->fetches[opened].served_stale = true;
      tables_->fetches[opened].wanted_until = now + kStaleFetchTimeout;
      sender_->enqueue(opened, now);
      shed(tables_->uplink_of(tables_->fetches[opened]), kShedPerMiss, now);
    }
  }
  completer_->post_stale(miss, *entry, now);
  return true;
}

// The first who waits decides when all of them get expired data.
void Admission::expect_by(SlotId index, const Miss& miss, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  const cache::Entry* entry = tables_->known(miss, now);
  if (entry == nullptr || !entry->is_usable_stale(now)) return;
  fetch.stale_at = std::min(fetch.stale_at, miss.asked_at + tables_->cache_settings.stale_client_timeout);
  tables_->arm(index);
}

void Admission::join(SlotId index, const Miss& miss, base::Instant now) noexcept {
  const bool was_refresh = tables_->fetches[index].first_subscriber == kNoSlot;
  Subscriber* asker = tables_->fetches.subscriber_of(index, miss.worker);
  if (asker != nullptr) {  // the worker has forgotten its first handle; it is owed a completion all the same
    tables_->count(EngineCounter::kReplacedHandle);
    if (asker->handle != miss.handle) {
      completer_->post(miss.worker, {.handle = asker->handle, .entry = nullptr, .failure = Failure::kAbandoned});
    }
    asker->handle = miss.handle;
    asker->interest = miss.interest;
    asker->retransmits_seen = miss.interest->nudges.load(std::memory_order_relaxed);
  } else if (!tables_->fetches.add_subscriber(index, miss, client_hash(miss.asker))) {
    return refuse(miss, EngineCounter::kRefusedSubscribersFull);
  } else if (tables_->fetches[index].stage == Stage::kQueued) {
    Fetch& fetch = tables_->fetches[index];
    const Demand demand = tables_->fetches.demand_of(index, now);
    Scheduler& asks = tables_->uplink_of(fetch).asks;
    asks.offer(index, client_hash(miss.asker), demand);
    asks.update(index, demand);
  }
  tables_->count(EngineCounter::kJoined);
  expect_by(index, miss, now);
  if (was_refresh) sender_->promote(index, now);
}

SlotId Admission::open(const Miss& miss, base::Instant now) noexcept {
  SlotId index = tables_->fetches.open(miss.hash, miss.key.view(), now);
  if (index == kNoSlot) {
    if (tables_->heeds_timeout()) reclaim(kSlotsForRoom, Reclaim::kAll, now);
    index = tables_->fetches.open(miss.hash, miss.key.view(), now);
    if (index == kNoSlot) return kNoSlot;
  }
  tables_->fetches[index].uplink = miss.key.view().uplink().value();
  tables_->fetches[index].opaque = miss.opaque;
  tables_->fetches[index].nxdomain_hash = miss.nxdomain_hash;
  place(tables_->fetches[index], miss, now);
  tables_->fetches[index].opener = miss.asker;
  return index;
}

// Where it will queue, now and for its retries.
void Admission::place(Fetch& fetch, const Miss& miss, base::Instant now) noexcept {
  fetch.client_hash = client_hash(miss.asker);
  fetch.zone = tables_->zone_of_name(miss.key.view(), now);
  ++tables_->zones[fetch.zone].open;
  fetch.queue_kind = queue_kind_of(miss, now);
}

bool Admission::is_zone_full(const Miss& miss, base::Instant now) noexcept {
  if (tables_->settings.fetches_per_zone == 0) return false;
  const SlotId zone = tables_->zone_of_name(miss.key.view(), now);
  if (!tables_->is_zone_full(zone)) return false;
  tables_->note_refused(zone, now);
  return true;
}

QueueKind Admission::queue_kind_of(const Miss& miss, base::Instant now) const noexcept {
  constexpr std::array kByPin{QueueKind::kKnown, QueueKind::kPinnedNew, QueueKind::kPinnedUnknown};
  const dns::KeyView key = miss.key.view();
  for (const Pin& pin : tables_->settings.pins.span()) {
    const bool holds = (pin.qtype == 0 || pin.qtype == static_cast<std::uint16_t>(key.qtype())) &&
                       (pin.client.length == 0 || pin.client.contains(miss.asker)) &&
                       (pin.zone_bytes == 0 || dns::is_below(key.qname(), base::Bytes(pin.zone).first(pin.zone_bytes)));
    if (holds) return kByPin[static_cast<std::size_t>(pin.name_class)];
  }
  if (is_known(miss)) return QueueKind::kKnown;
  const Standing standing = tables_->standings.standing(client_hash(miss.asker), now);
  return standing == Standing::kProven ? QueueKind::kByZone : QueueKind::kUnknownClient;
}

// NXDOMAIN is no merit: made-up names have it.
bool Admission::is_known(const Miss& miss) const noexcept {
  if (tables_->known_names.knows(miss.hash)) return true;
  const cache::Entry* entry = tables_->around.cache->find(miss.hash, miss.key.view());
  return entry != nullptr && (entry->kind() == dns::AnswerKind::kPositive || entry->kind() == dns::AnswerKind::kNoData);
}

// An IPv4 address, or an IPv6 /64: what one client has for nothing.
std::uint64_t Admission::client_hash(const net::IpAddress& client) const noexcept {
  std::uint64_t bits = 0;
  if (client.is_v4()) {
    std::memcpy(&bits, client.v4_octets(), 4);
  } else {
    std::memcpy(&bits, client.octets().data(), sizeof bits);
  }
  constexpr std::uint64_t kOdd = 0xff51'afd7'ed55'8ccdU;
  bits = (bits ^ tables_->client_secret) * kOdd;
  return (bits ^ bits >> 32U) * kOdd;
}

void Admission::shed(Uplink& uplink, std::size_t most, base::Instant now) noexcept {
  for (std::size_t i = 0; i < most; ++i) {
    const SlotId surplus = uplink.asks.surplus();
    if (surplus == kNoSlot) return;
    completer_->shed(surplus, now);
  }
}

void Admission::shed(base::Instant now) noexcept {
  for (std::size_t i = 0; i < tables_->settings.uplinks.size(); ++i) shed(*tables_->uplinks[i], kShedPerPoll, now);
}

void Admission::refuse(const Miss& miss, EngineCounter reason, policy::OverloadAction action) noexcept {
  tables_->count(reason);
  completer_->post(miss.worker, {.handle = miss.handle,
                                 .entry = nullptr,
                                 .failure = Failure::kOverload,
                                 .ede = dns::Ede::kNotReady,
                                 .action = action});
}

void Admission::drop_unwanted(std::size_t slots, base::Instant now) noexcept {
  if (tables_->heeds_timeout() && tables_->fetches.open_count() != 0) reclaim(slots, Reclaim::kQueued, now);
}

// Clients come and go without a word to egress.
void Admission::note_demand(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = tables_->fetches[index];
  if (fetch.stage != Stage::kQueued) return;
  tables_->uplink_of(fetch).asks.update(index, tables_->fetches.demand_of(index, now));
}

void Admission::reclaim(std::size_t slots, Reclaim what, base::Instant now) noexcept {
  const std::uint32_t capacity = tables_->fetches.capacity();
  for (std::size_t i = 0; i < slots; ++i) {
    const SlotId index = cursor_;
    cursor_ = cursor_ + 1 == capacity ? 0 : cursor_ + 1;
    const Stage stage = tables_->fetches[index].stage;
    const bool may_go = stage == Stage::kQueued || (what == Reclaim::kAll && stage != Stage::kFree);
    if (!may_go) continue;
    if (tables_->fetches.is_wanted(index, now)) {
      note_demand(index, now);
      continue;
    }
    tables_->count(EngineCounter::kReclaimed);
    completer_->drop(index, Failure::kAbandoned, now);
  }
}

}  // namespace egress
