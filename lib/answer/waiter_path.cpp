// SPDX-License-Identifier: Apache-2.0
// Completions from the egress core, clients that were held back or dropped, and client timeouts.
#include "answer/waiter_path.hpp"

#include <cstring>

#include "entry_ede.hpp"

namespace answer {
namespace {

constexpr std::size_t kWaitersPerPoll = 64;  // a completion with thousands of waiters is answered over many polls
constexpr std::size_t kPutOffPerPoll = 4;    // pending queries with clients that were held back
constexpr std::size_t kSlotsPerScan = 256;   // slots of the in-flight table per look of expire_waiters()

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

}  // namespace

std::size_t WaiterPath::answer_completions(base::Instant now, ReplySink& sink) noexcept {
  const std::size_t others = answer_dropped(now, sink) + answer_put_off(now, sink);
  std::size_t looks = 0;
  while (looks < kWaitersPerPoll) {
    const egress::Completion* completion = context_.on.completions->front();
    if (completion == nullptr) break;
    ++looks;  // a completion without waiters counts as work
    if (!answer_some(*completion, now, sink, looks)) break;
    end_answers(completion->handle, completion->entry, now);
    context_.on.completions->pop();
  }
  return others + looks;
}

std::size_t WaiterPath::answer_dropped(base::Instant now, ReplySink& sink) noexcept {
  std::size_t count = 0;
  coalesce::Waiter waiter;
  base::Handle pending;
  coalesce::Drop by{};
  for (; context_.on.inflight->pop_dropped(waiter, pending, by); ++count) {
    answer_waiter(waiter, context_.on.inflight->key(pending), {.ede = dns::Ede::kNotReady}, now, sink);
    context_.counters.add(counter_of(by));
  }
  return count;
}

bool WaiterPath::answer_some(const egress::Completion& completion, base::Instant now, ReplySink& sink,
                             std::size_t& looks) noexcept {
  OpaquePool::Slot* const slot = context_.signed_messages.find(completion.handle);
  if (!context_.on.inflight->begin_answers(completion.handle)) {
    if (slot != nullptr) context_.signed_messages.give_back(slot);
    return true;
  }
  const dns::KeyView key = context_.on.inflight->key(completion.handle);
  const bool failed = completion.entry == nullptr;
  const auto failure_rcode = policy::rcode_of(completion.action);  // nullopt: drop
  const ReplySpec reply{
      .entry = completion.entry,
      .ede = completion.ede,
      .without_entry = failed ? failure_rcode.value_or(dns::Rcode::kServFail) : dns::Rcode::kServFail};
  coalesce::Waiter waiter;
  for (; looks < kWaitersPerPoll; ++looks) {
    // A signed message has one client and is not kept by the cache: pop_waiter() never holds the client back.
    const coalesce::NextWaiter next =
        slot == nullptr ? context_.on.inflight->next_waiter(completion.handle, now, waiter)
        : context_.on.inflight->pop_waiter(completion.handle, waiter) ? coalesce::NextWaiter::kTaken
                                                                      : coalesce::NextWaiter::kNone;
    if (next == coalesce::NextWaiter::kNone) {
      if (slot != nullptr) context_.signed_messages.give_back(slot);
      return true;
    }
    if (next == coalesce::NextWaiter::kHeldBack) {
      context_.counters.add(Counter::kHeldBack);
    } else {
      if (slot != nullptr && !failed) {
        forward_signed(waiter, key, completion.entry->image().records, sink);
        context_.counters.add(Counter::kAnsweredWaiters);
      } else if (failed && !failure_rcode && waiter.stream == base::Handle{}) {
        context_.counters.add(
            Counter::kSilentWaiters);  // over TCP silence would keep the query's place in its connection
      } else {
        answer_waiter(waiter, key, reply, now, sink);
        context_.counters.add(failed ? Counter::kFailedWaiters : Counter::kAnsweredWaiters);
      }
    }
  }
  return false;
}

void WaiterPath::end_answers(base::Handle pending, const cache::Entry* answer, base::Instant now) noexcept {
  coalesce::InflightTable& inflight = *context_.on.inflight;
  if (!inflight.has_waiters(pending)) return inflight.close(pending);
  const bool is_held = answer == nullptr || held_.find(pending) != nullptr ||
                       find_kept(inflight.hash(pending), inflight.key(pending), now) != nullptr;
  if (!is_held && !held_.keep(pending, *answer, inflight)) context_.counters.add(Counter::kHeldFull);
  inflight.put_off(pending);
}

const cache::Entry* WaiterPath::find_kept(std::uint64_t hash, dns::KeyView key, base::Instant now) const noexcept {
  const cache::Entry* entry = context_.on.cache->find_best(hash, key, now, [&] {
    dns::QuestionKey every_type;
    every_type.assign(key);
    every_type.set_qtype(dns::kEveryType);
    return context_.on.cache->find_nxdomain((*context_.on.hash)(every_type.view().bytes()), every_type.view());
  });
  return entry == nullptr || entry->freshness(now) == cache::Freshness::kDead ? nullptr : entry;
}

// The completion is gone. Its entry is gone as well, unless the cache or held_ kept it.
std::size_t WaiterPath::answer_put_off(base::Instant now, ReplySink& sink) noexcept {
  std::size_t looks = 0;
  base::Handle pending;
  for (std::size_t i = 0; i < kPutOffPerPoll && context_.on.inflight->resume_put_off(pending); ++i) {
    const dns::KeyView key = context_.on.inflight->key(pending);
    const cache::Entry* entry = find_kept(context_.on.inflight->hash(pending), key, now);
    dns::Ede ede = dns::Ede::kNotReady;
    if (entry != nullptr) {
      ede = ede_of(*entry, now);
    } else if (entry = held_.find(pending); entry != nullptr) {
      ede = ede_of_new(*entry);
    }
    coalesce::Waiter waiter;
    for (; looks < kWaitersPerPoll / 4; ++looks) {  // other clients' first answers have priority
      const coalesce::NextWaiter next = context_.on.inflight->next_waiter(pending, now, waiter);
      if (next != coalesce::NextWaiter::kTaken) break;  // the waiters behind it mostly have the same address
      answer_waiter(waiter, key, {.entry = entry, .ede = ede}, now, sink);
      context_.counters.add(entry == nullptr ? Counter::kFailedWaiters : Counter::kAnsweredWaiters);
    }
    end_answers(pending, entry, now);
  }
  return looks;
}

// A reply that does not fit becomes an empty one with TC: a part of a signed message is useless.
void WaiterPath::forward_signed(const coalesce::Waiter& waiter, dns::KeyView key, base::Bytes reply,
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

void WaiterPath::expire_waiters(base::Instant now, ReplySink& sink) noexcept {
  coalesce::Waiter waiter;
  base::Handle pending;
  for (std::size_t i = 0; i < kWaitersPerPoll; ++i) {
    if (!context_.on.inflight->pop_expired(now, kSlotsPerScan, waiter, pending)) break;
    answer_waiter(waiter, context_.on.inflight->key(pending), {.ede = dns::Ede::kNoReachableAuthority}, now, sink);
    context_.counters.add(Counter::kExpiredWaiters);
  }
}

void WaiterPath::answer_waiter(const coalesce::Waiter& waiter, dns::KeyView key, const ReplySpec& reply,
                               base::Instant now, ReplySink& sink) noexcept {
  const auto& [entry, ede, rcode] = reply;
  const base::MutableBytes room = sink.open(waiter);
  if (room.empty()) return;  // the sink has counted why
  const std::size_t question_end =
      dns::write_question(room, key.qname(), waiter.letter_case, key.qtype(), key.qclass(), waiter.client);
  // A truncated answer over TCP cannot be retried over anything else: SERVFAIL.
  const bool is_cut_over_tcp =
      waiter.client.is_over_tcp() && entry != nullptr && (entry->image().flags & dns::kFlagTc) != 0;
  const dns::ReplyExtras extras = context_.extras_for_cached(waiter.client, waiter.reply_flow.destination, key,
                                                             is_cut_over_tcp ? dns::Ede::kNetworkError : ede);
  std::size_t message_bytes = 0;
  if (entry == nullptr || is_cut_over_tcp) {
    message_bytes = dns::write_error(room, question_end, waiter.client, rcode, extras);
  } else {
    dns::TtlRule ttl{.age_sec = entry->age_sec(now), .floor_sec = entry->ttl_sec() == 0 ? 0U : 1U};
    if (ede == dns::Ede::kStale || ede == dns::Ede::kStaleNxDomain) {
      ttl.all_sec = static_cast<std::uint32_t>(context_.generation->cache.stale_ttl.count());
    }
    message_bytes = dns::write_answer(room, question_end, waiter.client, entry->image(), ttl, extras);
  }
  if (message_bytes == 0) {
    context_.counters.add(Counter::kNoReplyRoom);
    sink.cancel();
    return;
  }
  context_.records.waiter(waiter, key, is_cut_over_tcp ? nullptr : entry, message_bytes);
  sink.send(waiter, message_bytes);
}

}  // namespace answer
