// SPDX-License-Identifier: Apache-2.0
// The answerer's waiting clients: completions from egress, and patience that is over.
#include <cstring>

#include "worker/answerer.hpp"

namespace worker {
namespace {

constexpr std::size_t kWaitersPerPoll = 64;     // a question with thousands of waiters is answered over many polls
constexpr std::size_t kQuestionsPerScan = 256;  // places of the in-flight table that one housekeeping looks at

dns::Ede ede_of(egress::Failure failure) noexcept {
  switch (failure) {
    case egress::Failure::kTimeout:
      return dns::Ede::kNoReachableAuthority;
    case egress::Failure::kUnreachable:
      return dns::Ede::kNetworkError;
    case egress::Failure::kOverload:
    case egress::Failure::kAbandoned:
      return dns::Ede::kNotReady;
    case egress::Failure::kNone:
      break;
  }
  return dns::Ede::kNone;
}

}  // namespace

// The completion stays at the front of its ring until its last waiter is answered: as long as it does, this worker
// reports no quiescent state and the entry stays.
std::size_t Answerer::answer_completions(base::Instant now, ReplySink& sink) noexcept {
  std::size_t answered = 0;
  while (answered < kWaitersPerPoll) {
    const egress::Completion* completion = spec_.completions->front();
    if (completion == nullptr) break;
    ++answered;  // a completion without waiters is work too
    coalesce::Waiter waiter;
    OpaquePool::Slot* const slot = opaque_.find(completion->handle);
    if (spec_.inflight->is_open(completion->handle)) {
      const dns::KeyView key = spec_.inflight->key(completion->handle);
      const bool failed = completion->entry == nullptr;
      const dns::Ede ede = failed ? ede_of(completion->failure) : completion->ede;
      bool more = spec_.inflight->pop_waiter(completion->handle, waiter);
      while (more) {
        if (slot != nullptr && !failed) {
          pass_back(waiter, key, completion->entry->image().records, sink);
        } else {
          answer_waiter(waiter, key, completion->entry, ede, now, sink);
        }
        counters_.add(failed ? Counter::kFailedWaiters : Counter::kAnsweredWaiters);
        if (++answered >= kWaitersPerPoll) return answered;
        more = spec_.inflight->pop_waiter(completion->handle, waiter);
      }
      spec_.inflight->close(completion->handle);
    }
    if (slot != nullptr) opaque_.give_back(slot);
    spec_.completions->pop();
  }
  return answered;
}

// What does not fit is cut to nothing, with TC: half of a signed message is none.
void Answerer::pass_back(const coalesce::Waiter& waiter, dns::KeyView key, base::Bytes reply,
                         ReplySink& sink) noexcept {
  const base::MutableBytes room = sink.open(waiter);
  if (room.empty()) return;  // the sink has counted why
  if (reply.size() <= room.size()) {
    std::memcpy(room.data(), reply.data(), reply.size());
    base::store_be16(room.data(), waiter.client.id.value());
    return sink.send(waiter, reply.size());
  }
  const std::size_t question_end =
      dns::write_question(room, key.qname(), waiter.letter_case, key.qtype(), key.qclass(), waiter.client);
  const dns::AnswerImage cut{.records = {}, .ttl_offsets = {}, .flags = dns::kFlagTc};
  const std::size_t bytes = dns::write_answer(room, question_end, waiter.client, cut, {}, dns::Ede::kNone);
  if (bytes == 0) return sink.cancel();
  sink.send(waiter, bytes);
}

void Answerer::expire_waiters(base::Instant now, ReplySink& sink) noexcept {
  coalesce::Waiter waiter;
  base::Handle question;
  for (std::size_t i = 0; i < kWaitersPerPoll; ++i) {
    if (!spec_.inflight->pop_expired(now, kQuestionsPerScan, waiter, question)) break;
    answer_waiter(waiter, spec_.inflight->key(question), nullptr, dns::Ede::kNoReachableAuthority, now, sink);
    counters_.add(Counter::kExpiredWaiters);
  }
}

void Answerer::answer_waiter(const coalesce::Waiter& waiter, dns::KeyView key, const cache::Entry* entry, dns::Ede ede,
                             base::Instant now, ReplySink& sink) noexcept {
  const base::MutableBytes room = sink.open(waiter);
  if (room.empty()) return;  // the sink has counted why
  const std::size_t question_end =
      dns::write_question(room, key.qname(), waiter.letter_case, key.qtype(), key.qclass(), waiter.client);
  // Over TCP there is nothing left to try after a truncation.
  const bool is_cut_over_tcp =
      waiter.client.is_over_tcp() && entry != nullptr && (entry->image().flags & dns::kFlagTc) != 0;
  const dns::ReplyExtras extras = extras_for_cached(waiter.client, waiter.reply_flow.destination, key,
                                                    is_cut_over_tcp ? dns::Ede::kNetworkError : ede);
  std::size_t message_bytes = 0;
  if (entry == nullptr || is_cut_over_tcp) {
    message_bytes = dns::write_error(room, question_end, waiter.client, dns::Rcode::kServFail, extras);
  } else {
    dns::TtlRule ttl{.age_sec = entry->age_sec(now), .floor_sec = entry->ttl_sec() == 0 ? 0U : 1U};
    if (ede == dns::Ede::kStale || ede == dns::Ede::kStaleNxDomain) {
      ttl.all_sec = static_cast<std::uint32_t>(generation_->cache.stale_ttl.count());
    }
    message_bytes = dns::write_answer(room, question_end, waiter.client, entry->image(), ttl, extras);
  }
  if (message_bytes == 0) {
    counters_.add(Counter::kNoReplyRoom);
    sink.cancel();
    return;
  }
  sink.send(waiter, message_bytes);
}

}  // namespace worker
