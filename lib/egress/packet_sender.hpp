// SPDX-License-Identifier: Apache-2.0
/// @file packet_sender.hpp – one packet of a fetch on the wire: framing, transmission, confirmation of its token.
///
/// Purpose    writes the query into a frame, hands it to the Wire, and accounts for it when the port has taken it.
/// Threads    egress only.
///
/// Invariants
///   1. A token is confirmed when the port took the packet, and given back when it did not: never both, never neither.
///   2. A packet counts as sent only after the port took it.
#pragma once

#include <cstdint>

#include "base/instant.hpp"
#include "costs.hpp"
#include "deadlines.hpp"
#include "egress_upstream/ticket.hpp"
#include "engine_state.hpp"
#include "open_transactions.hpp"
#include "queues.hpp"

namespace egress {

class PacketSender {
 public:
  PacketSender(EngineState& state, Queues& queues, OpenTransactions& transactions, Deadlines& deadlines,
               Costs& costs) noexcept
      : state_(&state), queues_(&queues), transactions_(&transactions), deadlines_(&deadlines), costs_(&costs) {}

  /// Spends `token`. False when the wire or the transaction table has no room: the token went back, and the fetch stays
  /// where it was.
  [[nodiscard]] bool send(SlotId fetch, std::uint8_t server, Budget::Ticket token, base::Instant now) noexcept;
  /// The result of a packet that another core transmitted.
  void on_transmitted(std::uint64_t ticket, SendResult result) noexcept;

 private:
  [[nodiscard]] std::size_t write_frame(const Fetch& fetch, const Transaction& transaction,
                                        base::MutableBytes room) const noexcept;
  void count_accepted(const WireTicket& ticket, base::Instant at) noexcept;
  /// The packet of this ticket never left: its fetch is queued again.
  void take_back(const WireTicket& ticket) noexcept;

  EngineState* state_;
  Queues* queues_;
  OpenTransactions* transactions_;
  Deadlines* deadlines_;
  Costs* costs_;
};

}  // namespace egress
