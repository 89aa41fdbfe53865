// SPDX-License-Identifier: Apache-2.0
/// @file attempt_table.hpp – live (port, ID) pairs: who may be answered, by whom, on which port.
///
/// Purpose    draws a fresh pair for each attempt from the whole range, whichever worker asked; finds it by port.
/// Threads    egress only.
/// Ownership  fixed tables in the engine's memory.
/// RFC        5452 §9.1 and §9.2 (match, and unpredictable port and ID), 6056 §3.3.1 (random port selection).
#pragma once

#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "base/strong.hpp"
#include "dns/name.hpp"
#include "entropy.hpp"
#include "net/address.hpp"
#include "port_map.hpp"

namespace egress {

struct Transaction {
  net::IpAddress local;  // our address, to which the reply must come
  base::Instant first_sent_at;
  base::Instant last_sent_at;
  base::Instant dies_at = base::Instant::never();  // set when another server was asked after this one
  SlotId fetch = kNoSlot;                          // the next free one when free
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

  /// kNoSlot when no slot or no port is free.
  [[nodiscard]] SlotId open(SlotId fetch, EntropyBuffer& entropy) noexcept;
  void close(SlotId transaction, base::Instant now) noexcept;

  [[nodiscard]] Transaction& operator[](SlotId transaction) noexcept { return transactions_[transaction]; }
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
