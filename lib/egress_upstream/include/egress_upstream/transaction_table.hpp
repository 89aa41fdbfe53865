// SPDX-License-Identifier: Apache-2.0
/// @file transaction_table.hpp – outstanding transactions: one (server, port, ID) on which a reply is accepted.
///
/// Purpose    draws a random free port and a random ID for each transaction, and finds a transaction by its port.
/// Threads    egress only.
/// Ownership  fixed tables in the engine's memory.
/// RFC        5452 §9.1 and §9.2 (match, and unpredictable port and ID), 6056 §3.3.1 (random port selection).
///
/// Invariants
///   1. A port belongs to at most one open transaction.
///   2. A slot's generation grows with each open(): a ticket of an earlier transaction in the slot never matches.
#pragma once

#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "base/strong.hpp"
#include "dns/name.hpp"
#include "egress_queue/slot_id.hpp"
#include "egress_upstream/entropy.hpp"
#include "egress_upstream/port_map.hpp"
#include "net/address.hpp"

namespace egress {

/// Written by TransactionTable only; others read it.
struct Transaction {
  net::IpAddress local;  // our address, to which the reply must come
  base::Instant first_sent_at;
  base::Instant last_sent_at;
  base::Instant expires_at = base::Instant::never();  // set when the fetch has moved on to another server
  SlotId fetch = kNoSlot;                             // the next free slot when free
  std::uint16_t generation = 0;
  std::uint16_t uplink = 0;
  base::UdpPort port;
  base::TxId id;
  std::uint8_t server = 0;
  std::uint8_t sends = 0;
  bool live = false;
  bool checks_case = false;  // the reply must repeat letter_case
  dns::CaseBits letter_case;
};

class TransactionTable {
 public:
  TransactionTable(base::Arena& arena, std::uint32_t max_fetches, std::uint16_t first_port) noexcept;

  struct Target {
    std::uint16_t uplink = 0;
    std::uint8_t server = 0;
    net::IpAddress local;
  };
  /// kNoSlot when no slot or no port is free.
  [[nodiscard]] SlotId open(SlotId fetch, const Target& target, EntropyBuffer& entropy) noexcept;
  void close(SlotId transaction, base::Instant now) noexcept;

  /// The reply must repeat the name in this letter case.
  void check_case(SlotId transaction, const dns::CaseBits& letter_case) noexcept;
  void note_sent(SlotId transaction, base::Instant at) noexcept;
  /// The port took the packet later than assumed, at `at`.
  void correct_sent_at(SlotId transaction, base::Instant at) noexcept;
  /// The packet never left.
  void note_not_sent(SlotId transaction) noexcept { --transactions_[transaction].sends; }
  void expire_at(SlotId transaction, base::Instant at) noexcept { transactions_[transaction].expires_at = at; }

  [[nodiscard]] const Transaction& operator[](SlotId transaction) const noexcept { return transactions_[transaction]; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(transactions_.size()); }
  [[nodiscard]] const PortMap& ports() const noexcept { return ports_; }
  [[nodiscard]] std::uint32_t live_count() const noexcept { return live_count_; }

 private:
  std::span<Transaction> transactions_;
  PortMap ports_;
  SlotId free_ = kNoSlot;
  std::uint32_t live_count_ = 0;
  std::uint16_t first_port_;
};

}  // namespace egress
