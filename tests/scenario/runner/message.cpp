// SPDX-License-Identifier: Apache-2.0
#include "message.hpp"

#include <array>
#include <map>
#include <memory>

#include <ldns/ldns.h>

namespace scenario {
namespace {

constexpr unsigned kNsidOption = 3;
constexpr unsigned kCookieOption = 10;
constexpr unsigned kEdeOption = 15;

const std::map<std::string, unsigned>& rcodes() {
  static const std::map<std::string, unsigned> kNames{{"NOERROR", 0},  {"FORMERR", 1},   {"SERVFAIL", 2},
                                                      {"NXDOMAIN", 3}, {"NOTIMP", 4},    {"REFUSED", 5},
                                                      {"BADVERS", 16}, {"BADCOOKIE", 23}};
  return kNames;
}

std::string owned(char* text) {
  const std::unique_ptr<char, decltype(&std::free)> holder(text, &std::free);
  return text == nullptr ? std::string() : std::string(text);
}

base::Bytes bytes_of(const std::uint8_t* data, std::size_t size) { return std::as_bytes(std::span(data, size)); }

std::string hex_of(base::Bytes bytes) {
  std::string text;
  for (const std::byte b : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[std::to_integer<std::size_t>(b >> 4U)];
    text += kDigits[std::to_integer<std::size_t>(b & std::byte{0xf})];
  }
  return text;
}

void read_options(const ldns_rdf* options, Message& message) {
  if (options == nullptr) return;
  base::ByteReader in(bytes_of(ldns_rdf_data(options), ldns_rdf_size(options)));
  while (in.left() >= 4) {
    const unsigned code = in.u16();
    const base::Bytes value = in.bytes(in.u16());
    if (!in.ok()) return;
    if (code == kEdeOption) message.ede = base::ByteReader(value).u16();
    if (code == kNsidOption) message.nsid = test::text(value);
    if (code == kCookieOption) message.cookie = hex_of(value);
  }
}

std::string rcode_name(unsigned number) {
  for (const auto& [name, known] : rcodes()) {
    if (known == number) return name;
  }
  return std::to_string(number);
}

void read_answers(const ldns_pkt* packet, Message& message) {
  const ldns_rr_list* answers = ldns_pkt_answer(packet);
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(answers); ++i) {
    const ldns_rr* record = ldns_rr_list_rr(answers, i);
    message.ttls.push_back(ldns_rr_ttl(record));
    std::string data;
    for (std::size_t field = 0; field < ldns_rr_rd_count(record); ++field) {
      if (!data.empty()) data += ' ';
      data += owned(ldns_rdf2str(ldns_rr_rdf(record, field)));
    }
    message.data.push_back(data);
  }
}

}  // namespace

std::optional<Message> read_message(base::Bytes bytes) {
  std::vector<std::uint8_t> copy;
  for (const std::byte b : bytes) copy.push_back(std::to_integer<std::uint8_t>(b));
  ldns_pkt* raw = nullptr;
  if (ldns_wire2pkt(&raw, copy.data(), copy.size()) != LDNS_STATUS_OK) return std::nullopt;
  const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(raw, &ldns_pkt_free);
  Message message;
  message.id = ldns_pkt_id(raw);
  message.flags = base::load_be16(bytes.data() + 2);
  message.size = bytes.size();
  unsigned rcode = ldns_pkt_get_rcode(raw);
  if (ldns_pkt_edns(raw)) {
    message.edns_bytes = ldns_pkt_edns_udp_size(raw);
    message.dnssec_ok = ldns_pkt_edns_do(raw);
    read_options(ldns_pkt_edns_data(raw), message);
    rcode |= unsigned{ldns_pkt_edns_extended_rcode(raw)} << 4U;
  }
  message.rcode = rcode_name(rcode);
  if (const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(raw), 0)) {
    message.qname = owned(ldns_rdf2str(ldns_rr_owner(question)));
    message.qclass = ldns_rr_get_class(question);
    message.qtype = owned(ldns_rr_type2str(ldns_rr_get_type(question)));
  }
  read_answers(raw, message);
  message.authority_count = ldns_pkt_nscount(raw);
  return message;
}

std::optional<test::Wire> write_record(const std::string& line) {
  ldns_rr* raw = nullptr;
  if (ldns_rr_new_frm_str(&raw, line.c_str(), 3'600, nullptr, nullptr) != LDNS_STATUS_OK) return std::nullopt;
  const std::unique_ptr<ldns_rr, decltype(&ldns_rr_free)> record(raw, &ldns_rr_free);
  std::uint8_t* wire = nullptr;
  std::size_t size = 0;
  if (ldns_rr2wire(&wire, raw, LDNS_SECTION_ANSWER, &size) != LDNS_STATUS_OK) return std::nullopt;
  const std::unique_ptr<std::uint8_t, decltype(&std::free)> holder(wire, &std::free);
  return test::Wire().append(bytes_of(wire, size));
}

unsigned type_number(const std::string& name) { return ldns_get_rr_type_by_name(name.c_str()); }

std::optional<unsigned> rcode_number(const std::string& name) {
  const auto found = rcodes().find(name);
  return found == rcodes().end() ? std::nullopt : std::optional(found->second);
}

}  // namespace scenario
