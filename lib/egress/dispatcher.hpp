// SPDX-License-Identifier: Apache-2.0
/// @file dispatcher.hpp – spends the budgets: takes fetches from the queues and sends them.
///
/// Purpose    queued fetches in the scheduler's order, retries among them; refreshes when the budget is idle; loop probes.
/// Threads    egress only.
/// Cost       bounded per poll: sends, and fetches looked at.
#pragma once

#include "base/instant.hpp"
#include "completer.hpp"
#include "engine_state.hpp"
#include "packet_sender.hpp"
#include "server_choice.hpp"
#include "tcp_fetches.hpp"

namespace egress {

class Dispatcher {
 public:
  Dispatcher(EngineState& state, PacketSender& sender, TcpFetches& tcp, Completer& completer) noexcept
      : state_(&state), choice_(state), sender_(&sender), tcp_(&tcp), completer_(&completer) {}

  void send_waiting(base::Instant now) noexcept;
  /// Sends a probe to this server, past the queues. False when there is no token or no room on the wire.
  [[nodiscard]] bool send_probe(SlotId fetch, std::uint8_t server, base::Instant now) noexcept;
  /// When send_waiting() may next send something; never() when nothing waits.
  [[nodiscard]] base::Instant next_chance(base::Instant now) const noexcept;

 private:
  void send_queued(Uplink& uplink, base::Instant now) noexcept;
  /// Ends a fetch that may not be sent now. False: it may.
  [[nodiscard]] bool drop_unsendable(SlotId fetch, Uplink& uplink, base::Instant now) noexcept;
  [[nodiscard]] bool send_one(SlotId fetch, Budget::Ticket token, base::Instant now) noexcept;
  void send_refreshes(Uplink& uplink, base::Instant now) noexcept;
  void fail_unreachable(Uplink& uplink, base::Instant now) noexcept;

  EngineState* state_;
  ServerChoice choice_;
  PacketSender* sender_;
  TcpFetches* tcp_;
  Completer* completer_;
};

}  // namespace egress
