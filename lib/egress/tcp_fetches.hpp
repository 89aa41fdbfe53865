// SPDX-License-Identifier: Apache-2.0
/// @file streams.hpp – questions that are asked over TCP: handed to the slow path, and found again by their ticket.
///
/// Purpose    a question that leaves UDP gives its ports back: a late datagram is no answer any more. How many are out is
///            limited, so that the rings never overflow.
/// Threads    egress only.
/// RFC        7766 §5 and §7, 5452 §9.3 (an attack is answered by another transport).
///
///   ticket:   63 ── serial:32 ── 32 ── question:32 ── 0         the serial tells a late reply from an expected one
#pragma once

#include "base/instant.hpp"
#include "dns/response.hpp"
#include "egress/tcp_fetch.hpp"
#include "tables.hpp"

namespace egress {

class TcpFetches {
 public:
  explicit TcpFetches(Tables& tables) noexcept : tables_(&tables) {}

  /// May this question leave UDP? Not when it did once already.
  [[nodiscard]] bool may_begin(const Fetch& fetch) const noexcept;
  /// False when nothing more fits into the ring; the question is as it was, and is not queued.
  [[nodiscard]] bool begin(SlotId fetch, std::uint8_t server, TcpReason reason, base::Instant now) noexcept;
  /// The question that waits for this reply; kNoSlot when none does any more.
  [[nodiscard]] SlotId take(const TcpReply& reply) noexcept;
  /// RFC 7766 §7: does the reply repeat the question? The ID is the slow path's.
  [[nodiscard]] bool is_answer(SlotId fetch, const dns::ResponseView& response) const noexcept;

 private:
  Tables* tables_;
};

}  // namespace egress
