// SPDX-License-Identifier: Apache-2.0
#include "reply_matcher.hpp"

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

base::Outcome<SlotId, EngineCounter> ReplyMatcher::match(const net::FrameView& frame, base::Bytes payload,
                                                         base::Instant now) noexcept {
  const net::Flow& flow = frame.flow;
  const SlotId index = tables_->transactions.ports().transaction_at(flow.destination_port);
  if (index == kNoSlot) return stray(flow.destination_port, payload, now);
  const Transaction& transaction = tables_->transactions[index];
  const Servers& servers = tables_->uplinks[transaction.uplink]->servers;
  if (flow.destination != transaction.local) return EngineCounter::kReplyWrongTarget;
  if (flow.source != servers.address(transaction.server) || flow.source_port.value() != net::kDnsPort) {
    return EngineCounter::kReplyWrongSource;
  }
  base::ByteReader in(payload);
  const dns::Header header = dns::Header::read(in);
  if (!in.ok()) return EngineCounter::kReplyShort;
  if (!header.has(dns::kFlagQr)) return EngineCounter::kReplyIsQuery;
  if (header.id != transaction.id) {
    note_near_miss(transaction.fetch);
    return EngineCounter::kReplyWrongId;
  }
  if (header.opcode() != dns::Opcode::kQuery) return EngineCounter::kReplyWrongOpcode;
  const Fetch& fetch = tables_->fetches[transaction.fetch];
  // RFC 8945 §5.3: an error may come without the question. A signed message was sent once, from a port of its own.
  if (fetch.opaque != nullptr && header.qdcount == 0) return index;
  const dns::KeyView key = fetch.key.view();
  dns::NameView qname;
  if (header.qdcount != 1 || !repeats_question(in, key, qname)) return EngineCounter::kReplyWrongQuestion;
  if (transaction.checks_case && dns::case_of(qname.wire()) != transaction.letter_case)
    return EngineCounter::kReplyWrongCase;
  return index;
}

EngineCounter ReplyMatcher::stray(base::UdpPort port, base::Bytes payload, base::Instant now) const noexcept {
  base::ByteReader in(payload);
  const base::TxId id(in.u16());
  const bool late = in.ok() && tables_->transactions.ports().was_late(port, id, now);
  return late ? EngineCounter::kReplyLate : EngineCounter::kReplyUnknownPort;
}

void ReplyMatcher::note_near_miss(SlotId index) noexcept {
  Fetch& fetch = tables_->fetches[index];
  if (fetch.near_miss) return;
  fetch.near_miss = true;
  tables_->count(EngineCounter::kNearMiss);
}

}  // namespace egress
