// SPDX-License-Identifier: Apache-2.0
// The answerer's steps of a query: parse, admit, look up, answer in place, ask upstream.
#include "answer/answerer.hpp"
#include "dns/private_address.hpp"

namespace answer {
namespace {

// RFC 8914: why a client is told SERVFAIL although nothing is wrong with the name.
constexpr dns::Ede kOverloadEde = dns::Ede::kNotReady;

constexpr std::size_t kMostLabelsAbove = 16;  // of a name, that are looked up one by one

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
    case dns::QueryReject::kCookieOnly:
    case dns::QueryReject::kSectionCounts:
    case dns::QueryReject::kBrokenQuestion:
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
    case coalesce::Join::kSpilled:
      return Counter::kSpilled;
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

Answerer::Answerer(const Spec& spec, Counters& counters) noexcept : spec_(spec), counters_(counters) {}

void Answerer::parse(Query& query) noexcept {
  query.has_key = query.has_nxdomain_hash = query.is_nxdomain = query.is_cache_only = false;
  query.reply_bytes = 0;
  const auto view = dns::QueryView::parse(query.room.first(query.bytes));
  if (view) return admit(query, *view);
  const dns::Rcode owed = dns::owed_rcode(view.error());
  if (view.error() == dns::QueryReject::kCookieOnly && generation_->protocol.cookies) return answer_cookie_only(query);
  const Counter fate = fate_of(view.error());
  if (owed == dns::Rcode::kNoError) return drop(query, fate);
  counters_.add(fate);
  const bool has_question = owed == dns::Rcode::kFormErr && view.error() != dns::QueryReject::kBrokenQuestion;
  const auto broken = has_question ? dns::salvage(query.room.first(query.bytes)) : std::nullopt;
  if (!broken) return finish(query, dns::write_header_error(query.room, owed));
  query.client = dns::ClientState::of_broken(*broken);  // RFC 6891 §7: an OPT is answered with an OPT, also here
  finish(query, dns::write_error(query.room, broken->question_end, query.client, owed, dns::Ede::kNone));
}

// What may be asked, and by whom; then the key.
void Answerer::admit(Query& query, const dns::QueryView& view) noexcept {
  const bool is_tcp = query.transport == Transport::kTcp;
  query.client.set(view.header(), view.edns(), is_tcp ? dns::kMaxMessageBytes : view.edns().udp_limit_bytes());
  query.question_end = static_cast<std::uint16_t>(view.question_end());
  query.qname = view.qname();
  if (!generation_->acl->allows(query.flow->source)) {
    return reply_error(query, Counter::kRefusedAcl, dns::Rcode::kRefused, dns::Ede::kProhibited);
  }
  if (blocks_ != nullptr && !passes_blocks(query)) return;
  query.is_signed = view.is_signed() || view.qtype() == dns::QType::kTkey;
  if (query.is_signed) return pass_on(query, view);
  if (view.edns().version != 0) {
    return reply_error(query, Counter::kBadVers, dns::Rcode::kBadVers, dns::Ede::kNone);
  }
  if (!takes_cookie(query, view.server_cookie())) return;
  if (view.qclass() == dns::QClass::kCh) return answer_chaos(query, view);
  const bool is_other_class = view.qclass() != dns::QClass::kIn;
  if (is_other_class && generation_->protocol.other_classes == OtherClasses::kRefuse) {
    return reply_error(query, Counter::kRefusedClass, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  if (is_transfer(view.qtype())) {
    return reply_error(query, Counter::kRefusedTransfer, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  query.key.assign(view.qname(), view.qtype(), view.qclass(), dns::UplinkId(0), key_flags(view));
  query.has_key = true;
  if (generation_->local != nullptr && !is_other_class) {
    const dns::AnswerImage* image = generation_->local->find(query.key.view().qname(), view.qtype());
    if (image != nullptr) return answer_local(query, *image);
  }
  const auto group = generation_->forward->route(query.key.view().qname(), view.qtype());
  if (!group) return reply_error(query, Counter::kRefusedNoRoute, dns::Rcode::kRefused, dns::Ede::kProhibited);
  if (view.qtype() == dns::QType::kAny && generation_->protocol.any == AnyPolicy::kHinfo) return answer_any(query);
  query.key.set_uplink(*group);
}

// RFC 5625 §4.5, RFC 8945 §5.5: signed for somebody else, so nothing of it is ours to answer, change or share. Its hash
// is no other question's, which is why nobody joins it.
void Answerer::pass_on(Query& query, const dns::QueryView& view) noexcept {
  if (is_transfer(view.qtype())) {
    return reply_error(query, Counter::kRefusedTransfer, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  query.key.assign(view.qname(), view.qtype(), view.qclass(), dns::UplinkId(0), key_flags(view));
  query.has_key = true;
  const auto group = generation_->forward->route(query.key.view().qname(), view.qtype());
  if (!group) return reply_error(query, Counter::kRefusedNoRoute, dns::Rcode::kRefused, dns::Ede::kProhibited);
  query.key.set_uplink(*group);
  constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15U;
  const std::uint64_t serial = ++opaque_serial_ << 16U | spec_.id.value();
  query.hash = (*spec_.hash)(query.key.view().bytes()) ^ serial * kOdd;
}

// Local data has authority and does not age.
void Answerer::answer_local(Query& query, const dns::AnswerImage& image) noexcept {
  counters_.add(Counter::kLocal);
  if (generation_->local->is_loop_probe(image)) report_loop(query);
  const std::size_t reply_bytes =
      dns::write_answer(query.room, query.question_end, query.client, image, {.floor_sec = 0},
                        extras_for(query.client, query.flow->source, dns::Ede::kNone));
  if (reply_bytes != 0) dns::mark_authoritative(query.room);
  finish(query, reply_bytes);
}

void Answerer::answer_hit(Query& query, base::Instant now) noexcept {
  if (query.is_signed) return;
  const cache::Entry* entry = look_up(query, now);
  if (entry == nullptr) return;
  if (entry->freshness(now) == cache::Freshness::kFresh) {
    entry->note_use();
    answer_from(query, *entry, now);
  } else if (entry->serves_stale(now) && (query.client.query_flags & dns::kFlagRd) != 0) {  // RFC 8767 §5: RD=1 only
    answer_stale(query, *entry);
  }
}

bool Answerer::prefetch_entry(Query& query) noexcept {
  query.trace = spec_.cache->prefetch_entry(query.hash);
  if (query.trace == cache::Cache::Trace::kNone) prefetch_miss(query);
  return query.trace == cache::Cache::Trace::kElsewhere;
}

void Answerer::prefetch_elsewhere(Query& query) noexcept {
  if (query.trace != cache::Cache::Trace::kElsewhere) return;
  query.trace = spec_.cache->prefetch_elsewhere(query.hash);
  if (query.trace == cache::Cache::Trace::kNone) prefetch_miss(query);
}

// What is not there is going to be looked for under its name, then joined, then asked for.
void Answerer::prefetch_miss(Query& query) noexcept {
  if (query.is_signed) return;
  query.nxdomain_hash = nxdomain_hash_of(query);
  query.has_nxdomain_hash = true;
  spec_.cache->prefetch_bucket(query.nxdomain_hash);
  spec_.inflight->prefetch(query.hash, query.flow->source);
}

// RFC 2308 §5: a name that does not exist does so for every type.
const cache::Entry* Answerer::look_up(Query& query, base::Instant now) noexcept {
  return spec_.cache->find_best(query.hash, query.key.view(), now, [&]() -> const cache::Entry* {
    if (!query.has_nxdomain_hash) query.nxdomain_hash = nxdomain_hash_of(query);
    query.has_nxdomain_hash = true;
    const cache::Entry* of_name = spec_.cache->find_nxdomain(query.nxdomain_hash, query.key.view());
    const bool is_cut = of_name == nullptr && generation_->protocol.nxdomain_cut == NxdomainCut::kOn;
    return is_cut ? find_cut(query, now) : of_name;
  });
}

// RFC 8020 §2: what does not exist has nothing below it.
const cache::Entry* Answerer::find_cut(const Query& query, base::Instant now) const noexcept {
  dns::QuestionKey above = query.key.with(dns::kEveryType);
  for (std::size_t i = 0; i < kMostLabelsAbove && above.drop_label(); ++i) {
    const cache::Entry* entry = spec_.cache->find_nxdomain((*spec_.hash)(above.view().bytes()), above.view());
    if (entry != nullptr && entry->freshness(now) == cache::Freshness::kFresh) return entry;
  }
  return nullptr;
}

std::uint64_t Answerer::nxdomain_hash_of(Query& query) const noexcept {
  const dns::QType qtype = query.key.view().qtype();
  query.key.set_qtype(dns::kEveryType);
  const std::uint64_t hash = (*spec_.hash)(query.key.view().bytes());
  query.key.set_qtype(qtype);
  return hash;
}

// The egress core has said that asking is of no use for the moment; it asks on its own.
void Answerer::answer_stale(Query& query, const cache::Entry& entry) noexcept {
  counters_.add(Counter::kStale);
  entry.note_use();
  const dns::TtlRule ttl{.all_sec = static_cast<std::uint32_t>(generation_->cache.stale_ttl.count())};
  const bool is_negative = entry.kind() == dns::AnswerKind::kNxDomain;
  query.is_nxdomain = is_negative;
  const dns::Ede ede = is_negative ? dns::Ede::kStaleNxDomain : dns::Ede::kStale;
  finish(query, dns::write_answer(query.room, query.question_end, query.client, entry.image(), ttl,
                                  extras_for_cached(query.client, query.flow->source, query.key.view(), ede)));
}

void Answerer::answer_from(Query& query, const cache::Entry& entry, base::Instant now) noexcept {
  const std::uint32_t age_sec = entry.age_sec(now);
  const bool is_failure = entry.kind() == dns::AnswerKind::kFailure;
  query.is_nxdomain = entry.kind() == dns::AnswerKind::kNxDomain;
  counters_.add(Counter::kHit);
  // A hit near expiry asks for a refresh, once; failures are asked again only when a client wants them.
  const std::uint64_t left_percent = std::uint64_t{entry.ttl_sec() - age_sec} * 100U;
  const bool near_expiry = left_percent <= std::uint64_t{entry.ttl_sec()} * generation_->cache.prefetch_percent;
  if (near_expiry && !is_failure && generation_->cache.prefetch_percent != 0 && entry.claim_refresh()) {
    ask_refresh(query, now);
  }
  const dns::TtlRule ttl{.age_sec = age_sec};
  const bool is_blocked = (entry.image().flags & dns::kFlagBlocked) != 0;
  const dns::Ede ede = is_failure ? dns::Ede::kCachedError : is_blocked ? dns::Ede::kBlocked : dns::Ede::kNone;
  finish(query, dns::write_answer(query.room, query.question_end, query.client, entry.image(), ttl,
                                  extras_for_cached(query.client, query.flow->source, query.key.view(), ede)));
}

void Answerer::ask(Query& query, base::Instant now) noexcept {
  if ((query.client.query_flags & dns::kFlagRd) == 0) {
    return reply_error(query, Counter::kRefusedRd, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  if (is_watching()) record_miss(query);
  if (query.is_cache_only) return hold(query, Counter::kBlockedMiss, now);
  if (spec_.allowance != nullptr && !spec_.allowance->take(query.flow->source, now)) {
    return hold(query, Counter::kOverAllowance, now);
  }
  // The ring's place is reserved first: a question is never opened that could not be asked.
  egress::Miss* miss = spec_.misses->reserve();
  if (miss == nullptr) return turn_away(query, Counter::kOverEgress, now);
  OpaquePool::Slot* const slot = query.is_signed ? opaque_.take(query.room.first(query.bytes)) : nullptr;
  if (query.is_signed && slot == nullptr) return turn_away(query, Counter::kOverEgress, now);
  coalesce::Waiter& waiter = spec_.inflight->newcomer();
  dns::set_case(waiter.letter_case, query.qname.wire());
  waiter.arrived = now;
  waiter.reply_flow.set_reversed(*query.flow);
  waiter.client = query.client;
  waiter.stream = query.stream;
  const coalesce::Joined joined = spec_.inflight->join(query.hash, query.key.view(), now);
  const Counter fate = fate_of(joined.verdict);
  switch (joined.verdict) {
    case coalesce::Join::kOpened:
      miss->key.assign(query.key.view());
      miss->hash = query.hash;
      miss->nxdomain_hash = query.nxdomain_hash;
      miss->asked_at = now;
      miss->handle = joined.handle;
      miss->interest = joined.interest;
      miss->client = query.flow->source;
      miss->worker = spec_.id;
      miss->kind = egress::MissKind::kAsk;
      miss->opaque = slot != nullptr ? &slot->message : nullptr;
      if (slot != nullptr) slot->handle = joined.handle;
      spec_.misses->publish();
      spec_.misses->prefetch_next();
      [[fallthrough]];
    case coalesce::Join::kJoined:
      counters_.add(fate);
      query.state = QueryState::kWaiting;
      break;
    case coalesce::Join::kDuplicate:
      counters_.add(fate);
      query.state = QueryState::kRepeated;
      break;
    case coalesce::Join::kQuestionsFull:
    case coalesce::Join::kWaitersFull:
    case coalesce::Join::kQuestionFull:
    case coalesce::Join::kSpilled:
    case coalesce::Join::kClientFull:
      if (slot != nullptr) opaque_.give_back(slot);
      turn_away(query, fate, now);
      break;
  }
}

// RFC 8767 §5: an expired answer is better than none, also when it is we who cannot ask.
void Answerer::turn_away(Query& query, Counter fate, base::Instant now) noexcept {
  const cache::Entry* entry = query.is_signed ? nullptr : look_up(query, now);
  if (entry != nullptr && entry->is_usable_stale(now)) return answer_stale(query, *entry);
  reply_error(query, fate, dns::Rcode::kServFail, kOverloadEde);
}

// The name was made by the egress core: who brings it back has it from one of the upstream servers.
void Answerer::report_loop(const Query& query) noexcept {
  egress::Miss* miss = spec_.misses->reserve();
  if (miss == nullptr) return;  // the next probe may find room
  miss->key.assign(query.key.view());
  miss->handle = {};
  miss->interest = nullptr;
  miss->client = query.flow->source;
  miss->worker = spec_.id;
  miss->kind = egress::MissKind::kLoop;
  spec_.misses->publish();
}

void Answerer::ask_refresh(Query& query, base::Instant now) noexcept {
  egress::Miss* miss = spec_.misses->reserve();
  if (miss == nullptr) return;  // a refresh that finds no room is one that is not asked
  miss->key.assign(query.key.view());
  miss->hash = query.hash;
  miss->nxdomain_hash = nxdomain_hash_of(query);
  miss->asked_at = now;
  miss->handle = {};
  miss->interest = nullptr;
  miss->client = query.flow->source;
  miss->worker = spec_.id;
  miss->kind = egress::MissKind::kRefresh;
  miss->opaque = nullptr;
  spec_.misses->publish();
  counters_.add(Counter::kRefreshAsked);
}

void Answerer::reply_error(Query& query, Counter fate, dns::Rcode rcode, dns::Ede ede) noexcept {
  counters_.add(fate);
  const dns::ReplyExtras extras = extras_for(query.client, query.flow->source, ede);
  finish(query, dns::write_error(query.room, query.question_end, query.client, rcode, extras));
}

}  // namespace answer
