// SPDX-License-Identifier: Apache-2.0
// How long an answer may be cached: one function per kind of answer.
#include "cache/lifetime.hpp"

#include <algorithm>

namespace cache {
namespace {

constexpr std::uint32_t kMaxFailureSec = 300;  // RFC 9520 §3.2: at most five minutes

std::uint32_t seconds(std::chrono::seconds value) noexcept {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value.count(), 0, 0x7fff'ffff));
}

/// Clamps that apply to every kind of answer; TTL 0 afterwards means that it may not be cached.
void settle(Lifetime& life, std::uint32_t ttl_sec, std::uint32_t cap_sec, const Settings& settings) noexcept {
  life.ttl_sec = std::min(std::max(ttl_sec, seconds(settings.min_ttl)), cap_sec);
  life.storable = life.ttl_sec == 0 ? Storable::kTtlZero : Storable::kYes;
  life.keep_sec = seconds(settings.stale_keep);
}

Lifetime of_positive(const dns::ResponseView& response, const Settings& settings) noexcept {
  Lifetime life;
  life.ttl_cap_sec = seconds(settings.max_ttl);
  life.ttl_floor_sec = std::min(seconds(settings.min_ttl), life.ttl_cap_sec);
  settle(life, response.min_ttl_sec(), life.ttl_cap_sec, settings);
  return life;
}

/// RFC 2308 §5: the SOA gives the lifetime. The records' own TTLs are capped by it, or a client would cache the SOA for
/// longer than we cache the answer.
Lifetime of_negative(const dns::ResponseView& response, const Settings& settings) noexcept {
  const std::uint32_t cap = std::min(seconds(settings.max_ttl), seconds(settings.negative_max_ttl));
  Lifetime life;
  if (!response.has_soa() && seconds(settings.negative_without_soa) == 0) {
    life.storable = Storable::kNoSoa;
    life.ttl_cap_sec = cap;
    return life;
  }
  std::uint32_t ttl = response.has_soa() ? response.negative_ttl_sec() : seconds(settings.negative_without_soa);
  const bool has_chain = response.image().ancount > 0;
  if (has_chain) ttl = std::min(ttl, response.min_ttl_sec());
  settle(life, ttl, cap, settings);
  life.ttl_cap_sec = life.ttl_sec;
  life.ttl_floor_sec = std::min(seconds(settings.min_ttl), life.ttl_cap_sec);
  return life;
}

/// RFC 9520: a failure is cached briefly, never served stale, and min_ttl does not extend it.
Lifetime of_failure(const Settings& settings) noexcept {
  Lifetime life;
  life.ttl_sec = std::min(seconds(settings.servfail_ttl), kMaxFailureSec);
  life.storable = life.ttl_sec == 0 ? Storable::kFailureOff : Storable::kYes;
  life.ttl_cap_sec = life.ttl_sec;
  return life;
}

}  // namespace

Lifetime lifetime_of(const dns::ResponseView& response, const Settings& settings) noexcept {
  switch (response.kind()) {
    case dns::AnswerKind::kPositive:
      return of_positive(response, settings);
    case dns::AnswerKind::kNoData:
    case dns::AnswerKind::kNxDomain:
      return of_negative(response, settings);
    case dns::AnswerKind::kFailure:
      return of_failure(settings);
    case dns::AnswerKind::kTruncated:
      break;
  }
  Lifetime life;
  life.storable = Storable::kTruncated;
  life.ttl_cap_sec = seconds(settings.max_ttl);
  return life;
}

}  // namespace cache
