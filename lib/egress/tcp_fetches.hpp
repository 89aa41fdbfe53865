// SPDX-License-Identifier: Apache-2.0
/// @file tcp_fetches.hpp – fetches over TCP: handed to the slow path, and found again by their ticket.
///
/// Purpose    a fetch that goes over TCP closes its UDP transactions: a late datagram is no answer any more.
/// Threads    egress only; published_used() by any thread.
/// RFC        7766 §5 and §7, 5452 §9.3 (an attack is answered by another transport).
///
/// Invariants
///   1. At most kMaxTcpFetches are without their TcpReply, so that the rings never overflow.
///   2. The serial of a ticket tells a late reply from an expected one.
///
///   ticket:   63 ── serial:32 ── 32 ── fetch:32 ── 0
#pragma once

#include "base/instant.hpp"
#include "costs.hpp"
#include "dns/response.hpp"
#include "egress/tcp_fetch.hpp"
#include "engine_state.hpp"
#include "open_transactions.hpp"
#include "queues.hpp"

namespace egress {

class TcpFetches {
 public:
  TcpFetches(EngineState& state, Queues& queues, OpenTransactions& transactions, Deadlines& deadlines) noexcept
      : state_(&state), queues_(&queues), transactions_(&transactions), deadlines_(&deadlines) {}

  /// Whether it may leave UDP: once per fetch, and not when TCP is off or the message is signed.
  [[nodiscard]] bool may_begin(const Fetch& fetch) const noexcept;
  /// False when the ring is full; the fetch is unchanged, and is not queued.
  [[nodiscard]] bool begin(SlotId fetch, std::uint8_t server, TcpReason reason, base::Instant now) noexcept;
  /// The fetch that waits for this reply; kNoSlot when it has ended meanwhile.
  [[nodiscard]] SlotId take(const TcpReply& reply) noexcept;
  /// RFC 7766 §7: whether the reply repeats the question. The slow path checks the ID.
  [[nodiscard]] bool is_answer(SlotId fetch, const dns::ResponseView& response) const noexcept;

  void publish() noexcept { published_used_.set(unanswered_); }
  [[nodiscard]] std::uint32_t published_used() const noexcept {
    return static_cast<std::uint32_t>(published_used_.read());
  }

 private:
  void write(TcpFetch& request, SlotId fetch, std::uint8_t server) noexcept;

  EngineState* state_;
  Queues* queues_;
  OpenTransactions* transactions_;
  Deadlines* deadlines_;
  std::uint32_t serial_ = 0;      // of the last TcpFetch
  std::uint32_t unanswered_ = 0;  // TcpFetches without their TcpReply
  stats::Gauge published_used_;
};

}  // namespace egress
