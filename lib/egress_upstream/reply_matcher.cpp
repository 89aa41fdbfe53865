// SPDX-License-Identifier: Apache-2.0
// The comparisons that a reply has to pass, in the order of RFC 5452 §9.1.
#include "egress_upstream/reply_matcher.hpp"

#include "dns/header.hpp"
#include "dns/name.hpp"

namespace egress {
namespace {

bool repeats_question(base::ByteReader& in, dns::KeyView key, dns::NameView& qname) noexcept {
  qname = dns::NameView::read_plain(in);
  const auto qtype = static_cast<dns::QType>(in.u16());
  const auto qclass = static_cast<dns::QClass>(in.u16());
  return in.ok() && qtype == key.qtype() && qclass == key.qclass() && dns::equal_names(qname.wire(), key.qname());
}

}  // namespace

std::optional<Mismatch> mismatch_of(const Transaction& transaction, const Expected& expected, const net::Flow& flow,
                                    base::Bytes payload) noexcept {
  if (flow.destination != transaction.local) return Mismatch::kWrongTarget;
  if (flow.source != expected.server || flow.source_port.value() != net::kDnsPort) return Mismatch::kWrongSource;
  base::ByteReader in(payload);
  const dns::Header header = dns::Header::read(in);
  if (!in.ok()) return Mismatch::kShort;
  if (!header.has(dns::kFlagQr)) return Mismatch::kIsQuery;
  if (header.id != transaction.id) return Mismatch::kWrongId;
  if (header.opcode() != dns::Opcode::kQuery) return Mismatch::kWrongOpcode;
  if (expected.may_omit_question && header.qdcount == 0) return std::nullopt;
  dns::NameView qname;
  if (header.qdcount != 1 || !repeats_question(in, expected.key, qname)) return Mismatch::kWrongQuestion;
  if (transaction.checks_case && dns::case_of(qname.wire()) != transaction.letter_case) return Mismatch::kWrongCase;
  return std::nullopt;
}

Mismatch stray_reason(const PortMap& ports, base::UdpPort port, base::Bytes payload, base::Instant now) noexcept {
  base::ByteReader in(payload);
  const base::TxId id(in.u16());
  return in.ok() && ports.was_late(port, id, now) ? Mismatch::kLate : Mismatch::kUnknownPort;
}

}  // namespace egress
