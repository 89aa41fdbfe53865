// SPDX-License-Identifier: Apache-2.0
#include "completer.hpp"

#include <algorithm>
#include <array>

#include "base/contract.hpp"
#include "dns/private_address.hpp"
#include "rebind.hpp"

namespace egress {
namespace {

EngineCounter counter_of(Failure failure) noexcept {
  switch (failure) {
    case Failure::kTimeout:
      return EngineCounter::kFailedTimeout;
    case Failure::kUnreachable:
      return EngineCounter::kFailedUnreachable;
    case Failure::kAbandoned:
      return EngineCounter::kFailedAbandoned;
    case Failure::kOverload:
    case Failure::kNone:
      break;
  }
  return EngineCounter::kFailedOverload;
}

// RFC 8914 §4: what the client of a failed question is told besides SERVFAIL.
dns::Ede ede_of(Failure failure) noexcept {
  switch (failure) {
    case Failure::kTimeout:
      return dns::Ede::kNoReachableAuthority;
    case Failure::kUnreachable:
      return dns::Ede::kNetworkError;
    case Failure::kOverload:
    case Failure::kAbandoned:
      return dns::Ede::kNotReady;
    case Failure::kNone:
      break;
  }
  return dns::Ede::kNone;
}

EngineCounter counter_of(cache::Storable storable) noexcept {
  switch (storable) {
    case cache::Storable::kTtlZero:
      return EngineCounter::kNotKeptTtlZero;
    case cache::Storable::kNoSoa:
      return EngineCounter::kNotKeptNoSoa;
    case cache::Storable::kTruncated:
      return EngineCounter::kNotKeptTruncated;
    case cache::Storable::kFailureOff:
      return EngineCounter::kNotKeptFailureOff;
    case cache::Storable::kYes:
      break;
  }
  return EngineCounter::kInsertFailed;
}

/// RFC 2308 §5: nothing of that name exists, whatever the type. Behind a CNAME it is another name that does not.
bool is_about_name(const dns::ResponseView& response) noexcept {
  return response.kind() == dns::AnswerKind::kNxDomain && response.image().ancount == 0;
}

}  // namespace

void Completer::take_reply(SlotId index, const dns::ResponseView& response, base::Instant now) noexcept {
  tables_->count(EngineCounter::kReplied);
  note_reply(index, response.kind(), now);
  if (response.kind() == dns::AnswerKind::kFailure && serve_cached(index, FailureMemory::Cause::kName, now)) {
    close(index, now);
    return;
  }
  if (response.kind() == dns::AnswerKind::kTruncated) tables_->count(EngineCounter::kTruncated);
  const cache::Lifetime lifetime = cache::lifetime_of(response, tables_->cache_settings);
  const Fetch& fetch = tables_->fetches[index];
  const UplinkSettings& uplink = tables_->settings.uplinks[fetch.uplink];
  if (is_rebind(uplink, fetch.key.view().qname(), response.image())) return block_answer(index, lifetime, now);
  keep_or_hand_out(index, response, lifetime, now);
}

void Completer::note_reply(SlotId index, dns::AnswerKind kind, base::Instant now) noexcept {
  const bool is_bad = kind == dns::AnswerKind::kNxDomain || kind == dns::AnswerKind::kFailure;
  tables_->note_answer(tables_->fetches[index], is_bad ? ZoneAnswer::kBad : ZoneAnswer::kGood, now);
}

// The name exists, and none of its addresses is told. Kept as long as the answer would have been: asking again would
// cost a packet and bring the same.
void Completer::block_answer(SlotId index, const cache::Lifetime& lifetime, base::Instant now) noexcept {
  tables_->count(EngineCounter::kRebindBlocked);
  const Fetch& fetch = tables_->fetches[index];
  cache::Cache& cache = *tables_->around.cache;
  const auto most_sec = static_cast<std::uint32_t>(tables_->cache_settings.negative_max_ttl.count());
  const cache::NewEntry nothing{.key = fetch.key.view(),
                                .hash = fetch.hash,
                                .image = {.records = {}, .ttl_offsets = {}, .flags = dns::kFlagRa | dns::kFlagBlocked},
                                .kind = dns::AnswerKind::kNoData,
                                .ttl_sec = std::min(lifetime.ttl_sec, most_sec)};
  const bool is_kept = lifetime.storable == cache::Storable::kYes && nothing.ttl_sec != 0;
  const cache::Entry* kept = is_kept ? cache.insert(nothing, now) : nullptr;
  if (kept != nullptr) {
    forget_of_name(fetch);
    post_all(index, kept, Failure::kNone, dns::Ede::kBlocked);
    return close(index, now);
  }
  forget(fetch);
  const cache::Entry* transient = cache.make_transient(nothing, now);
  const Failure failure = transient == nullptr ? Failure::kOverload : Failure::kNone;
  post_all(index, transient, failure, transient == nullptr ? ede_of(failure) : dns::Ede::kBlocked);
  if (transient != nullptr) cache.retire(transient);
  close(index, now);
}

void Completer::pass_on(SlotId index, base::Bytes reply, base::Instant now) noexcept {
  const Fetch& fetch = tables_->fetches[index];
  const cache::NewEntry whole{.key = fetch.key.view(),
                              .hash = fetch.hash,
                              .image = {.records = reply, .ttl_offsets = {}},
                              .kind = dns::AnswerKind::kPositive};
  const cache::Entry* transient = tables_->around.cache->make_transient(whole, now);
  if (transient == nullptr) return drop(index, Failure::kOverload, now);
  tables_->count(EngineCounter::kReplied);
  tables_->count(EngineCounter::kPassed);
  post_all(index, transient, Failure::kNone, dns::Ede::kNone);
  tables_->around.cache->retire(transient);
  close(index, now);
}

void Completer::keep_or_hand_out(SlotId index, const dns::ResponseView& response, const cache::Lifetime& lifetime,
                                 base::Instant now) noexcept {
  const Fetch& fetch = tables_->fetches[index];
  cache::Cache& cache = *tables_->around.cache;
  const bool is_failure = response.kind() == dns::AnswerKind::kFailure;
  const bool backs_off = is_failure && lifetime.ttl_sec != 0;
  const std::uint32_t failure_sec = backs_off ? tables_->back_off.fail(fetch.hash, lifetime.ttl_sec, now) : 0;
  if (!is_failure) tables_->back_off.succeed(fetch.hash);
  const bool is_of_every_type = is_about_name(response);
  const dns::QuestionKey every_type = fetch.key.with(dns::kEveryType);
  const cache::NewEntry answer{.key = is_of_every_type ? every_type.view() : fetch.key.view(),
                               .hash = is_of_every_type ? fetch.nxdomain_hash : fetch.hash,
                               .image = response.image(),
                               .kind = response.kind(),
                               .ttl_sec = backs_off ? failure_sec : lifetime.ttl_sec,
                               .keep_sec = lifetime.keep_sec,
                               .ttl_floor_sec = lifetime.ttl_floor_sec,
                               .ttl_cap_sec = backs_off ? failure_sec : lifetime.ttl_cap_sec};
  const cache::Entry* kept = nullptr;
  if (lifetime.storable == cache::Storable::kYes) {
    kept = cache.insert(answer, now);
    if (kept != nullptr) tables_->count(is_failure ? EngineCounter::kFailureInserted : EngineCounter::kInserted);
  }
  if (kept != nullptr) {
    if (is_of_every_type) forget_of_type(fetch);
    if (!is_of_every_type && !is_failure) forget_of_name(fetch);
    post_all(index, kept, Failure::kNone, dns::Ede::kNone);
    close(index, now);
    return;
  }
  tables_->count(counter_of(lifetime.storable));
  // An answer that may not be kept is newer all the same: what it contradicts must not come back as stale data.
  const bool contradicts =
      response.kind() != dns::AnswerKind::kFailure && lifetime.storable != cache::Storable::kTruncated;
  if (contradicts) forget(fetch);
  const cache::Entry* transient = cache.make_transient(answer, now);
  if (transient != nullptr) {
    post_all(index, transient, Failure::kNone, dns::Ede::kNone);
    cache.retire(transient);
  } else {
    post_truncated(index, now);  // larger than anything that we can hold
  }
  close(index, now);
}

void Completer::answer_truncated(SlotId index, base::Instant now) noexcept {
  tables_->count(EngineCounter::kReplied);
  tables_->count(EngineCounter::kNotKeptTruncated);
  if (!serve_cached(index, FailureMemory::Cause::kName, now)) post_truncated(index, now);
  close(index, now);
}

void Completer::post_truncated(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = tables_->fetches[index];
  const cache::Entry* transient = tables_->around.cache->make_transient(
      {.key = fetch.key.view(),
       .hash = fetch.hash,
       .image = {.records = {}, .ttl_offsets = {}, .flags = dns::kFlagTc | dns::kFlagRa},
       .kind = dns::AnswerKind::kTruncated},
      now);
  if (transient == nullptr) return post_all(index, nullptr, Failure::kOverload, ede_of(Failure::kOverload));
  post_all(index, transient, Failure::kNone, dns::Ede::kNone);
  tables_->around.cache->retire(transient);
}

void Completer::forget(const Fetch& fetch) noexcept {
  forget_of_type(fetch);
  forget_of_name(fetch);
}

void Completer::forget_of_type(const Fetch& fetch) noexcept {
  static_cast<void>(tables_->around.cache->remove(fetch.hash, fetch.key.view()));
}

void Completer::forget_of_name(const Fetch& fetch) noexcept {
  const dns::QuestionKey every_type = fetch.key.with(dns::kEveryType);
  static_cast<void>(tables_->around.cache->remove(fetch.nxdomain_hash, every_type.view()));
}

// RFC 8767 §5: a failure leaves what is there as it is, and what is there answers in its place.
bool Completer::serve_cached(SlotId index, FailureMemory::Cause cause, base::Instant now) noexcept {
  if (!has_servable_answer(index, now)) return false;
  const Fetch& fetch = tables_->fetches[index];
  const cache::Entry* entry = tables_->known(fetch, now);
  if (entry->freshness(now) == cache::Freshness::kFresh) {
    post_all(index, entry, Failure::kNone, dns::Ede::kNone);
    return true;
  }
  if (fetch.first_subscriber != kNoSlot) tables_->count(EngineCounter::kServedStale);
  tables_->failures.note(fetch.hash, cause, now);
  entry->serve_stale_until(now + kStaleWindow);
  post_all(index, entry, Failure::kNone, stale_ede(*entry));
  return true;
}

// RFC 8767 §5: the client response timer.
bool Completer::serve_stale(SlotId index, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  fetch.stale_at = base::Instant::never();
  const cache::Entry* entry = tables_->known(fetch, now);
  if (entry == nullptr || !entry->is_usable_stale(now)) return false;
  tables_->count(EngineCounter::kServedStale);
  entry->serve_stale_until(now + kStaleWindow);
  post_all(index, entry, Failure::kNone, stale_ede(*entry));
  tables_->fetches.release_subscribers(index);
  fetch.served_stale = true;
  fetch.wanted_until = now + kStaleFetchTimeout;
  return true;
}

void Completer::post_stale(const Miss& miss, const cache::Entry& entry, base::Instant now) noexcept {
  tables_->count(EngineCounter::kHitOnArrival);
  tables_->count(EngineCounter::kServedStale);
  entry.serve_stale_until(now + kStaleWindow);
  post(miss.worker, {.handle = miss.handle, .entry = &entry, .failure = Failure::kNone, .ede = stale_ede(entry)});
}

void Completer::end_refresh(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = tables_->fetches[index];
  if (fetch.served_stale) tables_->failures.note(fetch.hash, cause_of_silence(index), now);
  drop(index, Failure::kTimeout, now);
}

// A server that has answered others since it was asked is well: the name's own authorities are not.
FailureMemory::Cause Completer::cause_of_silence(SlotId index) noexcept {
  const Fetch& fetch = tables_->fetches[index];
  if (fetch.transaction == kNoSlot) return FailureMemory::Cause::kServer;
  const base::Instant asked_at = tables_->transactions[fetch.transaction].first_sent_at;
  const bool others_were_answered = tables_->uplink_of(fetch).servers.answered_at() > asked_at;
  return others_were_answered ? FailureMemory::Cause::kName : FailureMemory::Cause::kServer;
}

bool Completer::has_servable_answer(SlotId index, base::Instant now) const noexcept {
  const Fetch& fetch = tables_->fetches[index];
  const cache::Entry* entry = tables_->known(fetch, now);
  return entry != nullptr && entry->kind() != dns::AnswerKind::kFailure &&
         entry->freshness(now) != cache::Freshness::kDead;
}

void Completer::give_up(SlotId index, Failure failure, base::Instant now) noexcept {
  if (tables_->fetches[index].opaque != nullptr) return drop(index, failure, now);  // says nothing about the name
  tables_->count(counter_of(failure));
  const FailureMemory::Cause cause = cause_of_silence(index);
  if (cause == FailureMemory::Cause::kName) {
    tables_->note_answer(tables_->fetches[index], ZoneAnswer::kBad, now);
  }
  if (!serve_cached(index, cause, now)) {
    keep_failure(tables_->fetches[index], now);
    post_all(index, nullptr, failure, ede_of(failure));
  }
  close(index, now);
}

void Completer::keep_failure(const Fetch& fetch, base::Instant now) noexcept {
  const auto first_sec = static_cast<std::uint32_t>(tables_->cache_settings.servfail_ttl.count());
  if (first_sec == 0) return;
  const cache::NewEntry failure{.key = fetch.key.view(),
                                .hash = fetch.hash,
                                .image = {.records = {}, .ttl_offsets = {}, .rcode = dns::Rcode::kServFail},
                                .kind = dns::AnswerKind::kFailure,
                                .ttl_sec = tables_->back_off.fail(fetch.hash, first_sec, now)};
  if (tables_->around.cache->insert(failure, now) != nullptr) tables_->count(EngineCounter::kFailureInserted);
}

void Completer::drop(SlotId index, Failure failure, base::Instant now) noexcept {
  tables_->count(counter_of(failure));
  const bool is_ours = failure == Failure::kAbandoned || failure == Failure::kOverload;
  if (is_ours && tables_->fetches[index].stage == Stage::kTcp) tables_->count(EngineCounter::kTcpLeft);
  post_all(index, nullptr, failure, ede_of(failure));
  close(index, now);
}

void Completer::spill(SlotId index, base::Instant now) noexcept {
  tables_->count(EngineCounter::kFailedOverload);
  tables_->count(EngineCounter::kQuotaSpilled);
  if (tables_->fetches[index].opaque != nullptr || !serve_cached(index, FailureMemory::Cause::kServer, now)) {
    const policy::OverloadAction action = tables_->settings.fetch_quota.action;
    tables_->fetches.for_each_subscriber(index, [&](const Subscriber& asker) {
      post(asker.worker,
           {.handle = asker.handle, .failure = Failure::kOverload, .ede = dns::Ede::kNotReady, .action = action});
    });
  }
  close(index, now);
}

void Completer::shed(SlotId index, base::Instant now) noexcept {
  constexpr std::array kShed{EngineCounter::kShedKnown, EngineCounter::kShedNew, EngineCounter::kShedUnknown};
  Uplink& uplink = tables_->uplink_of(tables_->fetches[index]);
  const auto name_class = static_cast<std::size_t>(uplink.asks.class_of_queued(index));
  tables_->count(kShed[name_class]);
  uplink.classes[name_class].shed.add();
  end_overloaded(index, tables_->settings.overload[name_class], now);
}

void Completer::refuse_zone(SlotId index, base::Instant now) noexcept {
  tables_->count(EngineCounter::kShedZone);
  tables_->note_refused(tables_->fetches[index].zone, now);
  end_overloaded(index, tables_->settings.fetches_per_zone_action, now);
}

void Completer::end_overloaded(SlotId index, policy::OverloadAction action, base::Instant now) noexcept {
  tables_->count(EngineCounter::kFailedOverload);
  if (!serve_cached(index, FailureMemory::Cause::kServer, now)) {
    tables_->fetches.for_each_subscriber(index, [&](const Subscriber& asker) {
      post(asker.worker, {.handle = asker.handle, .failure = Failure::kOverload, .action = action});
    });
  }
  close(index, now);
}

void Completer::post(base::WorkerId worker, const Completion& completion) noexcept {
  // Every worker's ring has room for as many completions as it may have questions open.
  SLUICE_REQUIRE(worker.value() < tables_->around.completions.size());
  SLUICE_REQUIRE(tables_->around.completions[worker.value()]->push(completion));
}

void Completer::post_all(SlotId index, const cache::Entry* entry, Failure failure, dns::Ede ede) noexcept {
  tables_->fetches.for_each_subscriber(index, [&](const Subscriber& asker) {
    post(asker.worker, Completion{.handle = asker.handle, .entry = entry, .failure = failure, .ede = ede});
  });
}

void Completer::count_cost(const Fetch& fetch) noexcept {
  constexpr std::array kByPackets{EngineCounter::kCost0,    EngineCounter::kCost1,    EngineCounter::kCost2,
                                  EngineCounter::kCost3,    EngineCounter::kCost4To8, EngineCounter::kCost4To8,
                                  EngineCounter::kCost4To8, EngineCounter::kCost4To8, EngineCounter::kCost4To8};
  const std::uint32_t tcp_packets = (fetch.tcp_millipkts + 500U) / 1'000U;
  tables_->record_cost(fetch, tcp_packets);
  const std::size_t packets = fetch.sends + tcp_packets;
  tables_->count(packets < kByPackets.size() ? kByPackets[packets] : EngineCounter::kCostMore);
}

void Completer::close(SlotId index, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  tables_->close_transactions(fetch, now);
  tables_->leave_tcp(fetch);
  count_cost(fetch);
  tables_->unqueue(index);
  tables_->timers.disarm(index);
  if (fetch.zone != kNoSlot) {
    Zone& zone = tables_->zones[fetch.zone];
    --zone.open;
    if (fetch.is_out) --zone.outstanding;
  }
  tables_->fetches.close(index);
}

}  // namespace egress
