// SPDX-License-Identifier: Apache-2.0
/// @file replies.hpp – what a reply means for its fetch: the answer, another server, TCP, or nothing.
///
/// Purpose    matches datagrams to transactions, samples round trips, and decides between answer and retry.
/// Threads    egress only.
/// RFC        5452 §9.1 and §9.3 (matching; TCP after a wrong ID), 6891 §7 (retry without EDNS), 9520 §3 (next server).
///
/// Invariants
///   1. A datagram that does not match changes no server's health and ends no fetch.
#pragma once

#include <span>

#include "base/arena.hpp"
#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "completer.hpp"
#include "dns/response.hpp"
#include "egress_upstream/reply_matcher.hpp"
#include "engine_state.hpp"
#include "net/frame.hpp"
#include "retries.hpp"
#include "tcp_fetches.hpp"

namespace egress {

class Replies {
 public:
  Replies(base::Arena& arena, EngineState& state, Retries& retries, TcpFetches& tcp, Completer& completer) noexcept
      : state_(&state),
        retries_(&retries),
        tcp_(&tcp),
        completer_(&completer),
        scratch_(arena.take<dns::ResponseScratch>(1)) {}

  void take_datagram(const net::FrameView& frame, base::Bytes payload, base::Instant now) noexcept;
  void take_tcp(const TcpReply& reply, base::Instant now) noexcept;

 private:
  void take_mismatch(SlotId transaction, Mismatch reason, base::Instant now) noexcept;
  void take_reply(SlotId transaction, base::Bytes payload, base::Instant now) noexcept;
  void take_answer(SlotId fetch, std::uint8_t server, const dns::ResponseView& response, base::Instant now) noexcept;
  void take_malformed(SlotId fetch, base::Instant now) noexcept;
  void sample_rtt(const Transaction& transaction, base::Instant now) noexcept;
  [[nodiscard]] bool retry_without_edns(SlotId fetch, const dns::ResponseView& response, base::Instant now) noexcept;

  EngineState* state_;
  Retries* retries_;
  TcpFetches* tcp_;
  Completer* completer_;
  std::span<dns::ResponseScratch> scratch_;
};

}  // namespace egress
