// SPDX-License-Identifier: Apache-2.0
// From a datagram or a TCP message to the decision about its fetch.
#include "replies.hpp"

#include <algorithm>

namespace egress {
namespace {

EngineCounter counter_of(Mismatch reason) noexcept {
  switch (reason) {
    case Mismatch::kUnknownPort:
      return EngineCounter::kReplyUnknownPort;
    case Mismatch::kLate:
      return EngineCounter::kReplyLate;
    case Mismatch::kWrongTarget:
      return EngineCounter::kReplyWrongTarget;
    case Mismatch::kWrongSource:
      return EngineCounter::kReplyWrongSource;
    case Mismatch::kShort:
      return EngineCounter::kReplyShort;
    case Mismatch::kIsQuery:
      return EngineCounter::kReplyIsQuery;
    case Mismatch::kWrongId:
      return EngineCounter::kReplyWrongId;
    case Mismatch::kWrongOpcode:
      return EngineCounter::kReplyWrongOpcode;
    case Mismatch::kWrongQuestion:
      return EngineCounter::kReplyWrongQuestion;
    case Mismatch::kWrongCase:
      break;
  }
  return EngineCounter::kReplyWrongCase;
}

/// RFC 9520 §3: another server may have the answer. FORMERR is about the query and would be the same everywhere.
bool is_servers_failure(const dns::ResponseView& response) noexcept {
  return response.rcode() == dns::Rcode::kServFail || response.rcode() == dns::Rcode::kRefused ||
         response.rcode() == dns::Rcode::kNotImp;
}

}  // namespace

void Replies::take_datagram(const net::FrameView& frame, base::Bytes payload, base::Instant now) noexcept {
  const PortMap& ports = state_->transactions.ports();
  const SlotId index = ports.transaction_at(frame.flow.destination_port);
  if (index == kNoSlot) {
    return state_->count(counter_of(stray_reason(ports, frame.flow.destination_port, payload, now)));
  }
  const Transaction& transaction = state_->transactions[index];
  const Fetch& fetch = state_->fetches[transaction.fetch];
  const Expected expected{.server = state_->uplinks[transaction.uplink].servers().address(transaction.server),
                          .key = fetch.key.view(),
                          .may_omit_question = fetch.opaque != nullptr};
  if (const auto reason = mismatch_of(transaction, expected, frame.flow, payload)) {
    take_mismatch(index, *reason, now);
  } else {
    take_reply(index, payload, now);
  }
}

// RFC 5452 §9.3: a wrong ID may be an attacker's guess, and an attacker cannot guess a TCP connection.
void Replies::take_mismatch(SlotId index, Mismatch reason, base::Instant now) noexcept {
  state_->count(counter_of(reason));
  if (reason == Mismatch::kWrongCase) return retries_->ask_in_plain_case(index, now);
  if (reason != Mismatch::kWrongId) return;
  const Transaction& transaction = state_->transactions[index];
  if (state_->fetches.note_near_miss(transaction.fetch)) state_->count(EngineCounter::kNearMiss);
  if (!tcp_->may_begin(state_->fetches[transaction.fetch])) return;
  static_cast<void>(tcp_->begin(transaction.fetch, transaction.server, TcpReason::kWrongId, now));
}

void Replies::take_reply(SlotId from, base::Bytes payload, base::Instant now) noexcept {
  const Transaction& transaction = state_->transactions[from];
  const SlotId index = transaction.fetch;
  const std::uint8_t server = transaction.server;
  const Fetch& fetch = state_->fetches[index];
  if (fetch.opaque != nullptr) {
    state_->uplink_of(fetch).servers().note_answer(server, now - transaction.first_sent_at, now);
    return completer_->end_opaque(index, payload, now);
  }
  const auto response = dns::ResponseView::parse(payload, scratch_[0]);
  if (!response) {
    state_->count(EngineCounter::kReplyMalformed);
    return take_malformed(index, now);
  }
  sample_rtt(transaction, now);
  const bool is_truncated = response->kind() == dns::AnswerKind::kTruncated;
  if (is_truncated && tcp_->may_begin(fetch) && tcp_->begin(index, server, TcpReason::kTruncated, now)) {
    return state_->count(EngineCounter::kTruncated);
  }
  take_answer(index, server, *response, now);
}

// Measured from the transaction's first packet, which is the one that a recursive upstream answers. An estimate that is
// too long delays a retry after a loss; one that is too short costs packets for every slow name. The sample is bounded
// after a retransmission, because it is ambiguous then, and heavy loss would feed its own timeouts into the estimate.
void Replies::sample_rtt(const Transaction& transaction, base::Instant now) noexcept {
  Servers& servers = state_->uplinks[transaction.uplink].servers();
  base::Duration rtt = now - transaction.first_sent_at;
  if (transaction.sends > 1) rtt = std::min<base::Duration>(rtt, state_->settings().first_timeout);
  servers.note_answer(transaction.server, rtt, now);
  if (transaction.checks_case) servers.note_case_repeated(transaction.server);
}

void Replies::take_answer(SlotId index, std::uint8_t server, const dns::ResponseView& response,
                          base::Instant now) noexcept {
  if (retry_without_edns(index, response, now)) return;
  if (is_servers_failure(response) && retries_->ask_next_server(index, server, now)) {
    return state_->count(EngineCounter::kNextServer);
  }
  completer_->end_answered(index, response, now);
}

void Replies::take_tcp(const TcpReply& reply, base::Instant now) noexcept {
  const SlotId index = tcp_->take(reply);
  if (index == kNoSlot) return state_->count(EngineCounter::kTcpLate);
  if (reply.end == TcpEnd::kTimedOut) {
    state_->count(EngineCounter::kTcpTimeouts);
    return retries_->end_tcp(index, Failure::kTimeout, now);
  }
  if (reply.end == TcpEnd::kReplied) {
    const auto response = dns::ResponseView::parse(reply.message(), scratch_[0]);
    if (response && tcp_->is_answer(index, *response)) {
      state_->count(EngineCounter::kTcpReplied);
      return take_answer(index, state_->fetches[index].server, *response, now);
    }
    state_->count(response ? EngineCounter::kReplyWrongQuestion : EngineCounter::kReplyMalformed);
  }
  state_->count(EngineCounter::kTcpFailed);
  retries_->end_tcp(index, Failure::kUnreachable, now);
}

// The first malformed reply causes one retry, to another server if there is one; the server's health is unchanged.
void Replies::take_malformed(SlotId index, base::Instant now) noexcept {
  if (state_->fetches.note_malformed(index) && retries_->ask_again(index, now)) return;
  completer_->give_up(index, Failure::kUnreachable, now);
}

// RFC 6891 §7: a server without EDNS answers FORMERR or NOTIMP.
bool Replies::retry_without_edns(SlotId index, const dns::ResponseView& response, base::Instant now) noexcept {
  const bool may_be_edns = response.rcode() == dns::Rcode::kFormErr || response.rcode() == dns::Rcode::kNotImp;
  if (!may_be_edns || state_->fetches[index].without_edns || !retries_->ask_again(index, now)) return false;
  state_->count(EngineCounter::kPlainRetries);
  state_->fetches.drop_edns(index);
  return true;
}

}  // namespace egress
