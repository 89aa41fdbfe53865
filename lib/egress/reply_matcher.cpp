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

base::Outcome<Index, EngineCounter> ReplyMatcher::match(const net::FrameView& frame, base::Bytes payload,
                                                        base::Instant now) noexcept {
  const net::Flow& flow = frame.flow;
  const Index index = tables_->attempts.ports().attempt_at(flow.destination_port);
  if (index == kNoIndex) return stray(flow.destination_port, payload, now);
  const Attempt& attempt = tables_->attempts[index];
  const Servers& servers = tables_->uplinks[attempt.uplink]->servers;
  if (flow.destination != attempt.local) return EngineCounter::kReplyWrongTarget;
  if (flow.source != servers.address(attempt.server) || flow.source_port.value() != net::kDnsPort) {
    return EngineCounter::kReplyWrongSource;
  }
  base::ByteReader in(payload);
  const dns::Header header = dns::Header::read(in);
  if (!in.ok()) return EngineCounter::kReplyShort;
  if (!header.has(dns::kFlagQr)) return EngineCounter::kReplyIsQuery;
  if (header.id != attempt.id) {
    note_near_miss(attempt.question);
    return EngineCounter::kReplyWrongId;
  }
  if (header.opcode() != dns::Opcode::kQuery) return EngineCounter::kReplyWrongOpcode;
  const Question& question = tables_->questions[attempt.question];
  // RFC 8945 §5.3: an error may come without the question. A signed message was sent once, from a port of its own.
  if (question.opaque != nullptr && header.qdcount == 0) return index;
  const dns::KeyView key = question.key.view();
  dns::NameView qname;
  if (header.qdcount != 1 || !repeats_question(in, key, qname)) return EngineCounter::kReplyWrongQuestion;
  if (attempt.checks_case && dns::case_of(qname.wire()) != attempt.letter_case) return EngineCounter::kReplyWrongCase;
  return index;
}

EngineCounter ReplyMatcher::stray(base::UdpPort port, base::Bytes payload, base::Instant now) const noexcept {
  base::ByteReader in(payload);
  const base::TxId id(in.u16());
  const bool late = in.ok() && tables_->attempts.ports().was_late(port, id, now);
  return late ? EngineCounter::kReplyLate : EngineCounter::kReplyUnknownPort;
}

void ReplyMatcher::note_near_miss(Index index) noexcept {
  Question& question = tables_->questions[index];
  if (question.near_miss) return;
  question.near_miss = true;
  tables_->count(EngineCounter::kNearMiss);
}

}  // namespace egress
