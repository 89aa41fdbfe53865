// SPDX-License-Identifier: Apache-2.0
// Cache entries of answers, failures and withheld answers.
#include "cache_writer.hpp"

#include <algorithm>

#include "dns/private_address.hpp"

namespace egress {
namespace {

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

/// RFC 2308 §5: the name does not exist, for any type. Behind a CNAME it is the alias's target that does not exist.
bool is_about_name(const dns::ResponseView& response) noexcept {
  return response.kind() == dns::AnswerKind::kNxDomain && response.image().ancount == 0;
}

}  // namespace

CacheWriter::Written CacheWriter::transient(const cache::NewEntry& entry, base::Instant now) noexcept {
  const cache::Entry* const made = state_->deps().cache->make_transient(entry, now);
  return {.entry = made, .is_transient = made != nullptr};
}

void CacheWriter::remove_of_type(const Fetch& fetch) noexcept {
  static_cast<void>(state_->deps().cache->remove(fetch.hash, fetch.key.view()));
}

void CacheWriter::remove_of_name(const Fetch& fetch) noexcept {
  const dns::QuestionKey every_type = fetch.key.with(dns::kEveryType);
  static_cast<void>(state_->deps().cache->remove(fetch.nxdomain_hash, every_type.view()));
}

CacheWriter::Written CacheWriter::write_answer(const Fetch& fetch, const dns::ResponseView& response,
                                               const cache::Lifetime& lifetime, base::Instant now) noexcept {
  FailureBackOff& back_off = state_->history.back_off();
  const bool is_failure = response.kind() == dns::AnswerKind::kFailure;
  const bool backs_off = is_failure && lifetime.ttl_sec != 0;
  const std::uint32_t failure_sec = backs_off ? back_off.fail(fetch.hash, lifetime.ttl_sec, now) : 0;
  if (!is_failure) back_off.succeed(fetch.hash);
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
  if (lifetime.storable == cache::Storable::kYes) {
    const cache::Entry* const kept = state_->deps().cache->insert(answer, now);
    if (kept != nullptr) {
      state_->count(is_failure ? EngineCounter::kFailureInserted : EngineCounter::kInserted);
      if (is_of_every_type) remove_of_type(fetch);
      if (!is_of_every_type && !is_failure) remove_of_name(fetch);
      return {.entry = kept};
    }
  }
  state_->count(counter_of(lifetime.storable));
  const bool contradicts = !is_failure && lifetime.storable != cache::Storable::kTruncated;
  if (contradicts) {  // older data must not come back as stale data
    remove_of_type(fetch);
    remove_of_name(fetch);
  }
  return transient(answer, now);
}

// Kept, because asking again would cost a packet and bring the same answer.
CacheWriter::Written CacheWriter::write_blocked(const Fetch& fetch, const cache::Lifetime& lifetime,
                                                base::Instant now) noexcept {
  const auto most_sec = static_cast<std::uint32_t>(state_->cache_settings().negative_max_ttl.count());
  const cache::NewEntry nothing{.key = fetch.key.view(),
                                .hash = fetch.hash,
                                .image = {.records = {}, .ttl_offsets = {}, .flags = dns::kFlagRa | dns::kFlagBlocked},
                                .kind = dns::AnswerKind::kNoData,
                                .ttl_sec = std::min(lifetime.ttl_sec, most_sec)};
  const bool is_kept = lifetime.storable == cache::Storable::kYes && nothing.ttl_sec != 0;
  const cache::Entry* const kept = is_kept ? state_->deps().cache->insert(nothing, now) : nullptr;
  if (kept == nullptr) remove_of_type(fetch);
  remove_of_name(fetch);
  return kept != nullptr ? Written{.entry = kept} : transient(nothing, now);
}

CacheWriter::Written CacheWriter::write_truncated(const Fetch& fetch, base::Instant now) noexcept {
  return transient({.key = fetch.key.view(),
                    .hash = fetch.hash,
                    .image = {.records = {}, .ttl_offsets = {}, .flags = dns::kFlagTc | dns::kFlagRa},
                    .kind = dns::AnswerKind::kTruncated},
                   now);
}

CacheWriter::Written CacheWriter::write_opaque(const Fetch& fetch, base::Bytes reply, base::Instant now) noexcept {
  return transient({.key = fetch.key.view(),
                    .hash = fetch.hash,
                    .image = {.records = reply, .ttl_offsets = {}},
                    .kind = dns::AnswerKind::kPositive},
                   now);
}

void CacheWriter::write_failure(const Fetch& fetch, base::Instant now) noexcept {
  const auto first_sec = static_cast<std::uint32_t>(state_->cache_settings().servfail_ttl.count());
  if (first_sec == 0) return;
  const cache::NewEntry failure{.key = fetch.key.view(),
                                .hash = fetch.hash,
                                .image = {.records = {}, .ttl_offsets = {}, .rcode = dns::Rcode::kServFail},
                                .kind = dns::AnswerKind::kFailure,
                                .ttl_sec = state_->history.back_off().fail(fetch.hash, first_sec, now)};
  if (state_->deps().cache->insert(failure, now) != nullptr) state_->count(EngineCounter::kFailureInserted);
}

}  // namespace egress
