// SPDX-License-Identifier: Apache-2.0
// Transactions: drawing port and ID, sends, closing.
#include "egress_upstream/transaction_table.hpp"

#include <algorithm>

namespace egress {
namespace {

constexpr std::size_t kMaxTransactions = PortMap::kPorts;
constexpr std::size_t kTransactionsPerFetch = 2;
// With nine tenths of all ports in use, 128 draws in a row fail once in a million times; the fetch then waits for the
// next poll.
constexpr int kMaxDraws = 128;

}  // namespace

TransactionTable::TransactionTable(base::Arena& arena, std::uint32_t max_fetches, std::uint16_t first_port) noexcept
    : transactions_(arena.take<Transaction>(std::min(kMaxTransactions, max_fetches * kTransactionsPerFetch))),
      ports_(arena),
      first_port_(first_port) {
  for (std::size_t i = transactions_.size(); i-- > 0;) {
    transactions_[i].fetch = free_;
    free_ = static_cast<SlotId>(i);
  }
}

SlotId TransactionTable::open(SlotId fetch, const Target& target, EntropyBuffer& entropy) noexcept {
  const SlotId index = free_;
  if (index == kNoSlot) return kNoSlot;
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    const base::UdpPort port(entropy.u16());
    if (port.value() < first_port_ || !ports_.is_free(port)) continue;  // rejection keeps the others equally likely
    Transaction& transaction = transactions_[index];
    free_ = transaction.fetch;
    const auto generation = static_cast<std::uint16_t>(transaction.generation + 1);
    transaction = Transaction{};
    transaction.generation = generation;
    transaction.fetch = fetch;
    transaction.uplink = target.uplink;
    transaction.server = target.server;
    transaction.local = target.local;
    transaction.port = port;
    transaction.id = base::TxId(entropy.u16());
    transaction.live = true;
    ports_.bind(port, index);
    ++live_count_;
    return index;
  }
  return kNoSlot;
}

void TransactionTable::close(SlotId index, base::Instant now) noexcept {
  Transaction& transaction = transactions_[index];
  SLUICE_REQUIRE(transaction.live);
  ports_.unbind(transaction.port, transaction.id, now);
  transaction.live = false;
  transaction.fetch = free_;
  free_ = index;
  --live_count_;
}

void TransactionTable::check_case(SlotId index, const dns::CaseBits& letter_case) noexcept {
  transactions_[index].checks_case = true;
  transactions_[index].letter_case = letter_case;
}

void TransactionTable::note_sent(SlotId index, base::Instant at) noexcept {
  Transaction& transaction = transactions_[index];
  if (transaction.sends == 0) transaction.first_sent_at = at;
  transaction.last_sent_at = at;
  ++transaction.sends;
}

void TransactionTable::correct_sent_at(SlotId index, base::Instant at) noexcept {
  Transaction& transaction = transactions_[index];
  if (transaction.sends == 1) transaction.first_sent_at = at;
  transaction.last_sent_at = at;
}

}  // namespace egress
