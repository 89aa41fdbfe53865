// SPDX-License-Identifier: Apache-2.0
/// @file sender.hpp – when a question is asked upstream, of whom, and again.
///
/// Purpose    spends the budget: first sends in the queue's order, retries like them, refreshes from what is left.
///            A retransmission to the same server repeats port and ID; another server gets a new pair, and the older
///            pair lives for one timeout more. At most two pairs are open for a question.
/// Threads    egress only.
/// RFC        5452 §5 (no second question in flight), 9520 §3.1 (bounded retries).
#pragma once

#include "base/instant.hpp"
#include "completer.hpp"
#include "tables.hpp"
#include "tcp_fetches.hpp"
#include "ticket.hpp"

namespace egress {

class Sender {
 public:
  Sender(Tables& tables, TcpFetches& tcp, Completer& completer) noexcept
      : tables_(&tables), tcp_(&tcp), completer_(&completer) {}

  void enqueue(SlotId fetch, base::Instant now) noexcept;
  /// Past all queues, of this server and no other. False when there is no token for it, or no room on the wire.
  [[nodiscard]] bool send_probe(SlotId fetch, std::uint8_t server, base::Instant now) noexcept;
  void enqueue_refresh(SlotId fetch, base::Instant now) noexcept;
  /// Somebody joined: what nobody waited for until now has become urgent.
  void promote(SlotId fetch, base::Instant now) noexcept;
  /// The reply was of no use: asks again, of another server if there is one. False when no send is left.
  [[nodiscard]] bool ask_again(SlotId fetch, base::Instant now) noexcept;
  /// `failed` had no answer; false when every server has said so or no send is left.
  [[nodiscard]] bool ask_next_server(SlotId fetch, std::uint8_t failed, base::Instant now) noexcept;
  /// The reply to this pair repeats the name in another letter case: asks again in lower case on another pair.
  void ask_in_plain_case(SlotId transaction_id, base::Instant now) noexcept;
  /// No answer came over TCP.
  void give_up_tcp(SlotId fetch, Failure failure, base::Instant now) noexcept;

  void run_timers(base::Instant now) noexcept;
  void send_waiting(base::Instant now) noexcept;
  void on_transmitted(std::uint64_t ticket, SendResult result) noexcept;
  [[nodiscard]] base::Instant next_event(base::Instant now) const noexcept;

 private:
  [[nodiscard]] std::uint8_t most_sends(const Fetch& fetch) const noexcept;
  enum class Send : std::uint8_t { kSent, kNotNow };

  void on_timer(SlotId fetch, base::Instant now) noexcept;
  void on_timeout(SlotId fetch, base::Instant now) noexcept;
  void note_timeout(Fetch& fetch, base::Instant now) noexcept;
  [[nodiscard]] bool is_worth_waiting(SlotId fetch, base::Instant now) const noexcept;
  void send_asks(Uplink& uplink, base::Instant now) noexcept;
  void send_refreshes(Uplink& uplink, base::Instant now) noexcept;
  void fail_unreachable(Uplink& uplink, base::Instant now) noexcept;
  [[nodiscard]] bool goes_by_tcp(const Fetch& fetch) const noexcept;
  [[nodiscard]] Send send_tcp(SlotId fetch, Budget::Ticket token, base::Instant now) noexcept;
  [[nodiscard]] Send send(SlotId fetch, std::uint8_t server, Budget::Ticket token, base::Instant now) noexcept;
  /// May the question go out to any server, as far as their quotas go?
  [[nodiscard]] bool finds_room(const Fetch& fetch) const noexcept;
  [[nodiscard]] std::uint8_t held_by(const Fetch& fetch) const noexcept;
  [[nodiscard]] std::uint8_t choose_server(const Fetch& fetch, base::Instant now) noexcept;
  [[nodiscard]] SlotId transaction_for(SlotId fetch, std::uint8_t server, base::Instant now) noexcept;
  [[nodiscard]] std::size_t write_frame(const Fetch& fetch, const Transaction& transaction,
                                        base::MutableBytes room) const noexcept;
  void note_sent(SlotId fetch, SlotId transaction, base::Instant at) noexcept;
  void count_accepted(const WireTicket& ticket, base::Instant at) noexcept;
  void set_due(Fetch& fetch, const Transaction& transaction) noexcept;

  Tables* tables_;
  TcpFetches* tcp_;
  Completer* completer_;
};

}  // namespace egress
