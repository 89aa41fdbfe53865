// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <ldns/ldns.h>
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#endif
#endif

#include "support/dns_reference.hpp"

namespace test {

namespace {

std::string text_of(const ldns_rdf* rdf) {
  const std::uint8_t* bytes = ldns_rdf_data(rdf);
  return std::string(bytes, bytes + ldns_rdf_size(rdf));
}

ReferenceRecord record_of(const ldns_rr* rr, unsigned section) {
  ReferenceRecord record;
  record.section = section;
  record.owner = text_of(ldns_rr_owner(rr));
  record.type = ldns_rr_get_type(rr);
  record.klass = ldns_rr_get_class(rr);
  record.ttl = ldns_rr_ttl(rr);
  for (std::size_t i = 0; i < ldns_rr_rd_count(rr); ++i) {
    if (ldns_rr_rdf(rr, i) != nullptr) record.rdata += text_of(ldns_rr_rdf(rr, i));
  }
  return record;
}

unsigned flags_of(const ldns_pkt* p) {
  const auto bit = [](bool set, unsigned at) { return set ? 1U << at : 0U; };
  return bit(ldns_pkt_qr(p), 15) | unsigned{ldns_pkt_get_opcode(p)} << 11U | bit(ldns_pkt_aa(p), 10) |
         bit(ldns_pkt_tc(p), 9) | bit(ldns_pkt_rd(p), 8) | bit(ldns_pkt_ra(p), 7) | bit(ldns_pkt_ad(p), 5) |
         bit(ldns_pkt_cd(p), 4) | unsigned{ldns_pkt_get_rcode(p)};
}

/// ldns 1.8.3 leaks the first of two TSIG records: the leak sanitizer is off here.
class LeaksOfOthers {
 public:
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  LeaksOfOthers() { __lsan_disable(); }
  ~LeaksOfOthers() { __lsan_enable(); }
  LeaksOfOthers(const LeaksOfOthers&) = delete;
  LeaksOfOthers& operator=(const LeaksOfOthers&) = delete;
#endif
#endif
};

}  // namespace

LdnsMessage ldns_parse(std::string_view message) {
  LdnsMessage out;
  ldns_pkt* raw = nullptr;
  const std::vector<std::uint8_t> bytes(message.begin(), message.end());
  [[maybe_unused]] const LeaksOfOthers leaks;
  if (ldns_wire2pkt(&raw, bytes.data(), bytes.size()) != LDNS_STATUS_OK) return out;
  const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(raw, &ldns_pkt_free);
  out.accepted = true;
  out.id = ldns_pkt_id(raw);
  out.flags = flags_of(raw);
  const std::uint16_t counts[] = {ldns_pkt_qdcount(raw), ldns_pkt_ancount(raw), ldns_pkt_nscount(raw),
                                  ldns_pkt_arcount(raw)};
  std::copy(std::begin(counts), std::end(counts), std::begin(out.counts));
  if (const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(raw), 0)) {
    out.qname = text_of(ldns_rr_owner(question));
    out.qtype = ldns_rr_get_type(question);
    out.qclass = ldns_rr_get_class(question);
  }
  const ldns_rr_list* sections[] = {ldns_pkt_answer(raw), ldns_pkt_authority(raw), ldns_pkt_additional(raw)};
  for (unsigned section = 0; section < 3; ++section) {
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(sections[section]); ++i) {
      out.records.push_back(record_of(ldns_rr_list_rr(sections[section], i), section));
    }
  }
  out.has_opt = ldns_pkt_edns(raw);
  out.opt_payload = ldns_pkt_edns_udp_size(raw);
  out.opt_version = ldns_pkt_edns_version(raw);
  out.extended_rcode = ldns_pkt_edns_extended_rcode(raw);
  out.dnssec_ok = ldns_pkt_edns_do(raw);
  return out;
}

std::string ldns_name_from_text(const std::string& text) {
  const std::unique_ptr<ldns_rdf, decltype(&ldns_rdf_deep_free)> name(ldns_dname_new_frm_str(text.c_str()),
                                                                      &ldns_rdf_deep_free);
  return name == nullptr ? std::string() : text_of(name.get());
}

}  // namespace test
