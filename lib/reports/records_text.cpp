// SPDX-License-Identifier: Apache-2.0
// A message made of an entry's records, read and printed by ldns.
#include "records_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <ldns/ldns.h>

namespace reports {
namespace {

struct FreePacket {
  void operator()(ldns_pkt* packet) const noexcept { ldns_pkt_free(packet); }
};
struct FreeText {
  void operator()(char* text) const noexcept {
    std::free(text);
  }  // NOLINT(cppcoreguidelines-no-malloc): ldns allocates so
};

void age_ttls(StoredRecords& stored, std::uint32_t age_sec) {
  for (const std::uint16_t offset : stored.ttl_offsets) {
    if (offset + sizeof(std::uint32_t) > stored.records.size()) continue;
    std::byte* const at = stored.records.data() + offset;
    const std::uint32_t ttl = base::load_be32(at);
    base::store_be32(at, ttl - std::min(ttl, age_sec));
  }
}

std::vector<std::byte> message_of(base::Bytes qname, dns::QType qtype, dns::QClass qclass,
                                  const StoredRecords& stored) {
  constexpr std::size_t kTypeAndClassBytes = 4;
  std::vector<std::byte> message(dns::kHeaderBytes + qname.size() + kTypeAndClassBytes + stored.records.size());
  base::ByteWriter out(message);
  out.u16(0);
  out.u16(dns::kFlagQr);
  out.u16(1);
  out.u16(stored.ancount);
  out.u16(stored.nscount);
  out.u16(stored.arcount);
  out.bytes(qname);
  out.u16(static_cast<std::uint16_t>(qtype));
  out.u16(static_cast<std::uint16_t>(qclass));
  out.bytes(stored.records);
  return message;
}

std::vector<std::string> lines_of(const ldns_rr_list* list) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
    const std::unique_ptr<char, FreeText> text(
        ldns_rr2str_fmt(ldns_output_format_nocomments, ldns_rr_list_rr(list, i)));
    if (!text) continue;
    std::string& line = lines.emplace_back(text.get());
    while (!line.empty() && line.back() == '\n') line.pop_back();
    std::replace(line.begin(), line.end(), '\t', ' ');
  }
  return lines;
}

}  // namespace

RecordLines records_text(base::Bytes qname, dns::QType qtype, dns::QClass qclass, StoredRecords stored,
                         std::uint32_t age_sec) {
  age_ttls(stored, age_sec);
  const std::vector<std::byte> message = message_of(qname, qtype, qclass, stored);
  ldns_pkt* parsed = nullptr;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): ldns reads octets as uint8_t
  const auto* const octets = reinterpret_cast<const std::uint8_t*>(message.data());
  if (ldns_wire2pkt(&parsed, octets, message.size()) != LDNS_STATUS_OK) return {};
  const std::unique_ptr<ldns_pkt, FreePacket> packet(parsed);
  return {.answer = lines_of(ldns_pkt_answer(parsed)),
          .authority = lines_of(ldns_pkt_authority(parsed)),
          .additional = lines_of(ldns_pkt_additional(parsed))};
}

}  // namespace reports
