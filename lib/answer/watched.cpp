// SPDX-License-Identifier: Apache-2.0
// The answerer's clients as they are watched, and those who may not ask for all that they want.
#include "answer/answerer.hpp"

namespace answer {

void Answerer::record_query(const Query& query, std::uint32_t weight) noexcept {
  if (!query.has_key) return;  // refused or broken before anybody looked at its name
  spec_.recorder->query(query.asked(), query.is_nxdomain ? topk::NxDomain::kYes : topk::NxDomain::kOther, weight);
}

void Answerer::record_miss(const Query& query) noexcept {
  const std::uint32_t weight = spec_.recorder->samples_miss();
  if (weight != 0) spec_.recorder->miss(query.asked(), weight);
}

void Answerer::record_bytes(const Query& query, std::uint64_t weight) noexcept {
  if (query.has_key) spec_.recorder->bytes(query.asked(), weight);
}

void Answerer::record_waiter(const coalesce::Waiter& waiter, dns::KeyView key, const cache::Entry* entry,
                             std::size_t message_bytes) noexcept {
  if (!is_watching()) return;
  const net::IpAddress& client = waiter.reply_flow.destination;
  if (entry != nullptr && entry->kind() == dns::AnswerKind::kNxDomain) spec_.recorder->nxdomain(client);
  const std::uint64_t weight = spec_.recorder->samples_bytes(message_bytes);
  if (weight != 0) spec_.recorder->bytes({client, key.qname(), key.qtype()}, weight);
}

bool Answerer::passes_blocks(Query& query) noexcept {
  const auto action = blocks_->find(query.flow->source);
  if (!action) return true;
  switch (*action) {
    case policy::BlockAction::kCacheOnly:
      query.is_cache_only = true;
      return true;
    case policy::BlockAction::kRefuse:
      reply_error(query, Counter::kBlockedRefused, dns::Rcode::kRefused, dns::Ede::kProhibited);
      return false;
    case policy::BlockAction::kDrop:
      break;
  }
  drop(query, Counter::kBlockedDropped);
  return false;
}

void Answerer::hold(Query& query, Counter fate, base::Instant now) noexcept {
  if (is_watching()) spec_.recorder->held(query.flow->source);
  const cache::Entry* entry = query.is_signed ? nullptr : look_up(query, now);
  if (entry != nullptr && entry->is_usable_stale(now)) {
    counters_.add(Counter::kHeldStale);
    return answer_stale(query, *entry);
  }
  switch (generation_->allowance.action) {
    case policy::OverloadAction::kServFail:
      return reply_error(query, fate, dns::Rcode::kServFail, dns::Ede::kNotReady);
    case policy::OverloadAction::kRefused:
      return reply_error(query, fate, dns::Rcode::kRefused, dns::Ede::kNotReady);
    case policy::OverloadAction::kDrop:
      return drop(query, fate);
  }
}

}  // namespace answer
