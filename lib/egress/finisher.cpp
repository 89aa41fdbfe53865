// SPDX-License-Identifier: Apache-2.0
#include "finisher.hpp"

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

void Finisher::take_reply(Index index, const dns::ResponseView& response, base::Instant now) noexcept {
  tables_->count(EngineCounter::kReplied);
  note_reply(index, response.kind(), now);
  if (response.kind() == dns::AnswerKind::kFailure && serve_what_is_there(index, FailureMemory::Cause::kName, now)) {
    close(index, now);
    return;
  }
  if (response.kind() == dns::AnswerKind::kTruncated) tables_->count(EngineCounter::kTruncated);
  const cache::Lifetime lifetime = cache::lifetime_of(response, tables_->cache_settings);
  const Question& question = tables_->questions[index];
  const UplinkSettings& uplink = tables_->settings.uplinks[question.uplink];
  if (is_rebind(uplink, question.key.view().qname(), response.image())) return keep_back(index, lifetime, now);
  keep_or_hand_out(index, response, lifetime, now);
}

void Finisher::note_reply(Index index, dns::AnswerKind kind, base::Instant now) noexcept {
  const bool is_bad = kind == dns::AnswerKind::kNxDomain || kind == dns::AnswerKind::kFailure;
  tables_->note_answer(tables_->questions[index], is_bad ? ZoneAnswer::kBad : ZoneAnswer::kGood, now);
}

// The name exists, and none of its addresses is told. Kept as long as the answer would have been: asking again would
// cost a packet and bring the same.
void Finisher::keep_back(Index index, const cache::Lifetime& lifetime, base::Instant now) noexcept {
  tables_->count(EngineCounter::kRebindBlocked);
  const Question& question = tables_->questions[index];
  cache::Cache& cache = *tables_->around.cache;
  const auto most_sec = static_cast<std::uint32_t>(tables_->cache_settings.negative_max_ttl.count());
  const cache::NewEntry nothing{.key = question.key.view(),
                                .hash = question.hash,
                                .image = {.records = {}, .ttl_offsets = {}, .flags = dns::kFlagRa | dns::kFlagBlocked},
                                .kind = dns::AnswerKind::kNoData,
                                .ttl_sec = std::min(lifetime.ttl_sec, most_sec)};
  const bool is_kept = lifetime.storable == cache::Storable::kYes && nothing.ttl_sec != 0;
  const cache::Entry* kept = is_kept ? cache.insert(nothing, now) : nullptr;
  if (kept != nullptr) {
    forget_of_name(question);
    post_all(index, kept, Failure::kNone, dns::Ede::kBlocked);
    return close(index, now);
  }
  forget(question);
  const cache::Entry* transient = cache.make_transient(nothing, now);
  const Failure failure = transient == nullptr ? Failure::kOverload : Failure::kNone;
  post_all(index, transient, failure, transient == nullptr ? ede_of(failure) : dns::Ede::kBlocked);
  if (transient != nullptr) cache.retire(transient);
  close(index, now);
}

void Finisher::pass_on(Index index, base::Bytes reply, base::Instant now) noexcept {
  const Question& question = tables_->questions[index];
  const cache::NewEntry whole{.key = question.key.view(),
                              .hash = question.hash,
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

void Finisher::keep_or_hand_out(Index index, const dns::ResponseView& response, const cache::Lifetime& lifetime,
                                base::Instant now) noexcept {
  const Question& question = tables_->questions[index];
  cache::Cache& cache = *tables_->around.cache;
  const bool is_failure = response.kind() == dns::AnswerKind::kFailure;
  const bool backs_off = is_failure && lifetime.ttl_sec != 0;
  const std::uint32_t failure_sec = backs_off ? tables_->back_off.fail(question.hash, lifetime.ttl_sec, now) : 0;
  if (!is_failure) tables_->back_off.succeed(question.hash);
  const bool is_of_every_type = is_about_name(response);
  const dns::QuestionKey every_type = question.key.with(dns::kEveryType);
  const cache::NewEntry answer{.key = is_of_every_type ? every_type.view() : question.key.view(),
                               .hash = is_of_every_type ? question.nxdomain_hash : question.hash,
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
    if (is_of_every_type) forget_of_type(question);
    if (!is_of_every_type && !is_failure) forget_of_name(question);
    post_all(index, kept, Failure::kNone, dns::Ede::kNone);
    close(index, now);
    return;
  }
  tables_->count(counter_of(lifetime.storable));
  // An answer that may not be kept is newer all the same: what it contradicts must not come back as stale data.
  const bool contradicts =
      response.kind() != dns::AnswerKind::kFailure && lifetime.storable != cache::Storable::kTruncated;
  if (contradicts) forget(question);
  const cache::Entry* transient = cache.make_transient(answer, now);
  if (transient != nullptr) {
    post_all(index, transient, Failure::kNone, dns::Ede::kNone);
    cache.retire(transient);
  } else {
    post_truncated(index, now);  // larger than anything that we can hold
  }
  close(index, now);
}

void Finisher::tell_truncated(Index index, base::Instant now) noexcept {
  tables_->count(EngineCounter::kReplied);
  tables_->count(EngineCounter::kNotKeptTruncated);
  if (!serve_what_is_there(index, FailureMemory::Cause::kName, now)) post_truncated(index, now);
  close(index, now);
}

void Finisher::post_truncated(Index index, base::Instant now) noexcept {
  const Question& question = tables_->questions[index];
  const cache::Entry* transient = tables_->around.cache->make_transient(
      {.key = question.key.view(),
       .hash = question.hash,
       .image = {.records = {}, .ttl_offsets = {}, .flags = dns::kFlagTc | dns::kFlagRa},
       .kind = dns::AnswerKind::kTruncated},
      now);
  if (transient == nullptr) return post_all(index, nullptr, Failure::kOverload, ede_of(Failure::kOverload));
  post_all(index, transient, Failure::kNone, dns::Ede::kNone);
  tables_->around.cache->retire(transient);
}

void Finisher::forget(const Question& question) noexcept {
  forget_of_type(question);
  forget_of_name(question);
}

void Finisher::forget_of_type(const Question& question) noexcept {
  static_cast<void>(tables_->around.cache->remove(question.hash, question.key.view()));
}

void Finisher::forget_of_name(const Question& question) noexcept {
  const dns::QuestionKey every_type = question.key.with(dns::kEveryType);
  static_cast<void>(tables_->around.cache->remove(question.nxdomain_hash, every_type.view()));
}

// RFC 8767 §5: a failure leaves what is there as it is, and what is there answers in its place.
bool Finisher::serve_what_is_there(Index index, FailureMemory::Cause cause, base::Instant now) noexcept {
  if (!has_other_answer(index, now)) return false;
  const Question& question = tables_->questions[index];
  const cache::Entry* entry = tables_->known(question, now);
  if (entry->freshness(now) == cache::Freshness::kFresh) {
    post_all(index, entry, Failure::kNone, dns::Ede::kNone);
    return true;
  }
  if (question.first_asker != kNoIndex) tables_->count(EngineCounter::kServedStale);
  tables_->failures.note(question.hash, cause, now);
  entry->serve_stale_until(now + kStaleWindow);
  post_all(index, entry, Failure::kNone, stale_ede(*entry));
  return true;
}

// RFC 8767 §5: the client response timer.
bool Finisher::hand_out_stale(Index index, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  question.stale_at = base::Instant::never();
  const cache::Entry* entry = tables_->known(question, now);
  if (entry == nullptr || !entry->is_usable_stale(now)) return false;
  tables_->count(EngineCounter::kServedStale);
  entry->serve_stale_until(now + kStaleWindow);
  post_all(index, entry, Failure::kNone, stale_ede(*entry));
  tables_->questions.release_askers(index);
  question.served_stale = true;
  question.wanted_until = now + kStaleAskPatience;
  return true;
}

void Finisher::post_stale(const Miss& miss, const cache::Entry& entry, base::Instant now) noexcept {
  tables_->count(EngineCounter::kHitOnArrival);
  tables_->count(EngineCounter::kServedStale);
  entry.serve_stale_until(now + kStaleWindow);
  post(miss.worker, {.handle = miss.handle, .entry = &entry, .failure = Failure::kNone, .ede = stale_ede(entry)});
}

void Finisher::end_refresh(Index index, base::Instant now) noexcept {
  const Question& question = tables_->questions[index];
  if (question.served_stale) tables_->failures.note(question.hash, cause_of_silence(index), now);
  drop(index, Failure::kTimeout, now);
}

// A server that has answered others since it was asked is well: the name's own authorities are not.
FailureMemory::Cause Finisher::cause_of_silence(Index index) noexcept {
  const Question& question = tables_->questions[index];
  if (question.attempt == kNoIndex) return FailureMemory::Cause::kServer;
  const base::Instant asked_at = tables_->attempts[question.attempt].first_sent_at;
  const bool others_were_answered = tables_->uplink_of(question).servers.answered_at() > asked_at;
  return others_were_answered ? FailureMemory::Cause::kName : FailureMemory::Cause::kServer;
}

bool Finisher::has_other_answer(Index index, base::Instant now) const noexcept {
  const Question& question = tables_->questions[index];
  const cache::Entry* entry = tables_->known(question, now);
  return entry != nullptr && entry->kind() != dns::AnswerKind::kFailure &&
         entry->freshness(now) != cache::Freshness::kDead;
}

void Finisher::give_up(Index index, Failure failure, base::Instant now) noexcept {
  if (tables_->questions[index].opaque != nullptr) return drop(index, failure, now);  // says nothing about the name
  tables_->count(counter_of(failure));
  const FailureMemory::Cause cause = cause_of_silence(index);
  if (cause == FailureMemory::Cause::kName) {
    tables_->note_answer(tables_->questions[index], ZoneAnswer::kBad, now);
  }
  if (!serve_what_is_there(index, cause, now)) {
    keep_failure(tables_->questions[index], now);
    post_all(index, nullptr, failure, ede_of(failure));
  }
  close(index, now);
}

void Finisher::keep_failure(const Question& question, base::Instant now) noexcept {
  const auto first_sec = static_cast<std::uint32_t>(tables_->cache_settings.servfail_ttl.count());
  if (first_sec == 0) return;
  const cache::NewEntry failure{.key = question.key.view(),
                                .hash = question.hash,
                                .image = {.records = {}, .ttl_offsets = {}, .rcode = dns::Rcode::kServFail},
                                .kind = dns::AnswerKind::kFailure,
                                .ttl_sec = tables_->back_off.fail(question.hash, first_sec, now)};
  if (tables_->around.cache->insert(failure, now) != nullptr) tables_->count(EngineCounter::kFailureInserted);
}

void Finisher::drop(Index index, Failure failure, base::Instant now) noexcept {
  tables_->count(counter_of(failure));
  const bool is_ours = failure == Failure::kAbandoned || failure == Failure::kOverload;
  if (is_ours && tables_->questions[index].stage == Stage::kStream) tables_->count(EngineCounter::kStreamLeft);
  post_all(index, nullptr, failure, ede_of(failure));
  close(index, now);
}

void Finisher::spill(Index index, base::Instant now) noexcept {
  tables_->count(EngineCounter::kFailedOverload);
  tables_->count(EngineCounter::kQuotaSpilled);
  if (tables_->questions[index].opaque != nullptr || !serve_what_is_there(index, FailureMemory::Cause::kServer, now)) {
    const policy::OverloadAction action = tables_->settings.fetch_quota.action;
    tables_->questions.for_each_asker(index, [&](const Asker& asker) {
      post(asker.worker,
           {.handle = asker.handle, .failure = Failure::kOverload, .ede = dns::Ede::kNotReady, .action = action});
    });
  }
  close(index, now);
}

void Finisher::shed(Index index, base::Instant now) noexcept {
  constexpr std::array kShed{EngineCounter::kShedKnown, EngineCounter::kShedNew, EngineCounter::kShedUnknown};
  Uplink& uplink = tables_->uplink_of(tables_->questions[index]);
  const auto name_class = static_cast<std::size_t>(uplink.asks.class_of_queued(index));
  tables_->count(kShed[name_class]);
  uplink.classes[name_class].shed.add();
  end_overloaded(index, tables_->settings.overload[name_class], now);
}

void Finisher::refuse_zone(Index index, base::Instant now) noexcept {
  tables_->count(EngineCounter::kShedZone);
  tables_->note_refused(tables_->questions[index].zone, now);
  end_overloaded(index, tables_->settings.fetches_per_zone_action, now);
}

void Finisher::end_overloaded(Index index, policy::OverloadAction action, base::Instant now) noexcept {
  tables_->count(EngineCounter::kFailedOverload);
  if (!serve_what_is_there(index, FailureMemory::Cause::kServer, now)) {
    tables_->questions.for_each_asker(index, [&](const Asker& asker) {
      post(asker.worker, {.handle = asker.handle, .failure = Failure::kOverload, .action = action});
    });
  }
  close(index, now);
}

void Finisher::post(base::WorkerId worker, const Completion& completion) noexcept {
  // Every worker's ring has room for as many completions as it may have questions open.
  SLUICE_REQUIRE(worker.value() < tables_->around.completions.size());
  SLUICE_REQUIRE(tables_->around.completions[worker.value()]->push(completion));
}

void Finisher::post_all(Index index, const cache::Entry* entry, Failure failure, dns::Ede ede) noexcept {
  tables_->questions.for_each_asker(index, [&](const Asker& asker) {
    post(asker.worker, Completion{.handle = asker.handle, .entry = entry, .failure = failure, .ede = ede});
  });
}

void Finisher::count_cost(const Question& question) noexcept {
  constexpr std::array kByPackets{EngineCounter::kCost0,    EngineCounter::kCost1,    EngineCounter::kCost2,
                                  EngineCounter::kCost3,    EngineCounter::kCost4To8, EngineCounter::kCost4To8,
                                  EngineCounter::kCost4To8, EngineCounter::kCost4To8, EngineCounter::kCost4To8};
  const std::uint32_t stream_packets = (question.stream_millipkts + 500U) / 1'000U;
  tables_->record_cost(question, stream_packets);
  const std::size_t packets = question.sends + stream_packets;
  tables_->count(packets < kByPackets.size() ? kByPackets[packets] : EngineCounter::kCostMore);
}

void Finisher::close(Index index, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  tables_->close_attempts(question, now);
  tables_->leave_stream(question);
  count_cost(question);
  tables_->unqueue(index);
  tables_->timers.disarm(index);
  if (question.zone != kNoIndex) {
    Zone& zone = tables_->zones[question.zone];
    --zone.open;
    if (question.is_out) --zone.outstanding;
  }
  tables_->questions.close(index);
}

}  // namespace egress
