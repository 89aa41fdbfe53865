// SPDX-License-Identifier: Apache-2.0
// The answerer's waiting clients: completions from egress, and patience that is over.
#include <cstring>

#include "answer/answerer.hpp"
#include "dns/private_address.hpp"

namespace answer {
namespace {

constexpr std::size_t kWaitersPerPoll = 64;     // a question with thousands of waiters is answered over many polls
constexpr std::size_t kPutOffPerPoll = 4;       // questions with clients that were held back
constexpr std::size_t kQuestionsPerScan = 256;  // places of the in-flight table that one housekeeping looks at

Counter counter_of(coalesce::Drop by) noexcept {
  switch (by) {
    case coalesce::Drop::kNewest:
      return Counter::kDroppedNewest;
    case coalesce::Drop::kRandom:
      return Counter::kDroppedRandom;
    case coalesce::Drop::kOldest:
      break;
  }
  return Counter::kDroppedOldest;
}

dns::Ede ede_of_new(const cache::Entry& entry) noexcept {
  return (entry.image().flags & dns::kFlagBlocked) != 0 ? dns::Ede::kBlocked : dns::Ede::kNone;
}

// As a hit would be told.
dns::Ede ede_of(const cache::Entry& entry, base::Instant now) noexcept {
  if (entry.freshness(now) == cache::Freshness::kStale) {
    return entry.kind() == dns::AnswerKind::kNxDomain ? dns::Ede::kStaleNxDomain : dns::Ede::kStale;
  }
  if (entry.kind() == dns::AnswerKind::kFailure) return dns::Ede::kCachedError;
  return ede_of_new(entry);
}

}  // namespace

// The completion stays at the front of its ring until its last waiter is answered: as long as it does, this worker
// reports no quiescent state and the entry stays.
std::size_t Answerer::answer_completions(base::Instant now, ReplySink& sink) noexcept {
  const std::size_t others = answer_dropped(now, sink) + answer_put_off(now, sink);
  std::size_t looks = 0;
  while (looks < kWaitersPerPoll) {
    const egress::Completion* completion = spec_.completions->front();
    if (completion == nullptr) break;
    ++looks;  // a completion without waiters is work too
    if (!answer_some(*completion, now, sink, looks)) break;
    end_answers(completion->handle, completion->entry, now);
    spec_.completions->pop();
  }
  return others + looks;
}

std::size_t Answerer::answer_dropped(base::Instant now, ReplySink& sink) noexcept {
  std::size_t count = 0;
  coalesce::Waiter waiter;
  base::Handle question;
  coalesce::Drop by{};
  for (; spec_.inflight->pop_dropped(waiter, question, by); ++count) {
    answer_waiter(waiter, spec_.inflight->key(question), {.ede = dns::Ede::kNotReady}, now, sink);
    counters_.add(counter_of(by));
  }
  return count;
}

bool Answerer::answer_some(const egress::Completion& completion, base::Instant now, ReplySink& sink,
                           std::size_t& looks) noexcept {
  OpaquePool::Slot* const slot = opaque_.find(completion.handle);
  if (!spec_.inflight->begin_answers(completion.handle)) {
    if (slot != nullptr) opaque_.give_back(slot);
    return true;
  }
  const dns::KeyView key = spec_.inflight->key(completion.handle);
  const bool failed = completion.entry == nullptr;
  const bool is_refused = completion.action == policy::OverloadAction::kRefused;
  const Told told{.entry = completion.entry,
                  .ede = completion.ede,
                  .without_entry = failed && is_refused ? dns::Rcode::kRefused : dns::Rcode::kServFail};
  coalesce::Waiter waiter;
  for (; looks < kWaitersPerPoll; ++looks) {
    // A signed message has one client, and its reply is nowhere but here.
    const coalesce::NextWaiter next = slot == nullptr ? spec_.inflight->next_waiter(completion.handle, now, waiter)
                                      : spec_.inflight->pop_waiter(completion.handle, waiter)
                                          ? coalesce::NextWaiter::kTaken
                                          : coalesce::NextWaiter::kNone;
    if (next == coalesce::NextWaiter::kNone) {
      if (slot != nullptr) opaque_.give_back(slot);
      return true;
    }
    if (next == coalesce::NextWaiter::kHeldBack) {
      counters_.add(Counter::kHeldBack);
    } else {
      if (slot != nullptr && !failed) {
        pass_back(waiter, key, completion.entry->image().records, sink);
        counters_.add(Counter::kAnsweredWaiters);
      } else if (failed && completion.action == policy::OverloadAction::kDrop && waiter.stream == base::Handle{}) {
        counters_.add(Counter::kSilentWaiters);  // over TCP it would hold the connection's place
      } else {
        answer_waiter(waiter, key, told, now, sink);
        counters_.add(failed ? Counter::kFailedWaiters : Counter::kAnsweredWaiters);
      }
    }
  }
  return false;
}

void Answerer::end_answers(base::Handle question, const cache::Entry* answer, base::Instant now) noexcept {
  coalesce::InflightTable& inflight = *spec_.inflight;
  if (!inflight.has_waiters(question)) return inflight.close(question);
  const bool is_held = answer == nullptr || held_.find(question) != nullptr ||
                       find_kept(inflight.hash(question), inflight.key(question), now) != nullptr;
  if (!is_held && !held_.keep(question, *answer, inflight)) counters_.add(Counter::kHeldFull);
  inflight.put_off(question);
}

const cache::Entry* Answerer::find_kept(std::uint64_t hash, dns::KeyView key, base::Instant now) const noexcept {
  const cache::Entry* entry = spec_.cache->find_best(hash, key, now, [&] {
    dns::QuestionKey every_type;
    every_type.assign(key);
    every_type.set_qtype(dns::kEveryType);
    return spec_.cache->find_nxdomain((*spec_.hash)(every_type.view().bytes()), every_type.view());
  });
  return entry == nullptr || entry->freshness(now) == cache::Freshness::kDead ? nullptr : entry;
}

// The completion is gone, and its entry with it unless the cache or we keep it.
std::size_t Answerer::answer_put_off(base::Instant now, ReplySink& sink) noexcept {
  std::size_t looks = 0;
  base::Handle question;
  for (std::size_t i = 0; i < kPutOffPerPoll && spec_.inflight->resume_put_off(question); ++i) {
    const dns::KeyView key = spec_.inflight->key(question);
    const cache::Entry* entry = find_kept(spec_.inflight->hash(question), key, now);
    dns::Ede ede = dns::Ede::kNotReady;
    if (entry != nullptr) {
      ede = ede_of(*entry, now);
    } else if (entry = held_.find(question); entry != nullptr) {
      ede = ede_of_new(*entry);
    }
    coalesce::Waiter waiter;
    for (; looks < kWaitersPerPoll / 4; ++looks) {  // the others' first answers go before
      const coalesce::NextWaiter next = spec_.inflight->next_waiter(question, now, waiter);
      if (next != coalesce::NextWaiter::kTaken) break;  // those behind are of the same address, nearly always
      answer_waiter(waiter, key, {.entry = entry, .ede = ede}, now, sink);
      counters_.add(entry == nullptr ? Counter::kFailedWaiters : Counter::kAnsweredWaiters);
    }
    end_answers(question, entry, now);
  }
  return looks;
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
    answer_waiter(waiter, spec_.inflight->key(question), {.ede = dns::Ede::kNoReachableAuthority}, now, sink);
    counters_.add(Counter::kExpiredWaiters);
  }
}

void Answerer::answer_waiter(const coalesce::Waiter& waiter, dns::KeyView key, const Told& told, base::Instant now,
                             ReplySink& sink) noexcept {
  const auto& [entry, ede, rcode] = told;
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
    message_bytes = dns::write_error(room, question_end, waiter.client, rcode, extras);
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
  record_waiter(waiter, key, is_cut_over_tcp ? nullptr : entry, message_bytes);
  sink.send(waiter, message_bytes);
}

}  // namespace answer
