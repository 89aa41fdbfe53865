// SPDX-License-Identifier: Apache-2.0
// A query up to its answer from local data or cache: parse, admit, look up, answer in place.
#include "answer/query_path.hpp"

#include "entry_ede.hpp"
#include "own_answers.hpp"

namespace answer {
namespace {

constexpr std::size_t kMaxCutLookups = 16;  // ancestors of a name that find_cut() looks up

Counter outcome_of(dns::QueryReject reject) noexcept {
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

std::uint8_t key_flags(const dns::QueryView& query) noexcept {
  std::uint8_t flags = 0;
  if (query.edns().dnssec_ok) flags |= dns::kKeyFlagDo;
  if (query.header().has(dns::kFlagCd)) flags |= dns::kKeyFlagCd;
  return flags;
}

bool is_transfer(dns::QType qtype) noexcept { return qtype == dns::QType::kAxfr || qtype == dns::QType::kIxfr; }

}  // namespace

void QueryPath::parse(Query& query) noexcept {
  query.has_key = query.has_nxdomain_hash = query.is_nxdomain = query.is_cache_only = false;
  query.reply_bytes = 0;
  const auto view = dns::QueryView::parse(query.room.first(query.bytes));
  if (view) return admit(query, *view);
  reject(query, view.error());
}

[[gnu::always_inline]] inline void QueryPath::reject(Query& query, dns::QueryReject reason) noexcept {
  if (reason == dns::QueryReject::kCookieOnly && context_.generation->protocol.cookies) {
    return answer_cookie_only(context_, query);
  }
  const dns::Rcode owed = dns::owed_rcode(reason);
  const Counter outcome = outcome_of(reason);
  if (owed == dns::Rcode::kNoError) return context_.drop(query, outcome);
  context_.counters.add(outcome);
  const bool has_question = owed == dns::Rcode::kFormErr && reason != dns::QueryReject::kBrokenQuestion;
  const auto broken = has_question ? dns::salvage(query.room.first(query.bytes)) : std::nullopt;
  if (!broken) return context_.finish(query, dns::write_header_error(query.room, owed));
  query.client = dns::ClientState::of_broken(*broken);  // RFC 6891 §7: a query with OPT gets an OPT, also in FORMERR
  context_.finish(query, dns::write_error(query.room, broken->question_end, query.client, owed, dns::Ede::kNone));
}

// Policy and own answers, in this order: access list, blocks, signed messages, EDNS version, cookie, class CH, other
// classes, transfers, local data, route, ANY. A query that none of them ends gets the key for the cache.
void QueryPath::admit(Query& query, const dns::QueryView& view) noexcept {
  const bool is_tcp = query.transport == Transport::kTcp;
  query.client.set(view.header(), view.edns(), is_tcp ? dns::kMaxMessageBytes : view.edns().udp_limit_bytes());
  query.question_end = static_cast<std::uint16_t>(view.question_end());
  query.qname = view.qname();
  if (!context_.generation->acl->allows(query.flow->source)) {
    return context_.reply_error(query, Counter::kRefusedAcl, dns::Rcode::kRefused, dns::Ede::kProhibited);
  }
  if (context_.blocks != nullptr && !passes_blocks(query)) return;
  query.is_signed = view.is_signed() || view.qtype() == dns::QType::kTkey;
  if (query.is_signed) return forward_signed(query, view);
  if (view.edns().version != 0) {
    return context_.reply_error(query, Counter::kBadVers, dns::Rcode::kBadVers, dns::Ede::kNone);
  }
  if (!takes_cookie(context_, query, view.server_cookie())) return;
  if (view.qclass() == dns::QClass::kCh) return answer_chaos(context_, query, view);
  const bool is_other_class = view.qclass() != dns::QClass::kIn;
  if (is_other_class && context_.generation->protocol.other_classes == OtherClasses::kRefuse) {
    return context_.reply_error(query, Counter::kRefusedClass, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  if (is_transfer(view.qtype())) {
    return context_.reply_error(query, Counter::kRefusedTransfer, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  query.key.assign(view.qname(), view.qtype(), view.qclass(), dns::UplinkId(0), key_flags(view));
  query.has_key = true;
  if (context_.generation->local != nullptr && !is_other_class) {
    const dns::AnswerImage* image = context_.generation->local->find(query.key.view().qname(), view.qtype());
    if (image != nullptr) return answer_local(query, *image);
  }
  const auto uplink = context_.generation->forward->route(query.key.view().qname(), view.qtype());
  if (!uplink)
    return context_.reply_error(query, Counter::kRefusedNoRoute, dns::Rcode::kRefused, dns::Ede::kProhibited);
  if (view.qtype() == dns::QType::kAny && context_.generation->protocol.any == AnyPolicy::kHinfo)
    return answer_any(context_, query);
  query.key.set_uplink(*uplink);
}

// RFC 5625 §4.5, RFC 8945 §5.5: a message signed for the server is forwarded unchanged, and its reply is neither cached
// nor shared. A serial number in its hash keeps other queries from joining it.
void QueryPath::forward_signed(Query& query, const dns::QueryView& view) noexcept {
  if (is_transfer(view.qtype())) {
    return context_.reply_error(query, Counter::kRefusedTransfer, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  query.key.assign(view.qname(), view.qtype(), view.qclass(), dns::UplinkId(0), key_flags(view));
  query.has_key = true;
  const auto uplink = context_.generation->forward->route(query.key.view().qname(), view.qtype());
  if (!uplink)
    return context_.reply_error(query, Counter::kRefusedNoRoute, dns::Rcode::kRefused, dns::Ede::kProhibited);
  query.key.set_uplink(*uplink);
  constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15U;
  const std::uint64_t serial = ++signed_serial_ << 16U | context_.on.id.value();
  query.hash = (*context_.on.hash)(query.key.view().bytes()) ^ serial * kOdd;
}

// Local data is authoritative, and its TTLs do not count down.
void QueryPath::answer_local(Query& query, const dns::AnswerImage& image) noexcept {
  context_.counters.add(Counter::kLocal);
  if (context_.generation->local->is_loop_probe(image)) report_loop(query);
  const std::size_t reply_bytes =
      dns::write_answer(query.room, query.question_end, query.client, image, {.floor_sec = 0},
                        context_.extras_for(query.client, query.flow->source, dns::Ede::kNone));
  if (reply_bytes != 0) dns::mark_authoritative(query.room);
  context_.finish(query, reply_bytes);
}

// RFC 2308 §5: NXDOMAIN holds for every type of the name.
[[gnu::always_inline]] inline const cache::Entry* QueryPath::find_name(Query& query, base::Instant now) noexcept {
  if (!query.has_nxdomain_hash) query.nxdomain_hash = nxdomain_hash_of(query);
  query.has_nxdomain_hash = true;
  const cache::Entry* of_name = context_.on.cache->find_nxdomain(query.nxdomain_hash, query.key.view());
  const bool is_cut = of_name == nullptr && context_.generation->protocol.nxdomain_cut == NxdomainCut::kOn;
  return is_cut ? find_cut(query, now) : of_name;
}

void QueryPath::answer_hit(Query& query, base::Instant now) noexcept {
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

bool QueryPath::answer_if_stale(Query& query, base::Instant now) noexcept {
  const cache::Entry* entry = query.is_signed ? nullptr : look_up(query, now);
  if (entry == nullptr || !entry->is_usable_stale(now)) return false;
  answer_stale(query, *entry);
  return true;
}

bool QueryPath::prefetch_entry(Query& query) noexcept {
  query.trace = context_.on.cache->prefetch_entry(query.hash);
  if (query.trace == cache::Cache::Trace::kNone) prefetch_miss(query);
  return query.trace == cache::Cache::Trace::kElsewhere;
}

void QueryPath::prefetch_elsewhere(Query& query) noexcept {
  if (query.trace != cache::Cache::Trace::kElsewhere) return;
  query.trace = context_.on.cache->prefetch_elsewhere(query.hash);
  if (query.trace == cache::Cache::Trace::kNone) prefetch_miss(query);
}

// A miss looks up the NXDOMAIN key, then the in-flight table.
void QueryPath::prefetch_miss(Query& query) noexcept {
  if (query.is_signed) return;
  query.nxdomain_hash = nxdomain_hash_of(query);
  query.has_nxdomain_hash = true;
  context_.on.cache->prefetch_bucket(query.nxdomain_hash);
  context_.on.inflight->prefetch(query.hash, query.flow->source);
}

// RFC 8020 §2: below a name that does not exist there are no names.
const cache::Entry* QueryPath::find_cut(const Query& query, base::Instant now) const noexcept {
  dns::QuestionKey above = query.key.with(dns::kEveryType);
  for (std::size_t i = 0; i < kMaxCutLookups && above.drop_label(); ++i) {
    const cache::Entry* entry =
        context_.on.cache->find_nxdomain((*context_.on.hash)(above.view().bytes()), above.view());
    if (entry != nullptr && entry->freshness(now) == cache::Freshness::kFresh) return entry;
  }
  return nullptr;
}

std::uint64_t QueryPath::nxdomain_hash_of(Query& query) const noexcept {
  const dns::QType qtype = query.key.view().qtype();
  query.key.set_qtype(dns::kEveryType);
  const std::uint64_t hash = (*context_.on.hash)(query.key.view().bytes());
  query.key.set_qtype(qtype);
  return hash;
}

// The egress core has marked the entry: asking now would fail, and the egress core itself asks again.
void QueryPath::answer_stale(Query& query, const cache::Entry& entry) noexcept {
  context_.counters.add(Counter::kStale);
  entry.note_use();
  const dns::TtlRule ttl{.all_sec = static_cast<std::uint32_t>(context_.generation->cache.stale_ttl.count())};
  query.is_nxdomain = entry.kind() == dns::AnswerKind::kNxDomain;
  const dns::Ede ede = ede_of_stale(entry);
  context_.finish(
      query, dns::write_answer(query.room, query.question_end, query.client, entry.image(), ttl,
                               context_.extras_for_cached(query.client, query.flow->source, query.key.view(), ede)));
}

void QueryPath::answer_from(Query& query, const cache::Entry& entry, base::Instant now) noexcept {
  const std::uint32_t age_sec = entry.age_sec(now);
  const bool is_failure = entry.kind() == dns::AnswerKind::kFailure;
  query.is_nxdomain = entry.kind() == dns::AnswerKind::kNxDomain;
  context_.counters.add(Counter::kHit);
  // A hit near expiry requests one refresh. Failures are not refreshed: the next client's query asks again.
  const std::uint64_t left_percent = std::uint64_t{entry.ttl_sec() - age_sec} * 100U;
  const bool near_expiry = left_percent <= std::uint64_t{entry.ttl_sec()} * context_.generation->cache.prefetch_percent;
  if (near_expiry && !is_failure && context_.generation->cache.prefetch_percent != 0 && entry.claim_refresh()) {
    ask_refresh(query, now);
  }
  const dns::TtlRule ttl{.age_sec = age_sec};
  const dns::Ede ede = ede_of_fresh(entry);
  context_.finish(
      query, dns::write_answer(query.room, query.question_end, query.client, entry.image(), ttl,
                               context_.extras_for_cached(query.client, query.flow->source, query.key.view(), ede)));
}

}  // namespace answer
