// SPDX-License-Identifier: Apache-2.0
// A query that is not in the cache: limits, the waiter, the record for the egress core.
#include "answer/query_path.hpp"

namespace answer {
namespace {

Counter outcome_of(coalesce::Join join) noexcept {
  switch (join) {
    case coalesce::Join::kOpened:
      return Counter::kAsked;
    case coalesce::Join::kJoined:
      return Counter::kJoined;
    case coalesce::Join::kDuplicate:
      return Counter::kDuplicate;
    case coalesce::Join::kTableFull:
      return Counter::kOverQuestions;
    case coalesce::Join::kWaitersFull:
      return Counter::kOverWaiters;
    case coalesce::Join::kQueryFull:
      return Counter::kOverPerQuestion;
    case coalesce::Join::kSpilled:
      return Counter::kSpilled;
    case coalesce::Join::kClientFull:
      break;
  }
  return Counter::kOverPerClient;
}

}  // namespace

// The record for the egress core, for a query that no client waits for; ask() adds what a waiter needs.
inline void QueryPath::describe(const Query& query, egress::MissKind kind, base::Instant now,
                                egress::Miss& miss) const noexcept {
  miss.key.assign(query.key.view());
  miss.hash = query.hash;
  miss.nxdomain_hash = query.nxdomain_hash;
  miss.asked_at = now;
  miss.handle = {};
  miss.interest = nullptr;
  miss.client = query.flow->source;
  miss.worker = context_.on.id;
  miss.kind = kind;
  miss.opaque = nullptr;
}

void QueryPath::ask(Query& query, base::Instant now) noexcept {
  if ((query.client.query_flags & dns::kFlagRd) == 0) {
    return context_.reply_error(query, Counter::kRefusedRd, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  context_.records.miss(query);
  if (query.is_cache_only) return hold(query, Counter::kBlockedMiss, now);
  if (context_.on.allowance != nullptr && !context_.on.allowance->take(query.flow->source, now)) {
    return hold(query, Counter::kOverAllowance, now);
  }
  // The ring record is reserved before the join: a pending query is never opened that could not be asked.
  egress::Miss* miss = context_.on.misses->reserve();
  if (miss == nullptr) return turn_away(query, Counter::kOverEgress, now);
  OpaquePool::Slot* const slot =
      query.is_signed ? context_.signed_messages.take(query.room.first(query.bytes)) : nullptr;
  if (query.is_signed && slot == nullptr) return turn_away(query, Counter::kOverEgress, now);
  coalesce::Waiter& waiter = context_.on.inflight->newcomer();
  dns::set_case(waiter.letter_case, query.qname.wire());
  waiter.arrived = now;
  waiter.reply_flow.set_reversed(*query.flow);
  waiter.client = query.client;
  waiter.stream = query.stream;
  const coalesce::Joined joined = context_.on.inflight->join(query.hash, query.key.view(), now);
  const Counter outcome = outcome_of(joined.verdict);
  switch (joined.verdict) {
    case coalesce::Join::kOpened:
      describe(query, egress::MissKind::kAsk, now, *miss);
      miss->handle = joined.handle;
      miss->interest = joined.interest;
      if (slot != nullptr) {
        miss->opaque = &slot->message;
        slot->handle = joined.handle;
      }
      context_.on.misses->publish();
      context_.on.misses->prefetch_next();
      [[fallthrough]];
    case coalesce::Join::kJoined:
      context_.counters.add(outcome);
      query.state = QueryState::kWaiting;
      break;
    case coalesce::Join::kDuplicate:
      context_.counters.add(outcome);
      query.state = QueryState::kRepeated;
      break;
    case coalesce::Join::kTableFull:
    case coalesce::Join::kWaitersFull:
    case coalesce::Join::kQueryFull:
    case coalesce::Join::kSpilled:
    case coalesce::Join::kClientFull:
      if (slot != nullptr) context_.signed_messages.give_back(slot);
      turn_away(query, outcome, now);
      break;
  }
}

// RFC 8767 §5: expired data is better than SERVFAIL, also if the limit is our own.
void QueryPath::turn_away(Query& query, Counter outcome, base::Instant now) noexcept {
  if (answer_if_stale(query, now)) return;
  context_.reply_overload(query, outcome, policy::OverloadAction::kServFail);
}

void QueryPath::hold(Query& query, Counter outcome, base::Instant now) noexcept {
  context_.records.held(query);
  if (answer_if_stale(query, now)) return context_.counters.add(Counter::kHeldStale);
  context_.reply_overload(query, outcome, context_.generation->allowance.action);
}

bool QueryPath::passes_blocks(Query& query) noexcept {
  const auto action = context_.blocks->find(query.flow->source);
  if (!action) return true;
  switch (*action) {
    case policy::BlockAction::kCacheOnly:
      query.is_cache_only = true;
      return true;
    case policy::BlockAction::kRefuse:
      context_.reply_error(query, Counter::kBlockedRefused, dns::Rcode::kRefused, dns::Ede::kProhibited);
      return false;
    case policy::BlockAction::kDrop:
      break;
  }
  context_.drop(query, Counter::kBlockedDropped);
  return false;
}

// The egress core made this name up and sent it to one upstream. A query for it means that the upstream forwards to us.
void QueryPath::report_loop(const Query& query) noexcept {
  egress::Miss* miss = context_.on.misses->reserve();
  if (miss == nullptr) return;  // the next probe may find room
  describe(query, egress::MissKind::kLoop, {}, *miss);
  context_.on.misses->publish();
}

void QueryPath::ask_refresh(Query& query, base::Instant now) noexcept {
  egress::Miss* miss = context_.on.misses->reserve();
  if (miss == nullptr) return;  // ring full: no refresh this time
  query.nxdomain_hash = nxdomain_hash_of(query);
  query.has_nxdomain_hash = true;
  describe(query, egress::MissKind::kRefresh, now, *miss);
  context_.on.misses->publish();
  context_.counters.add(Counter::kRefreshAsked);
}

}  // namespace answer
