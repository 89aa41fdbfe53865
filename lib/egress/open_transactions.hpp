// SPDX-License-Identifier: Apache-2.0
/// @file open_transactions.hpp – transactions that a fetch has open, at most two.
///
/// Purpose    a retransmission to the same server repeats port and ID; another server gets a new transaction, and the
///            older one stays open for one more timeout.
/// Threads    egress only.
/// RFC        5452 §9.2.
///
/// Invariants
///   1. A fetch has at most two open transactions, with different servers.
///   2. A server's number of outstanding transactions is the number of open ones with it.
#pragma once

#include "base/instant.hpp"
#include "engine_state.hpp"

namespace egress {

class OpenTransactions {
 public:
  explicit OpenTransactions(EngineState& state) noexcept : state_(&state) {}

  /// The transaction for the next send to this server: the open one, or a new one. kNoSlot when no port or slot is free.
  [[nodiscard]] SlotId towards(SlotId fetch, std::uint8_t server, base::Instant now) noexcept;
  /// A reply to this transaction is late from here on.
  void close(SlotId fetch, SlotId transaction, base::Instant now) noexcept;
  void close_all(SlotId fetch, base::Instant now) noexcept;
  void close_with_server(SlotId fetch, std::uint8_t server, base::Instant now) noexcept;
  void close_expired(SlotId fetch, base::Instant now) noexcept;

 private:
  [[nodiscard]] SlotId open(SlotId fetch, std::uint8_t server) noexcept;
  void release(SlotId transaction, base::Instant now) noexcept;

  EngineState* state_;
};

}  // namespace egress
