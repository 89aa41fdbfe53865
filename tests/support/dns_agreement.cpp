// SPDX-License-Identifier: Apache-2.0
#include "support/dns_agreement.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "dns/query.hpp"
#include "dns/question_key.hpp"
#include "support/dns_reference.hpp"

namespace test {

namespace {

std::string_view text(base::Bytes bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string differ(bool same, const char* what) { return same ? "" : what; }

/// The first non-empty complaint.
template <class... Checks>
std::string first_of(const Checks&... checks) {
  std::string found;
  static_cast<void>(((found = checks, found.empty()) && ...));
  return found;
}

/// ldns looks for the next record at the end of the rdata that it understood, not where rdlength says. After the first
/// record that it reads differently, it may see other records, so its result is ignored.
std::size_t records_to_trust(const ReferenceMessage& message) {
  const auto& records = message.records;
  return static_cast<std::size_t>(std::find_if_not(records.begin(), records.end(), ldns_agrees_on_rdata) -
                                  records.begin());
}

std::string compare_records(const ReferenceMessage& ours, const LdnsMessage& theirs) {
  const std::size_t trusted = records_to_trust(ours);
  if (theirs.records.size() < trusted) return "ldns: number of records";
  for (std::size_t i = 0; i < trusted; ++i) {
    const ReferenceRecord& a = ours.records[i];
    const ReferenceRecord& b = theirs.records[i];
    if (a.section != b.section || a.owner != b.owner || a.type != b.type || a.klass != b.klass || a.ttl != b.ttl) {
      return "ldns: record " + std::to_string(i);
    }
    if (a.rdata != b.rdata) return "ldns: rdata " + std::to_string(i);
  }
  return "";
}

std::string compare_with_ldns(const ReferenceMessage& ours, std::string_view message) {
  const LdnsMessage theirs = ldns_parse(message);
  const bool trusts_all = records_to_trust(ours) == ours.records.size();
  if (ours.flaw == Flaw::kCut || ours.flaw == Flaw::kLabelType) {
    return differ(!theirs.accepted || !trusts_all, "ldns takes it");
  }
  if (ours.flaw != Flaw::kNone) return "";
  if (!theirs.accepted) return differ(!trusts_all, "ldns refuses it");
  const unsigned without_z = ~0x0040U;
  const bool same_opt =
      ours.has_opt == theirs.has_opt &&
      (!ours.has_opt ||
       (ours.opt_payload == theirs.opt_payload && (ours.opt_ttl >> 24U) == theirs.extended_rcode &&
        (ours.opt_ttl >> 16U & 0xffU) == theirs.opt_version && ((ours.opt_ttl & 0x8000U) != 0) == theirs.dnssec_ok));
  return first_of(differ(ours.id == theirs.id, "ldns: id"),
                  differ((ours.flags & without_z) == theirs.flags, "ldns: flags"),
                  differ(std::equal(ours.counts, ours.counts + 3, theirs.counts), "ldns: counts"),
                  differ(ours.qname == theirs.qname, "ldns: qname"),
                  differ(ours.qtype == theirs.qtype && ours.qclass == theirs.qclass, "ldns: question"),
                  differ(same_opt || !trusts_all, "ldns: OPT"), compare_records(ours, theirs));
}

std::string compare_edns(const dns::Edns& edns, const ReferenceMessage& reference) {
  if (edns.present != reference.has_opt) return "OPT";
  if (!edns.present) return "";
  return differ(edns.udp_payload_bytes == reference.opt_payload && edns.version == (reference.opt_ttl >> 16U & 0xffU) &&
                    edns.dnssec_ok == ((reference.opt_ttl & 0x8000U) != 0),
                "fields of OPT");
}

/// The records as the cache must keep them: the message's bytes without OPT, with one TTL per RRset.
std::string kept_records(std::string_view message, const ReferenceMessage& reference) {
  std::string whole(message);
  const std::vector<std::uint32_t> ttls = reference_ttls(reference);
  for (std::size_t i = 0; i < ttls.size(); ++i) {
    for (unsigned b = 0; b < 4; ++b)
      whole[reference.records[i].ttl_at + b] = static_cast<char>(ttls[i] >> (24 - 8 * b));
  }
  if (reference.has_opt) whole.erase(reference.opt_at, reference.opt_end - reference.opt_at);
  return whole.substr(reference.question_end);
}

std::string compare_ttls(const dns::ResponseView& view, const ReferenceMessage& reference) {
  const dns::AnswerImage& image = view.image();
  if (image.ttl_offsets.size() != reference.records.size()) return "number of TTLs";
  std::uint32_t smallest = reference.records.empty() ? 0 : dns::kMaxTtlSec;
  for (std::size_t i = 0; i < reference.records.size(); ++i) {
    const ReferenceRecord& r = reference.records[i];
    std::size_t at = r.ttl_at - reference.question_end;
    if (reference.has_opt && r.ttl_at > reference.opt_at) at -= reference.opt_end - reference.opt_at;
    if (image.ttl_offsets[i] != at) return "place of TTL " + std::to_string(i);
    if (r.section == 0 || reference.counts[1] == 0) smallest = std::min(smallest, r.ttl);
  }
  return differ(view.min_ttl_sec() == smallest, "smallest TTL");
}

std::string compare_views(const dns::ResponseView& view, const ReferenceMessage& reference, std::string_view message) {
  const dns::AnswerImage& image = view.image();
  const unsigned opt = reference.has_opt ? 1U : 0U;
  const unsigned rcode = (reference.flags & 0xfU) | (opt != 0 ? reference.opt_ttl >> 24U << 4U : 0U);
  return first_of(
      differ(view.header().id.value() == reference.id && view.header().flags == reference.flags, "header"),
      differ(text(view.qname().wire()) == reference.qname, "qname"),
      differ(static_cast<unsigned>(view.qtype()) == reference.qtype, "qtype"),
      differ(static_cast<unsigned>(view.qclass()) == reference.qclass, "qclass"), compare_edns(view.edns(), reference),
      differ(static_cast<unsigned>(view.rcode()) == rcode, "rcode"),
      differ(image.ancount == reference.counts[1] && image.nscount == reference.counts[2] &&
                 image.arcount + opt == reference.counts[3],
             "counts"),
      differ(static_cast<unsigned>(view.kind()) == static_cast<unsigned>(reference_kind(reference)), "kind"),
      compare_ttls(view, reference), differ(text(image.records) == kept_records(message, reference), "records"));
}

}  // namespace

std::string query_disagreement(base::Bytes message) {
  const ReferenceMessage reference = reference_parse(text(message), Role::kQuery);
  const auto query = dns::QueryView::parse(message);
  if (query.has_value() != (reference.flaw == Flaw::kNone))
    return query.has_value() ? "Sluice accepts it" : "Sluice refuses it";
  const std::string ldns = compare_with_ldns(reference, text(message));
  const auto broken = dns::salvage(message);
  if (query && (!broken || broken->question_end != query->question_end() || broken->has_opt != query->edns().present)) {
    return "salvage() of an accepted query differs";
  }
  if (broken && !query && query.error() == dns::QueryReject::kBrokenQuestion)
    return "salvage() finds a question in a query without one";
  if (broken && broken->question_end > message.size()) return "the question ends behind the message";
  if (!ldns.empty() || !query) return ldns;

  dns::QuestionKey key;
  key.assign(query->qname(), query->qtype(), query->qclass(), dns::UplinkId(0), 0);
  const dns::ClientState client = dns::ClientState::of_udp(*query);
  std::vector<std::byte> room(query->question_end());
  const std::size_t written = dns::write_question(room, key.view().qname(), dns::case_of(query->qname().wire()),
                                                  query->qtype(), query->qclass(), client);
  return first_of(differ(text(query->qname().wire()) == reference.qname, "qname"),
                  differ(text(key.view().qname()) == lower(reference.qname), "folded qname"),
                  differ(static_cast<unsigned>(query->qtype()) == reference.qtype, "qtype"),
                  differ(static_cast<unsigned>(query->qclass()) == reference.qclass, "qclass"),
                  compare_edns(query->edns(), reference),
                  differ(written == room.size() && text(base::Bytes(room).subspan(12)) ==
                                                       text(message.subspan(12, query->question_end() - 12)),
                         "question written from key and letter case"));
}

std::string response_disagreement(base::Bytes message, dns::ResponseScratch& scratch) {
  const ReferenceMessage reference = reference_parse(text(message), Role::kReply);
  const auto view = dns::ResponseView::parse(message, scratch);
  if (!view && view.error() == dns::ResponseReject::kTooComplex) {
    return differ(reference.flaw == Flaw::kTooMany || reference.records.size() > 20, "too complex");
  }
  if (view.has_value() != (reference.flaw == Flaw::kNone))
    return view.has_value() ? "Sluice accepts it" : "Sluice refuses it";
  const std::string ldns = compare_with_ldns(reference, text(message));
  if (!ldns.empty() || !view) return ldns;
  return compare_views(*view, reference, text(message));
}

namespace {

std::string compare_reply_records(const AnswerCase& c, const ReferenceMessage& response,
                                  const ReferenceMessage& reply) {
  if (reply.records.size() != response.records.size()) return "number of records in the reply";
  const std::vector<std::uint32_t> stored = reference_ttls(response);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const ReferenceRecord& a = response.records[i];
    const ReferenceRecord& b = reply.records[i];
    const std::uint32_t capped = std::min({stored[i], c.ttl.cap_sec, dns::kMaxTtlSec});
    const std::uint32_t aged = std::max(capped - std::min(c.ttl.age_sec, capped), c.ttl.floor_sec);
    if (a.section != b.section || a.type != b.type || a.klass != b.klass) return "record " + std::to_string(i);
    if (lower(a.owner) != lower(b.owner) || lower(a.rdata) != lower(b.rdata)) return "data " + std::to_string(i);
    if (b.ttl != (c.ttl.all_sec != 0 ? c.ttl.all_sec : aged)) return "TTL " + std::to_string(i);
  }
  return "";
}

std::string compare_reply_opt(const dns::ClientState& client, const ReferenceMessage& reply, unsigned stored_rcode) {
  const unsigned rcode = (reply.flags & 0xfU) | (reply.has_opt ? reply.opt_ttl >> 24U << 4U : 0U);
  if (rcode != (stored_rcode > 15 && !reply.has_opt ? 2U : stored_rcode)) return "rcode of the reply";
  if (!reply.has_opt) return "";
  const unsigned dnssec_ok = client.edns.dnssec_ok ? 0x8000U : 0U;
  return differ(reply.opt_payload == 1232 && (reply.opt_ttl & 0xff'ffffU) == dnssec_ok, "fields of the reply's OPT");
}

/// Judges `written` by the rules and by the reference's view of the response.
std::string compare_reply(const AnswerCase& c, const dns::ClientState& client, const dns::AnswerImage& image,
                          std::size_t question_end, std::string_view written) {
  const ReferenceMessage reply = reference_parse(written, Role::kReply);
  if (reply.flaw != Flaw::kNone) return "the reply does not parse";
  const ReferenceMessage response = reference_parse(text(c.response), Role::kReply);
  const std::size_t limit = std::min<std::size_t>(c.room_bytes, client.limit_bytes);
  const std::size_t opt_bytes = client.edns.present ? 11 : 0;
  const bool must_cut = (response.flags & dns::kFlagTc) != 0 || question_end + image.records.size() + opt_bytes > limit;
  const bool may_ad = !must_cut && ((client.query_flags & dns::kFlagAd) != 0 || client.edns.dnssec_ok);
  const unsigned flags =
      0x8080U | (client.query_flags & 0x0110U) | (must_cut ? 0x0200U : 0U) | (may_ad ? response.flags & 0x0020U : 0U);
  const bool must_opt = client.edns.present && question_end + opt_bytes <= limit;
  const std::string_view asked = text(c.query).substr(12, question_end - 12);
  return first_of(
      differ(reply.id == client.id.value(), "id of the reply"),
      differ((reply.flags & 0xfff0U) == flags, "flags of the reply"),
      differ(written.substr(12, question_end - 12) == asked, "question"),
      differ(reply.has_opt == must_opt, "OPT of the reply"),
      compare_reply_opt(client, reply, static_cast<unsigned>(image.rcode)),
      must_cut ? differ(reply.records.empty(), "records beside TC") : compare_reply_records(c, response, reply),
      compare_with_ldns(reply, written));
}

}  // namespace

std::string answer_disagreement(const AnswerCase& c, dns::ResponseScratch& scratch) {
  const auto query = dns::QueryView::parse(c.query);
  const auto view = dns::ResponseView::parse(c.response, scratch);
  if (!query || !view || c.room_bytes < query->question_end()) return "";
  if (!dns::equal_names(query->qname().wire(), view->qname().wire()) || query->qtype() != view->qtype() ||
      query->qclass() != view->qclass()) {
    return "";
  }
  dns::ClientState client = dns::ClientState::of_udp(*query);
  if (c.limit_bytes != 0) client.limit_bytes = c.limit_bytes;
  const auto room = std::make_unique<std::byte[]>(c.room_bytes);  // exact, so that a sanitizer sees every overrun
  const std::size_t question_end = query->question_end();
  std::copy_n(c.query.begin(), question_end, room.get());
  const std::size_t size =
      dns::write_answer({room.get(), c.room_bytes}, question_end, client, view->image(), c.ttl, c.ede);
  const std::size_t limit = std::min<std::size_t>(c.room_bytes, client.limit_bytes);
  if (size > std::max(limit, question_end)) return "longer than the limit";
  return compare_reply(c, client, view->image(), question_end, text({room.get(), size}));
}

void require_agreement(const std::string& disagreement) {
  if (disagreement.empty()) return;
  std::fprintf(stderr, "disagreement: %s\n", disagreement.c_str());
  std::abort();
}

}  // namespace test
