// SPDX-License-Identifier: Apache-2.0
// The ends of a fetch, and the completions that they post.
#include "completer.hpp"

#include <array>

#include "base/contract.hpp"
#include "cache/lifetime.hpp"
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

}  // namespace

void Completer::end_answered(SlotId index, const dns::ResponseView& response, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  const dns::AnswerKind kind = response.kind();
  const bool is_bad = kind == dns::AnswerKind::kNxDomain || kind == dns::AnswerKind::kFailure;
  state_->count(EngineCounter::kReplied);
  note_answer(fetch, is_bad ? ZoneAnswer::kBad : ZoneAnswer::kGood, now);
  if (kind == dns::AnswerKind::kFailure && serve_cached(index, FailureMemory::Cause::kName, now)) {
    return close(index, now);
  }
  if (kind == dns::AnswerKind::kTruncated) state_->count(EngineCounter::kTruncated);
  const cache::Lifetime lifetime = cache::lifetime_of(response, state_->cache_settings());
  const UplinkSettings& uplink = state_->settings().uplinks[fetch.uplink];
  if (is_rebind(uplink, fetch.key.view().qname(), response.image())) {
    state_->count(EngineCounter::kRebindBlocked);
    post_written(index, cache_writer_.write_blocked(fetch, lifetime, now), dns::Ede::kBlocked);
    return close(index, now);
  }
  const CacheWriter::Written written = cache_writer_.write_answer(fetch, response, lifetime, now);
  if (written.entry != nullptr) {
    post_written(index, written, dns::Ede::kNone);
  } else {
    post_truncated(index, now);  // the answer is larger than any cache entry may be
  }
  close(index, now);
}

void Completer::end_opaque(SlotId index, base::Bytes reply, base::Instant now) noexcept {
  const CacheWriter::Written written = cache_writer_.write_opaque(state_->fetches[index], reply, now);
  if (written.entry == nullptr) return drop(index, Failure::kOverload, now);
  state_->count(EngineCounter::kReplied);
  state_->count(EngineCounter::kPassed);
  post_written(index, written, dns::Ede::kNone);
  close(index, now);
}

void Completer::end_truncated(SlotId index, base::Instant now) noexcept {
  state_->count(EngineCounter::kReplied);
  state_->count(EngineCounter::kNotKeptTruncated);
  if (!serve_cached(index, FailureMemory::Cause::kName, now)) post_truncated(index, now);
  close(index, now);
}

void Completer::give_up(SlotId index, Failure failure, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.opaque != nullptr) return drop(index, failure, now);  // says nothing about the name
  state_->count(counter_of(failure));
  const FailureMemory::Cause cause = cause_of_silence(index);
  if (cause == FailureMemory::Cause::kName) note_answer(fetch, ZoneAnswer::kBad, now);
  if (!serve_cached(index, cause, now)) {
    cache_writer_.write_failure(fetch, now);
    fail_all(index, failure);
  }
  close(index, now);
}

void Completer::drop(SlotId index, Failure failure, base::Instant now) noexcept {
  state_->count(counter_of(failure));
  const bool is_ours = failure == Failure::kAbandoned || failure == Failure::kOverload;
  if (is_ours && state_->fetches[index].stage == Stage::kTcp) state_->count(EngineCounter::kTcpLeft);
  fail_all(index, failure);
  close(index, now);
}

void Completer::end_refresh(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.served_stale) state_->history.failures().note(fetch.hash, cause_of_silence(index), now);
  drop(index, Failure::kTimeout, now);
}

void Completer::end_at_quota(SlotId index, base::Instant now) noexcept {
  state_->count(EngineCounter::kQuotaSpilled);
  end_overloaded(index, state_->settings().fetch_quota.action, now);
}

void Completer::end_surplus(SlotId index, base::Instant now) noexcept {
  constexpr std::array kShed{EngineCounter::kShedKnown, EngineCounter::kShedNew, EngineCounter::kShedUnknown};
  Uplink& uplink = state_->uplink_of(state_->fetches[index]);
  const NameClass name_class = uplink.queue().class_of_queued(index);
  state_->count(kShed[static_cast<std::size_t>(name_class)]);
  uplink.note_shed(name_class);
  end_overloaded(index, state_->settings().overload[static_cast<std::size_t>(name_class)], now);
}

void Completer::end_at_zone_limit(SlotId index, base::Instant now) noexcept {
  state_->count(EngineCounter::kShedZone);
  state_->history.zones().note_refused(state_->fetches[index].zone, now);
  end_overloaded(index, state_->settings().fetches_per_zone_action, now);
}

void Completer::end_overloaded(SlotId index, policy::OverloadAction action, base::Instant now) noexcept {
  state_->count(EngineCounter::kFailedOverload);
  if (!serve_cached(index, FailureMemory::Cause::kServer, now)) fail_all(index, Failure::kOverload, action);
  close(index, now);
}

bool Completer::has_servable_answer(SlotId index, base::Instant now) const noexcept {
  const cache::Entry* entry = state_->cached(state_->fetches[index], now);
  return entry != nullptr && entry->kind() != dns::AnswerKind::kFailure &&
         entry->freshness(now) != cache::Freshness::kDead;
}

// RFC 8767 §5: a failure leaves the cached answer as it is, and the cached answer is served.
bool Completer::serve_cached(SlotId index, FailureMemory::Cause cause, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  const cache::Entry* entry = state_->cached(fetch, now);
  if (entry == nullptr || entry->kind() == dns::AnswerKind::kFailure) return false;
  const cache::Freshness freshness = entry->freshness(now);
  if (freshness == cache::Freshness::kDead) return false;
  if (freshness == cache::Freshness::kFresh) {
    post_all(index, *entry, dns::Ede::kNone);
    return true;
  }
  if (fetch.first_subscriber != kNoSlot) state_->count(EngineCounter::kServedStale);
  state_->history.failures().note(fetch.hash, cause, now);
  entry->serve_stale_until(now + kStaleWindow);
  post_all(index, *entry, stale_ede(*entry));
  return true;
}

// RFC 8767 §5: the client response timer.
bool Completer::serve_stale(SlotId index, base::Instant now) noexcept {
  state_->fetches.cancel_stale(index);
  const cache::Entry* entry = state_->cached(state_->fetches[index], now);
  if (entry == nullptr || !entry->is_usable_stale(now)) return false;
  state_->count(EngineCounter::kServedStale);
  entry->serve_stale_until(now + kStaleWindow);
  post_all(index, *entry, stale_ede(*entry));
  state_->fetches.release_subscribers(index);
  state_->fetches.note_served_stale(index, now + kStaleFetchTimeout);
  return true;
}

void Completer::post_stale(const Miss& miss, const cache::Entry& entry, base::Instant now) noexcept {
  state_->count(EngineCounter::kServedStale);
  entry.serve_stale_until(now + kStaleWindow);
  post_entry(miss, entry, stale_ede(entry));
}

// If the server has answered other fetches since, the server works and the name's own authorities do not.
FailureMemory::Cause Completer::cause_of_silence(SlotId index) const noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.transaction == kNoSlot) return FailureMemory::Cause::kServer;
  const base::Instant asked_at = state_->transactions[fetch.transaction].first_sent_at;
  const bool others_were_answered = state_->uplinks[fetch.uplink].servers().answered_at() > asked_at;
  return others_were_answered ? FailureMemory::Cause::kName : FailureMemory::Cause::kServer;
}

void Completer::note_answer(const Fetch& fetch, ZoneAnswer answer, base::Instant now) noexcept {
  if (fetch.is_probe()) return;
  if (!state_->history.note_answer(fetch.hash, fetch.zone, fetch.client_hash, answer, now)) return;
  queues_->reclassify_zone_of(fetch);
}

void Completer::post_written(SlotId index, const CacheWriter::Written& written, dns::Ede ede) noexcept {
  if (written.entry == nullptr) return fail_all(index, Failure::kOverload);
  post_all(index, *written.entry, ede);
  cache_writer_.release(written);
}

void Completer::post_truncated(SlotId index, base::Instant now) noexcept {
  post_written(index, cache_writer_.write_truncated(state_->fetches[index], now), dns::Ede::kNone);
}

void Completer::post_all(SlotId index, const cache::Entry& entry, dns::Ede ede) noexcept {
  state_->fetches.for_each_subscriber(index, [&](const Subscriber& subscriber) {
    post(subscriber.worker, {.handle = subscriber.handle, .entry = &entry, .ede = ede});
  });
}

void Completer::fail_all(SlotId index, Failure failure, policy::OverloadAction action) noexcept {
  state_->fetches.for_each_subscriber(index, [&](const Subscriber& subscriber) {
    post_failure(subscriber.worker, subscriber.handle, failure, action);
  });
}

void Completer::post_entry(const Miss& miss, const cache::Entry& entry, dns::Ede ede) noexcept {
  state_->count(EngineCounter::kHitOnArrival);
  post(miss.worker, {.handle = miss.handle, .entry = &entry, .ede = ede});
}

void Completer::post_failure(base::WorkerId worker, base::Handle handle, Failure failure,
                             policy::OverloadAction action) noexcept {
  post(worker, {.handle = handle, .failure = failure, .ede = ede_of(failure), .action = action});
}

// A worker's completion ring has room for as many completions as the worker may have pending queries.
void Completer::post(base::WorkerId worker, const Completion& completion) noexcept {
  SLUICE_REQUIRE(worker.value() < state_->deps().completions.size());
  SLUICE_REQUIRE(state_->deps().completions[worker.value()]->push(completion));
}

void Completer::close(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  transactions_->close_all(index, now);
  costs_->settle_tcp(index);
  costs_->count(fetch);
  queues_->remove(index);
  deadlines_->disarm(index);
  if (!fetch.is_probe()) state_->history.zones().note_closed(fetch.zone, fetch.is_out);
  state_->fetches.close(index);
}

}  // namespace egress
