// SPDX-License-Identifier: Apache-2.0
/// @file retries.hpp – when a fetch is sent again: timeouts, clients' retransmissions, replies that are no answer.
///
/// Purpose    queues retries while the fetch may cost another packet, and ends it when it may not.
/// Threads    egress only.
/// RFC        5452 §5 (one outstanding query per question), 9520 §3.1 (bounded retries).
#pragma once

#include "base/instant.hpp"
#include "completer.hpp"
#include "deadlines.hpp"
#include "engine_state.hpp"
#include "open_transactions.hpp"
#include "queues.hpp"

namespace egress {

class Retries {
 public:
  Retries(EngineState& state, Queues& queues, OpenTransactions& transactions, Deadlines& deadlines,
          Completer& completer) noexcept
      : state_(&state),
        queues_(&queues),
        transactions_(&transactions),
        deadlines_(&deadlines),
        completer_(&completer) {}

  void run_timers(base::Instant now) noexcept;

  /// Queues it again. False when it may cost no further packet.
  [[nodiscard]] bool ask_again(SlotId fetch, base::Instant now) noexcept;
  /// `failed` answered with a failure. False when every server has, or when no send is left.
  [[nodiscard]] bool ask_next_server(SlotId fetch, std::uint8_t failed, base::Instant now) noexcept;
  /// The reply to this transaction changed the letter case: the fetch is sent in lower case on a new transaction.
  void ask_in_plain_case(SlotId transaction, base::Instant now) noexcept;
  /// TCP brought no answer.
  void end_tcp(SlotId fetch, Failure failure, base::Instant now) noexcept;
  /// A client joined a refresh: it becomes an ordinary fetch.
  void promote(SlotId fetch, base::Instant now) noexcept;

 private:
  void on_timer(SlotId fetch, base::Instant now) noexcept;
  /// The retry of a sent fetch may be due. True when the fetch has left its stage.
  [[nodiscard]] bool retry_if_due(SlotId fetch, base::Instant now) noexcept;
  void on_timeout(SlotId fetch, base::Instant now) noexcept;
  void note_timeout(SlotId fetch, base::Instant now) noexcept;
  [[nodiscard]] bool should_wait_on(SlotId fetch, base::Instant now) const noexcept;

  EngineState* state_;
  Queues* queues_;
  OpenTransactions* transactions_;
  Deadlines* deadlines_;
  Completer* completer_;
};

}  // namespace egress
