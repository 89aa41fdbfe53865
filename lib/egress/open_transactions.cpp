// SPDX-License-Identifier: Apache-2.0
// Opening and closing the transactions of a fetch.
#include "open_transactions.hpp"

namespace egress {
namespace {

/// 0x20: random case per letter.
dns::CaseBits draw_case(base::Bytes folded_qname, EntropyBuffer& entropy) noexcept {
  dns::CaseBits bits;
  std::uint16_t drawn = 0;
  for (std::size_t i = 0; i < folded_qname.size(); ++i) {
    if (i % 16 == 0) drawn = entropy.u16();
    const auto octet = std::to_integer<unsigned char>(folded_qname[i]);
    const bool is_letter = octet >= 'a' && octet <= 'z';  // a length octet is smaller
    const std::uint64_t bit = drawn >> i % 16 & 1U;
    if (is_letter) bits.words[i / 64] |= bit << i % 64;
  }
  return bits;
}

}  // namespace

SlotId OpenTransactions::open(SlotId index, std::uint8_t server) noexcept {
  const Fetch& fetch = state_->fetches[index];
  Servers& servers = state_->uplink_of(fetch).servers();
  const SlotId opened = state_->transactions.open(
      index, {.uplink = fetch.uplink, .server = server, .local = servers.path(server).source}, state_->entropy);
  if (opened == kNoSlot) return kNoSlot;
  if (servers.randomises_case(server) && !fetch.plain_case && fetch.opaque == nullptr) {
    state_->transactions.check_case(opened, draw_case(fetch.key.view().qname(), state_->entropy));
  }
  servers.transaction_opened(server);
  return opened;
}

SlotId OpenTransactions::towards(SlotId index, std::uint8_t server, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  Servers& servers = state_->uplink_of(fetch).servers();
  const TransactionTable& transactions = state_->transactions;
  const auto fits = [&](SlotId transaction) {
    return transaction != kNoSlot && transactions[transaction].server == server &&
           transactions[transaction].local == servers.path(server).source;
  };
  if (fits(fetch.transaction)) return fetch.transaction;
  SlotId current = fetch.older;
  if (!fits(current)) {
    current = open(index, server);
    if (current == kNoSlot) return kNoSlot;
    if (fetch.older != kNoSlot) release(fetch.older, now);
  }
  SlotId older = fetch.transaction;
  state_->transactions.expire_at(current, base::Instant::never());
  if (older != kNoSlot) {
    const Transaction& before = transactions[older];
    if (before.sends == 0 || before.server == server) {  // no reply can come, or our address has changed
      release(older, now);
      older = kNoSlot;
    } else {
      state_->transactions.expire_at(older, now + servers.rtt(before.server).timeout(state_->settings()));
    }
  }
  state_->fetches.set_transactions(index, current, older);
  return current;
}

void OpenTransactions::release(SlotId index, base::Instant now) noexcept {
  const Transaction& transaction = state_->transactions[index];
  state_->uplinks[transaction.uplink].servers().transaction_closed(transaction.server);
  state_->transactions.close(index, now);
}

void OpenTransactions::close(SlotId index, SlotId transaction, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  const SlotId current = fetch.transaction == transaction ? kNoSlot : fetch.transaction;
  const SlotId older = fetch.older == transaction ? kNoSlot : fetch.older;
  state_->fetches.set_transactions(index, current, older);
  release(transaction, now);
}

void OpenTransactions::close_all(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.transaction != kNoSlot) release(fetch.transaction, now);
  if (fetch.older != kNoSlot) release(fetch.older, now);
  state_->fetches.set_transactions(index, kNoSlot, kNoSlot);
}

void OpenTransactions::close_with_server(SlotId index, std::uint8_t server, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  for (const SlotId transaction : {fetch.transaction, fetch.older}) {
    if (transaction != kNoSlot && state_->transactions[transaction].server == server) close(index, transaction, now);
  }
}

void OpenTransactions::close_expired(SlotId index, base::Instant now) noexcept {
  const SlotId older = state_->fetches[index].older;
  if (older != kNoSlot && state_->transactions[older].expires_at <= now) close(index, older, now);
}

}  // namespace egress
