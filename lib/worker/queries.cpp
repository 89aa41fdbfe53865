// SPDX-License-Identifier: Apache-2.0
// The worker's stages that deal with queries: parse, look up, answer in place, ask upstream.
#include "worker/worker.hpp"

namespace worker {
namespace {

// RFC 8914: why a client is told SERVFAIL although nothing is wrong with the name.
constexpr dns::Ede kOverloadEde = dns::Ede::kNotReady;

Counter fate_of(dns::QueryReject reject) noexcept {
  switch (reject) {
    case dns::QueryReject::kShort:
      return Counter::kDropShort;
    case dns::QueryReject::kIsResponse:
      return Counter::kDropIsResponse;
    case dns::QueryReject::kHeaderOnly:
      return Counter::kDropHeaderOnly;
    case dns::QueryReject::kOpcode:
      return Counter::kNotImp;
    case dns::QueryReject::kQuestionCount:
    case dns::QueryReject::kSectionCounts:
    case dns::QueryReject::kMalformed:
      break;
  }
  return Counter::kFormErr;
}

Counter fate_of(coalesce::Join join) noexcept {
  switch (join) {
    case coalesce::Join::kOpened:
      return Counter::kAsked;
    case coalesce::Join::kJoined:
      return Counter::kJoined;
    case coalesce::Join::kDuplicate:
      return Counter::kDuplicate;
    case coalesce::Join::kQuestionsFull:
      return Counter::kOverQuestions;
    case coalesce::Join::kWaitersFull:
      return Counter::kOverWaiters;
    case coalesce::Join::kQuestionFull:
      return Counter::kOverPerQuestion;
    case coalesce::Join::kClientFull:
      break;
  }
  return Counter::kOverPerClient;
}

std::uint8_t key_flags(const dns::QueryView& query) noexcept {
  std::uint8_t flags = 0;
  if (query.edns().dnssec_ok) flags |= dns::kKeyFlagDo;
  if (query.header().has(dns::kFlagCd)) flags |= dns::kKeyFlagCd;
  return flags;
}

bool is_transfer(dns::QType qtype) noexcept { return qtype == dns::QType::kAxfr || qtype == dns::QType::kIxfr; }

}  // namespace

void Worker::parse_messages() noexcept {
  for (Slot& slot : burst_.slots()) {
    if (slot.verdict != Verdict::kQuery) continue;
    const auto query = dns::QueryView::parse(slot.payload());
    if (query) {
      admit(slot, *query);
      continue;
    }
    const dns::Rcode owed = dns::owed_rcode(query.error());
    const Counter fate = fate_of(query.error());
    if (owed == dns::Rcode::kNoError) {
      drop(slot, fate);
    } else {
      counters_.add(fate);
      finish_reply(slot, dns::write_header_error(slot.message_room(), owed));
    }
  }
}

// What may be asked, and by whom; then the key and its hash.
void Worker::admit(Slot& slot, const dns::QueryView& query) noexcept {
  slot.client = dns::ClientState::of_udp(query);
  slot.question_end = static_cast<std::uint16_t>(query.question_end());
  slot.qname = query.qname();
  if (!generation_->acl->allows(slot.frame.flow.source)) {
    return reply_error(slot, Counter::kRefusedAcl, dns::Rcode::kRefused, dns::Ede::kProhibited);
  }
  if (query.edns().version != 0) {
    return reply_error(slot, Counter::kBadVers, dns::Rcode::kBadVers, dns::Ede::kNone);
  }
  if (query.qclass() != dns::QClass::kIn) {
    return reply_error(slot, Counter::kRefusedClass, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  if (is_transfer(query.qtype())) {
    return reply_error(slot, Counter::kRefusedTransfer, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  slot.key.assign(query.qname(), query.qtype(), query.qclass(), dns::ViewId(0), key_flags(query));
  const auto view = generation_->forward->route(slot.key.view().qname());
  if (!view) return reply_error(slot, Counter::kRefusedNoRoute, dns::Rcode::kRefused, dns::Ede::kProhibited);
  slot.key.set_view(*view);
  slot.hash = (*hash_)(slot.key.view().bytes());
}

void Worker::prefetch_buckets() noexcept {
  for (const Slot& slot : burst_.slots()) {
    if (slot.verdict == Verdict::kQuery) cache_->prefetch_bucket(slot.hash);
  }
}

void Worker::prefetch_entries() noexcept {
  for (const Slot& slot : burst_.slots()) {
    if (slot.verdict == Verdict::kQuery) cache_->prefetch_entry(slot.hash);
  }
}

void Worker::answer_hits(base::Instant now) noexcept {
  for (Slot& slot : burst_.slots()) {
    if (slot.verdict != Verdict::kQuery) continue;
    const cache::Entry* entry = cache_->find(slot.hash, slot.key.view());
    if (entry == nullptr || entry->freshness(now) != cache::Freshness::kFresh) continue;
    entry->note_use();
    answer_from(slot, *entry, now);
  }
}

void Worker::answer_from(Slot& slot, const cache::Entry& entry, base::Instant now) noexcept {
  const std::uint32_t age_sec = entry.age_sec(now);
  const bool is_failure = entry.kind() == dns::AnswerKind::kFailure;
  counters_.add(Counter::kHit);
  // A hit near expiry asks for a refresh, once; failures are asked again only when a client wants them.
  const std::uint64_t left_percent = std::uint64_t{entry.ttl_sec() - age_sec} * 100U;
  const bool near_expiry = left_percent <= std::uint64_t{entry.ttl_sec()} * generation_->cache.prefetch_percent;
  if (near_expiry && !is_failure && generation_->cache.prefetch_percent != 0 && entry.claim_refresh()) {
    ask_refresh(slot, now);
  }
  const dns::TtlRule ttl{.age_sec = age_sec};
  const dns::Ede ede = is_failure ? dns::Ede::kCachedError : dns::Ede::kNone;
  finish_reply(slot, dns::write_answer(slot.message_room(), slot.question_end, slot.client, entry.image(), ttl, ede));
}

void Worker::ask_upstream(base::Instant now) noexcept {
  for (Slot& slot : burst_.slots()) {
    if (slot.verdict == Verdict::kQuery) ask(slot, now);
  }
}

void Worker::ask(Slot& slot, base::Instant now) noexcept {
  if ((slot.client.query_flags & dns::kFlagRd) == 0) {
    return reply_error(slot, Counter::kRefusedRd, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  const coalesce::Waiter waiter{
      .letter_case = dns::case_of(slot.qname.wire()),
      .arrived = now,
      .reply_flow = slot.frame.flow.reversed(),
      .client = slot.client,
  };
  // The ring's place is reserved first: a question is never opened that could not be asked.
  egress::Miss* miss = links_.misses->reserve();
  if (miss == nullptr) return reply_error(slot, Counter::kOverEgress, dns::Rcode::kServFail, kOverloadEde);
  const coalesce::Joined joined = inflight_->join(slot.hash, slot.key.view(), waiter, now);
  const Counter fate = fate_of(joined.verdict);
  switch (joined.verdict) {
    case coalesce::Join::kOpened:
      miss->key.assign(slot.key.view());
      miss->hash = slot.hash;
      miss->asked_at = now;
      miss->handle = joined.handle;
      miss->interest = joined.interest;
      miss->asker = slot.frame.flow.source;
      miss->worker = id_;
      miss->kind = egress::MissKind::kAsk;
      links_.misses->publish();
      [[fallthrough]];
    case coalesce::Join::kJoined:
    case coalesce::Join::kDuplicate:
      counters_.add(fate);
      slot.verdict = Verdict::kDone;
      break;
    case coalesce::Join::kQuestionsFull:
    case coalesce::Join::kWaitersFull:
    case coalesce::Join::kQuestionFull:
    case coalesce::Join::kClientFull:
      reply_error(slot, fate, dns::Rcode::kServFail, kOverloadEde);
      break;
  }
}

void Worker::ask_refresh(const Slot& slot, base::Instant now) noexcept {
  egress::Miss* miss = links_.misses->reserve();
  if (miss == nullptr) return;  // a refresh that finds no room is one that is not asked
  miss->key.assign(slot.key.view());
  miss->hash = slot.hash;
  miss->asked_at = now;
  miss->handle = {};
  miss->interest = nullptr;
  miss->asker = slot.frame.flow.source;
  miss->worker = id_;
  miss->kind = egress::MissKind::kRefresh;
  links_.misses->publish();
  counters_.add(Counter::kRefreshAsked);
}

void Worker::reply_error(Slot& slot, Counter fate, dns::Rcode rcode, dns::Ede ede) noexcept {
  counters_.add(fate);
  finish_reply(slot, dns::write_error(slot.message_room(), slot.question_end, slot.client, rcode, ede));
}

void Worker::finish_reply(Slot& slot, std::size_t message_bytes) noexcept {
  if (message_bytes == 0) return drop(slot, Counter::kNoReplyRoom);
  slot.packet.tx_checksum = port_->tx_checksum();
  slot.packet.l3_offset = static_cast<std::uint8_t>(slot.frame.l3_offset);
  slot.packet.length = static_cast<std::uint16_t>(
      net::make_reply(slot.packet.writable(), slot.frame, message_bytes, slot.packet.tx_checksum));
  if (slot.packet.length == 0) return drop(slot, Counter::kNoReplyRoom);
  slot.verdict = Verdict::kReply;
}

}  // namespace worker
