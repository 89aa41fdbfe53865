// SPDX-License-Identifier: Apache-2.0
// Decisions about a miss, in the order in which they apply.
#include "admission.hpp"

#include <algorithm>
#include <array>

#include "base/contract.hpp"
#include "dns/zone_name.hpp"

namespace egress {
namespace {

constexpr std::size_t kSlotsForRoom = 64;  // slots that a miss examines for one to reclaim when the table is full
// Share of the table that refreshes may hold, so that they never cause a client's refusal.
constexpr std::uint32_t kRefreshShare = 8;
constexpr std::size_t kShedPerMiss = 2;
constexpr std::size_t kShedPerPoll = 64;

}  // namespace

void Admission::ask(const Miss& miss, base::Instant now) noexcept {
  SLUICE_REQUIRE(miss.interest != nullptr);
  state_->count(EngineCounter::kAsked);
  if (miss.key.view().uplink().value() >= state_->uplinks.size()) {
    return refuse(miss, EngineCounter::kRefusedNoUplink);
  }
  Context context = look_up(miss, now);
  if (answer_fresh(context, now)) return;
  const bool joins = state_->settings().joining == Joining::kGlobal;
  if (joins) context.fetch = state_->fetches.find(miss.hash, miss.key.view());
  if (context.fetch == kNoSlot) classify(context, now);
  if (answer_stale(context, now)) return;
  if (context.fetch != kNoSlot) return join(context, now);
  if (state_->history.zones().is_full(context.zone.zone, state_->settings().fetches_per_zone)) {
    state_->history.zones().note_refused(context.zone.zone, now);
    return refuse(miss, EngineCounter::kRefusedZone, state_->settings().fetches_per_zone_action);
  }
  open_for_client(context, now);
}

void Admission::refresh(const Miss& miss, base::Instant now) noexcept {
  state_->count(EngineCounter::kRefreshAsked);
  const FetchTable& fetches = state_->fetches;
  const std::size_t uplink = miss.key.view().uplink().value();
  const bool has_uplink = uplink < state_->uplinks.size();
  if (has_uplink && fetches.find(miss.hash, miss.key.view()) != kNoSlot) return;  // outstanding already
  const bool has_room = has_uplink && fetches.open_count() < fetches.capacity() / 2 &&
                        state_->uplinks[uplink].refreshes().size() < fetches.capacity() / kRefreshShare;
  if (!has_room) return state_->count(EngineCounter::kRefreshDropped);
  state_->count(EngineCounter::kRefreshOpened);
  Context context = look_up(miss, now);
  classify(context, now);
  queues_->enqueue_refresh(open(context, now), now);
}

Admission::Context Admission::look_up(const Miss& miss, base::Instant now) const noexcept {
  return {.miss = miss,
          .uplink = miss.key.view().uplink().value(),
          .entry = state_->cached(miss, now),
          .client_hash = state_->history.client_hash(miss.client)};
}

void Admission::classify(Context& context, base::Instant now) const noexcept {
  const dns::KeyView key = context.miss.key.view();
  context.zone_name = dns::zone_of(key.qname(), state_->settings().zone_suffixes.span());
  context.zone = state_->history.zones().find(context.zone_name, context.uplink);
  context.queue_kind = queue_kind_of(context, now);
}

QueueKind Admission::queue_kind_of(const Context& context, base::Instant now) const noexcept {
  constexpr std::array kByPin{QueueKind::kKnown, QueueKind::kPinnedNew, QueueKind::kPinnedUnknown};
  const Miss& miss = context.miss;
  const dns::KeyView key = miss.key.view();
  for (const Pin& pin : state_->settings().pins.span()) {
    const bool matches =
        (pin.qtype == 0 || pin.qtype == static_cast<std::uint16_t>(key.qtype())) &&
        (pin.client.length == 0 || pin.client.contains(miss.client)) &&
        (pin.zone_bytes == 0 || dns::is_below(key.qname(), base::Bytes(pin.zone).first(pin.zone_bytes)));
    if (matches) return kByPin[static_cast<std::size_t>(pin.name_class)];
  }
  if (is_known(context)) return QueueKind::kKnown;
  const Standing standing = state_->history.standing(context.client_hash, now);
  return standing == Standing::kKnown ? QueueKind::kByZone : QueueKind::kUnknownClient;
}

// A cached NXDOMAIN does not count: random names get one.
bool Admission::is_known(const Context& context) const noexcept {
  if (state_->history.known_names().knows(context.miss.hash)) return true;
  const cache::Entry* const entry = context.entry;
  return entry != nullptr && (entry->kind() == dns::AnswerKind::kPositive || entry->kind() == dns::AnswerKind::kNoData);
}

// The answer may have arrived after the worker looked.
bool Admission::answer_fresh(const Context& context, base::Instant now) noexcept {
  const cache::Entry* const entry = context.entry;
  if (entry == nullptr || entry->freshness(now) != cache::Freshness::kFresh) return false;
  const bool is_failure = entry->kind() == dns::AnswerKind::kFailure;
  completer_->post_entry(context.miss, *entry, is_failure ? dns::Ede::kCachedError : dns::Ede::kNone);
  return true;
}

// RFC 8767 §5: stale data is served at once when a fetch would fail or take too long.
Admission::Stale Admission::stale_rule(Context& context, base::Instant now) noexcept {
  if (context.fetch != kNoSlot && state_->fetches[context.fetch].served_stale) return Stale::kAtOnce;
  Uplink& uplink = state_->uplinks[context.uplink];
  if (uplink.servers().are_all_failing()) {
    return context.fetch == kNoSlot && uplink.may_probe(now) ? Stale::kAtOnceAndFetch : Stale::kAtOnce;
  }
  const cache::Settings& cache_settings = state_->cache_settings();
  const base::Instant answered_at = uplink.servers().answered_at();
  if (state_->history.failures().knows(context.miss.hash, now, cache_settings.stale_recheck, answered_at)) {
    return Stale::kAtOnce;
  }
  if (context.fetch != kNoSlot) classify(context, now);
  const NameClass name_class = state_->history.zones().class_of(context.queue_kind, context.zone.zone);
  const bool takes_long = uplink.queue().predicted_wait(name_class) >= cache_settings.stale_client_timeout;
  return takes_long ? Stale::kAtOnceAndFetch : Stale::kWait;
}

bool Admission::answer_stale(Context& context, base::Instant now) noexcept {
  if (context.entry == nullptr || !context.entry->is_usable_stale(now)) return false;
  const Stale rule = stale_rule(context, now);
  if (rule == Stale::kWait) return false;
  if (rule == Stale::kAtOnceAndFetch && context.fetch == kNoSlot) {
    const SlotId opened = open(context, now);
    if (opened != kNoSlot) {
      state_->count(EngineCounter::kRefreshOpened);
      state_->fetches.note_served_stale(opened, now + kStaleFetchTimeout);
      queues_->enqueue(opened, now);
      shed(state_->uplinks[context.uplink], kShedPerMiss, now);
    }
  }
  completer_->post_stale(context.miss, *context.entry, now);
  return true;
}

// Of all clients that wait, the first one decides when stale data is served.
void Admission::expect_stale(SlotId index, const Context& context, base::Instant now) noexcept {
  if (context.entry == nullptr || !context.entry->is_usable_stale(now)) return;
  state_->fetches.serve_stale_at(index, context.miss.asked_at + state_->cache_settings().stale_client_timeout);
  deadlines_->arm(index);
}

void Admission::join(const Context& context, base::Instant now) noexcept {
  const Miss& miss = context.miss;
  const bool was_refresh = state_->fetches[context.fetch].first_subscriber == kNoSlot;
  const SlotId subscriber = state_->fetches.subscriber_of(context.fetch, miss.worker);
  if (subscriber != kNoSlot) {  // the worker dropped its first handle, but still gets a completion for it
    state_->count(EngineCounter::kReplacedHandle);
    const base::Handle before = state_->fetches.subscriber(subscriber).handle;
    if (before != miss.handle) completer_->post_failure(miss.worker, before, Failure::kAbandoned);
    state_->fetches.replace_handle(subscriber, miss);
  } else if (!state_->fetches.add_subscriber(context.fetch, miss, context.client_hash)) {
    return refuse(miss, EngineCounter::kRefusedSubscribersFull);
  } else {
    queues_->join(context.fetch, context.client_hash, now);
  }
  state_->count(EngineCounter::kJoined);
  expect_stale(context.fetch, context, now);
  if (was_refresh) retries_->promote(context.fetch, now);
}

void Admission::open_for_client(const Context& context, base::Instant now) noexcept {
  const Miss& miss = context.miss;
  if (!state_->fetches.has_subscriber_room()) return refuse(miss, EngineCounter::kRefusedSubscribersFull);
  const SlotId opened = open(context, now);
  if (opened == kNoSlot) {
    const auto action = state_->drops_unwanted() ? policy::OverloadAction::kServFail : policy::OverloadAction::kDrop;
    return refuse(miss, EngineCounter::kRefusedTableFull, action);
  }
  state_->count(EngineCounter::kOpened);
  SLUICE_REQUIRE(state_->fetches.add_subscriber(opened, miss, context.client_hash));
  expect_stale(opened, context, now);
  queues_->enqueue(opened, now);
  shed(state_->uplinks[context.uplink], kShedPerMiss, now);
}

SlotId Admission::open(const Context& context, base::Instant now) noexcept {
  const Miss& miss = context.miss;
  if (!state_->fetches.has_room() && state_->drops_unwanted()) reclaim(kSlotsForRoom, Reclaim::kAll, now);
  if (!state_->fetches.has_room()) return kNoSlot;
  ZoneTable& zones = state_->history.zones();
  const SlotId zone = zones.record(context.zone, context.zone_name, context.uplink, now);
  zones.note_opened(zone);
  return state_->fetches.open({.key = miss.key.view(),
                               .hash = miss.hash,
                               .nxdomain_hash = miss.nxdomain_hash,
                               .uplink = context.uplink,
                               .opaque = miss.opaque,
                               .opener = miss.client,
                               .client_hash = context.client_hash,
                               .zone = zone,
                               .queue_kind = context.queue_kind},
                              now);
}

void Admission::shed(Uplink& uplink, std::size_t most, base::Instant now) noexcept {
  for (std::size_t i = 0; i < most; ++i) {
    const SlotId surplus = uplink.queue().surplus();
    if (surplus == kNoSlot) return;
    completer_->end_surplus(surplus, now);
  }
}

void Admission::shed(base::Instant now) noexcept {
  for (std::size_t i = 0; i < state_->uplinks.size(); ++i) shed(state_->uplinks[i], kShedPerPoll, now);
}

void Admission::refuse(const Miss& miss, EngineCounter reason, policy::OverloadAction action) noexcept {
  state_->count(reason);
  completer_->post_failure(miss.worker, miss.handle, Failure::kOverload, action);
}

void Admission::drop_unwanted(std::size_t slots, base::Instant now) noexcept {
  if (state_->drops_unwanted() && state_->fetches.open_count() != 0) reclaim(slots, Reclaim::kQueued, now);
}

// Workers do not tell egress when clients leave, so each pass also updates the demand of what it keeps.
void Admission::reclaim(std::size_t slots, Reclaim what, base::Instant now) noexcept {
  const std::uint32_t capacity = state_->fetches.capacity();
  for (std::size_t i = 0; i < slots; ++i) {
    const SlotId index = cursor_;
    cursor_ = cursor_ + 1 == capacity ? 0 : cursor_ + 1;
    const Stage stage = state_->fetches[index].stage;
    const bool may_go = stage == Stage::kQueued || (what == Reclaim::kAll && stage != Stage::kFree);
    if (!may_go) continue;
    if (state_->fetches.is_wanted(index, now)) {
      queues_->update_demand(index, now);
      continue;
    }
    state_->count(EngineCounter::kReclaimed);
    completer_->drop(index, Failure::kAbandoned, now);
  }
}

}  // namespace egress
