// SPDX-License-Identifier: Apache-2.0
#include "sender.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "dns/answer.hpp"
#include "net/frame.hpp"

namespace egress {
namespace {

constexpr std::size_t kTimersPerPoll = 256;
constexpr std::size_t kSendsPerPoll = 32;
constexpr std::size_t kLooksPerPoll = 256;                           // at the queue, questions dropped from it included
constexpr std::size_t kFrameRoomBytes = 1'536;                       // headers and an opaque message
constexpr base::Duration kRefreshTimeout = std::chrono::seconds(4);  // a refresh that found no idle budget is dropped
constexpr base::Duration kRefreshLook = std::chrono::milliseconds(5);
constexpr base::Duration kRetransmitLook = std::chrono::milliseconds(25);
constexpr base::Duration kLastLook = std::chrono::milliseconds(50);
constexpr std::uint8_t kMaxTcpTries = 2;  // of one question, where all are asked over TCP
constexpr int kLongestLastWaits = 2;      // times max_timeout after the last packet

/// A coin for each letter.
dns::CaseBits draw_case(base::Bytes folded_qname, EntropyBuffer& entropy) noexcept {
  dns::CaseBits bits;
  std::uint16_t coins = 0;
  for (std::size_t i = 0; i < folded_qname.size(); ++i) {
    if (i % 16 == 0) coins = entropy.u16();
    const auto octet = std::to_integer<unsigned char>(folded_qname[i]);
    const bool is_letter = octet >= 'a' && octet <= 'z';  // a length is less
    const std::uint64_t coin = coins >> i % 16 & 1U;
    if (is_letter) bits.words[i / 64] |= coin << i % 64;
  }
  return bits;
}

// RFC 8945 §5.5: nothing changes but the ID.
std::size_t write_opaque(base::MutableBytes room, const OpaqueMessage& message, base::TxId id) noexcept {
  const base::Bytes octets = message.view();
  if (octets.size() > room.size()) return 0;
  std::memcpy(room.data(), octets.data(), octets.size());
  base::store_be16(room.data(), id.value());
  return octets.size();
}

}  // namespace

// A signed message is its client's to repeat: a second copy of ours might count as a replay.
std::uint8_t Sender::most_sends(const Fetch& fetch) const noexcept {
  return fetch.opaque != nullptr ? std::uint8_t{1} : tables_->settings.max_sends;
}

void Sender::enqueue(SlotId index, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  tables_->leave_tcp(fetch);
  tables_->enqueue(index, now);
  tables_->arm(index);
}

bool Sender::send_probe(SlotId index, std::uint8_t server, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  fetch.is_probe = true;
  fetch.stage = Stage::kSent;  // it stands in no queue
  const Budget::Ticket token = tables_->uplink_of(fetch).budget.take(now);
  return token != Budget::kNoTicket && send(index, server, token, now) == Send::kSent;
}

void Sender::enqueue_refresh(SlotId index, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  fetch.stage = Stage::kRefresh;
  fetch.queued_at = now;
  tables_->uplink_of(fetch).refreshes.push(index);
}

void Sender::promote(SlotId index, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  if (fetch.stage == Stage::kRefresh) {
    tables_->unqueue(index);
    enqueue(index, now);
  } else if (fetch.stage == Stage::kSent) {
    set_due(fetch, tables_->transactions[fetch.transaction]);
    tables_->arm(index);
  }
}

bool Sender::ask_again(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = tables_->fetches[index];
  if (fetch.stage == Stage::kQueued) return true;  // its retry is due already
  if (fetch.is_probe || fetch.sends >= most_sends(fetch)) return false;
  enqueue(index, now);
  return true;
}

bool Sender::ask_next_server(SlotId index, std::uint8_t failed, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  fetch.servers_failed = static_cast<std::uint8_t>(fetch.servers_failed | 1U << failed);
  const bool has_next = tables_->uplink_of(fetch).servers.has_other_than(fetch.servers_failed);
  if (fetch.first_subscriber == kNoSlot || !has_next || !ask_again(index, now)) return false;
  fetch.same_server = fetch.without_edns = false;
  for (SlotId* transaction_id : {&fetch.transaction, &fetch.older}) {  // a second copy of its reply is late
    if (*transaction_id == kNoSlot || tables_->transactions[*transaction_id].server != failed) continue;
    tables_->close_transaction(*transaction_id, now);
    *transaction_id = kNoSlot;
  }
  tables_->arm(index);
  return true;
}

void Sender::ask_in_plain_case(SlotId transaction_id, base::Instant now) noexcept {
  const Transaction& transaction = tables_->transactions[transaction_id];
  const SlotId index = transaction.fetch;
  Fetch& fetch = tables_->fetches[index];
  if (tables_->uplink_of(fetch).servers.note_case_changed(transaction.server))
    tables_->count(EngineCounter::kCaseStopped);
  if (fetch.plain_case || !ask_again(index, now)) return;  // ignored; the wait goes on
  fetch.plain_case = fetch.same_server = true;
  fetch.server = transaction.server;
  (transaction_id == fetch.transaction ? fetch.transaction : fetch.older) = kNoSlot;
  tables_->close_transaction(transaction_id, now);
  tables_->arm(index);
}

void Sender::give_up_tcp(SlotId index, Failure failure, base::Instant now) noexcept {
  const Fetch& fetch = tables_->fetches[index];
  if (fetch.first_subscriber == kNoSlot) return completer_->end_refresh(index, now);
  switch (fetch.tcp_reason) {
    case TcpReason::kTruncated:
      return completer_->answer_truncated(index, now);
    case TcpReason::kWrongId:
      if (ask_again(index, now)) return;
      break;
    case TcpReason::kAlways:
      if (fetch.tcp_tries < kMaxTcpTries) return enqueue(index, now);
      break;
  }
  completer_->give_up(index, failure, now);
}

void Sender::run_timers(base::Instant now) noexcept {
  for (std::size_t i = 0; i < kTimersPerPoll && tables_->timers.next_at() <= now; ++i) {
    on_timer(tables_->timers.next(), now);
  }
}

void Sender::on_timer(SlotId index, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  if (fetch.stale_at <= now && completer_->serve_stale(index, now) && fetch.stage == Stage::kSent) {
    set_due(fetch, tables_->transactions[fetch.transaction]);
  }
  if (fetch.older != kNoSlot && tables_->transactions[fetch.older].dies_at <= now) {
    tables_->close_transaction(fetch.older, now);
    fetch.older = kNoSlot;
  }
  if (fetch.stage == Stage::kTcp && fetch.resend_at <= now) {
    tables_->count(EngineCounter::kTcpTimeouts);
    return give_up_tcp(index, Failure::kTimeout, now);
  }
  if (fetch.stage == Stage::kSent) {
    if (fetch.resend_at <= now) {
      on_timeout(index, now);
      return;
    }
    if (fetch.early_retry_at <= now) {
      if (tables_->fetches.saw_retransmit(index)) {
        tables_->count(EngineCounter::kEarlyRetries);
        enqueue(index, now);
        return;
      }
      fetch.early_retry_at = now + kRetransmitLook;
    }
  }
  tables_->arm(index);
}

void Sender::on_timeout(SlotId index, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  if (!fetch.waits_on) note_timeout(fetch, now);
  if (fetch.first_subscriber == kNoSlot) {  // a refresh: what is in the cache is still good
    completer_->end_refresh(index, now);
  } else if (fetch.sends < most_sends(fetch)) {
    enqueue(index, now);
  } else if (is_worth_waiting(index, now)) {
    fetch.waits_on = true;
    fetch.resend_at = fetch.early_retry_at = now + kLastLook;
    tables_->arm(index);
  } else {
    completer_->give_up(index, Failure::kTimeout, now);
  }
}

void Sender::note_timeout(Fetch& fetch, base::Instant now) noexcept {
  const Transaction& transaction = tables_->transactions[fetch.transaction];
  Servers& servers = tables_->uplink_of(fetch).servers;
  tables_->count(EngineCounter::kTimeouts);
  servers.note_timeout(transaction.server);
  const unsigned bit = 1U << transaction.server;
  if ((fetch.servers_silent & bit) == 0) servers.note_silence(transaction.server, transaction.last_sent_at, now);
  fetch.servers_silent = static_cast<std::uint8_t>(fetch.servers_silent | bit);
}

// Waiting costs no packet, and a recursive upstream may be at work: go on while somebody waits, the server answers others,
// and there is nothing else to give; but not for ever, since a question that stays is one that is not asked anew.
bool Sender::is_worth_waiting(SlotId index, base::Instant now) const noexcept {
  const Fetch& fetch = tables_->fetches[index];
  const Transaction& transaction = tables_->transactions[fetch.transaction];
  return now - transaction.last_sent_at < kLongestLastWaits * tables_->settings.max_timeout &&
         !tables_->uplinks[fetch.uplink]->servers.is_failing(transaction.server) &&
         tables_->fetches.is_wanted(index, now) && !completer_->has_servable_answer(index, now);
}

void Sender::send_waiting(base::Instant now) noexcept {
  for (std::size_t i = 0; i < tables_->settings.uplinks.size(); ++i) {
    Uplink& uplink = *tables_->uplinks[i];
    if (!uplink.asks.is_empty()) send_asks(uplink, now);
    if (!uplink.refreshes.is_empty()) send_refreshes(uplink, now);
  }
}

void Sender::send_asks(Uplink& uplink, base::Instant now) noexcept {
  if (!uplink.servers.has_path()) return fail_unreachable(uplink, now);
  std::size_t sent = 0;
  for (std::size_t looks = 0; looks < kLooksPerPoll && sent < kSendsPerPoll; ++looks) {
    const SlotId next = uplink.asks.next(now);
    if (next == kNoSlot) return;
    if (tables_->heeds_timeout() && !tables_->fetches.is_wanted(next, now)) {
      completer_->drop(next, Failure::kAbandoned, now);
      continue;
    }
    if (!finds_room(tables_->fetches[next])) {
      uplink.servers.note_spill();
      completer_->spill(next, now);
      continue;
    }
    const Fetch& fetch = tables_->fetches[next];
    if (!fetch.is_out && tables_->is_zone_full(fetch.zone)) {
      completer_->refuse_zone(next, now);
      continue;
    }
    const Budget::Ticket token = uplink.budget.take(now);
    if (token == Budget::kNoTicket) {
      if (!uplink.ran_dry) tables_->count(EngineCounter::kBudgetDenied);
      uplink.ran_dry = true;
      return;
    }
    uplink.ran_dry = uplink.foreign_was_last = false;
    const Send done = goes_by_tcp(tables_->fetches[next])
                          ? send_tcp(next, token, now)
                          : send(next, choose_server(tables_->fetches[next], now), token, now);
    if (done == Send::kNotNow) return;
    ++sent;
  }
}

// A path that is not known yet gets as long as a reply would; the oldest stand in front.
void Sender::fail_unreachable(Uplink& uplink, base::Instant now) noexcept {
  for (std::size_t looks = 0; looks < kLooksPerPoll; ++looks) {
    const SlotId oldest = uplink.asks.oldest();
    if (oldest == kNoSlot || now - tables_->fetches[oldest].queued_at < tables_->settings.first_timeout) return;
    completer_->give_up(oldest, Failure::kUnreachable, now);
  }
}

// Refreshes take only what nobody else wants: nothing queued, and a good part of the window unspent.
void Sender::send_refreshes(Uplink& uplink, base::Instant now) noexcept {
  for (std::size_t looks = 0; looks < kSendsPerPoll; ++looks) {
    const SlotId oldest = uplink.refreshes.oldest();
    if (oldest == kNoSlot) return;
    if (now - tables_->fetches[oldest].queued_at > kRefreshTimeout) {
      tables_->count(EngineCounter::kRefreshDropped);
      completer_->drop(oldest, Failure::kAbandoned, now);
      continue;
    }
    if (!uplink.asks.is_empty() || !uplink.servers.has_path() || !uplink.budget.is_idle(now)) return;
    if (!finds_room(tables_->fetches[oldest])) return;  // its patience decides
    const Budget::Ticket token = uplink.budget.take(now);
    if (token == Budget::kNoTicket) return;
    if (send(oldest, choose_server(tables_->fetches[oldest], now), token, now) == Send::kNotNow) return;
    tables_->count(EngineCounter::kRefreshSent);
  }
}

bool Sender::goes_by_tcp(const Fetch& fetch) const noexcept {
  return tables_->settings.upstream_tcp == UpstreamTcp::kAlways && tables_->around.tcp_fetches != nullptr &&
         fetch.tcp_tries < kMaxTcpTries;
}

// The token only says that the budget has room: the segments pay for themselves when they leave.
Sender::Send Sender::send_tcp(SlotId index, Budget::Ticket token, base::Instant now) noexcept {
  const Fetch& fetch = tables_->fetches[index];
  tables_->uplink_of(fetch).budget.give_back(token);
  const std::uint8_t server = choose_server(fetch, now);
  return tcp_->begin(index, server, TcpReason::kAlways, now) ? Send::kSent : Send::kNotNow;
}

std::uint8_t Sender::held_by(const Fetch& fetch) const noexcept {
  unsigned held = 0;
  for (const SlotId transaction_id : {fetch.transaction, fetch.older}) {
    if (transaction_id != kNoSlot) held |= 1U << tables_->transactions[transaction_id].server;
  }
  return static_cast<std::uint8_t>(held);
}

// Only what is out over UDP counts, and what is out already has its place.
bool Sender::finds_room(const Fetch& fetch) const noexcept {
  if (tables_->settings.fetch_quota.per_server == 0 || goes_by_tcp(fetch)) return true;
  return tables_->uplink_of(fetch).servers.has_room(held_by(fetch));
}

std::uint8_t Sender::choose_server(const Fetch& fetch, base::Instant now) noexcept {
  Servers& servers = tables_->uplink_of(fetch).servers;
  const bool may_repeat = servers.path(fetch.server).resolved && !servers.is_loop(fetch.server);
  if (fetch.same_server && may_repeat) return fetch.server;
  Servers::Asked asked{
      .servers = fetch.servers_asked, .failed = fetch.servers_failed, .held = held_by(fetch), .last = std::nullopt};
  if (fetch.sends != 0 || fetch.tcp_tries != 0) asked.last = fetch.server;
  return *servers.choose(asked, now);  // has_path() holds
}

Sender::Send Sender::send(SlotId index, std::uint8_t server, Budget::Ticket token, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  Uplink& uplink = tables_->uplink_of(fetch);
  const SlotId transaction_id = transaction_for(index, server, now);
  if (transaction_id == kNoSlot) {
    tables_->count(EngineCounter::kNoTransaction);
    uplink.budget.give_back(token);
    return Send::kNotNow;
  }
  fetch.server = server;
  Transaction& transaction = tables_->transactions[transaction_id];
  std::array<std::byte, kFrameRoomBytes> room;
  const std::size_t frame_bytes = write_frame(fetch, transaction, room);
  SLUICE_REQUIRE(frame_bytes != 0);
  const WireTicket ticket{.uplink = fetch.uplink,
                          .token = token,
                          .generation = transaction.generation,
                          .resend = fetch.sends != 0 ? std::uint8_t{1} : std::uint8_t{0},
                          .server = server,
                          .transaction = transaction_id};
  const SendResult result = tables_->around.wire->transmit(base::Bytes(room).first(frame_bytes), ticket.pack());
  if (result.sent == Sent::kRefused) {
    tables_->count(EngineCounter::kTxRefused);
    uplink.budget.give_back(token);
    fetch.same_server = true;
    return Send::kNotNow;
  }
  if (result.sent == Sent::kAccepted) count_accepted(ticket, result.at);
  tables_->charge(index, now);
  tables_->record_cost(fetch, 1);
  tables_->unqueue(index);
  note_sent(index, transaction_id, result.sent == Sent::kAccepted ? result.at : now);
  return Send::kSent;
}

void Sender::note_sent(SlotId index, SlotId transaction_id, base::Instant at) noexcept {
  Fetch& fetch = tables_->fetches[index];
  Transaction& transaction = tables_->transactions[transaction_id];
  if (transaction.sends == 0) transaction.first_sent_at = at;
  transaction.last_sent_at = at;
  ++transaction.sends;
  ++fetch.sends;
  fetch.servers_asked = static_cast<std::uint8_t>(fetch.servers_asked | 1U << transaction.server);
  fetch.same_server = false;
  fetch.stage = Stage::kSent;
  tables_->note_out(fetch);
  tables_->fetches.forget_retransmits(index);
  set_due(fetch, transaction);
  tables_->arm(index);
}

// A client's own retransmission makes the retry due from the plain estimate on, before the backed-off timeout. What will
// not be sent again has all the time that a packet may take.
void Sender::set_due(Fetch& fetch, const Transaction& transaction) noexcept {
  const RttEstimate& rtt = tables_->uplink_of(fetch).servers.rtt(transaction.server);
  const bool may_retry = fetch.sends < most_sends(fetch) && fetch.first_subscriber != kNoSlot;
  fetch.resend_at = transaction.last_sent_at + (may_retry ? rtt.backed_off(tables_->settings, fetch.sends)
                                                          : base::Duration(tables_->settings.max_timeout));
  fetch.early_retry_at = may_retry ? transaction.last_sent_at + rtt.timeout(tables_->settings) : fetch.resend_at;
}

// The pair that is open towards this server, or a new one; what is open towards another server becomes the older one.
SlotId Sender::transaction_for(SlotId index, std::uint8_t server, base::Instant now) noexcept {
  Fetch& fetch = tables_->fetches[index];
  Servers& servers = tables_->uplink_of(fetch).servers;
  const auto fits = [&](SlotId transaction_id) {
    return transaction_id != kNoSlot && tables_->transactions[transaction_id].server == server &&
           tables_->transactions[transaction_id].local == servers.path(server).source;
  };
  if (fits(fetch.transaction)) return fetch.transaction;
  const SlotId fresh = fits(fetch.older) ? fetch.older : tables_->transactions.open(index, tables_->entropy);
  if (fresh == kNoSlot) return kNoSlot;
  if (fresh != fetch.older) {
    Transaction& transaction = tables_->transactions[fresh];
    transaction.uplink = fetch.uplink;
    transaction.server = server;
    transaction.local = servers.path(server).source;
    transaction.checks_case = servers.randomises_case(server) && !fetch.plain_case && fetch.opaque == nullptr;
    if (transaction.checks_case) transaction.letter_case = draw_case(fetch.key.view().qname(), tables_->entropy);
    servers.transaction_opened(server);
    if (fetch.older != kNoSlot) tables_->close_transaction(fetch.older, now);
  }
  fetch.older = fetch.transaction;
  fetch.transaction = fresh;
  tables_->transactions[fresh].dies_at = base::Instant::never();
  if (fetch.older != kNoSlot) {
    Transaction& older = tables_->transactions[fetch.older];
    if (older.sends == 0 || older.server == server) {  // nothing can come back, or our address changed
      tables_->close_transaction(fetch.older, now);
      fetch.older = kNoSlot;
    } else {
      older.dies_at = now + servers.rtt(older.server).timeout(tables_->settings);
    }
  }
  return fresh;
}

std::size_t Sender::write_frame(const Fetch& fetch, const Transaction& transaction,
                                base::MutableBytes room) const noexcept {
  const Servers& servers = tables_->uplinks[fetch.uplink]->servers;
  const Path& path = servers.path(transaction.server);
  const net::Flow flow{.source_mac = path.source_mac,
                       .destination_mac = path.next_hop,
                       .vlan_tci = path.vlan_tci,
                       .source = transaction.local,
                       .destination = servers.address(transaction.server),
                       .source_port = transaction.port,
                       .destination_port = base::UdpPort(net::kDnsPort)};
  const dns::KeyView key = fetch.key.view();
  const dns::UpstreamQuery query{
      .id = transaction.id,
      .folded_qname = key.qname(),
      .letter_case = transaction.letter_case,
      .qtype = key.qtype(),
      .qclass = key.qclass(),
      .key_flags = key.flags(),
      .udp_payload_bytes = fetch.without_edns ? std::uint16_t{0} : tables_->settings.udp_payload_bytes};
  const std::size_t headers = net::udp_header_bytes(flow);
  const std::size_t payload_bytes = fetch.opaque != nullptr
                                        ? write_opaque(room.subspan(headers), *fetch.opaque, transaction.id)
                                        : dns::write_upstream_query(room.subspan(headers), query);
  if (payload_bytes == 0) return 0;
  return net::write_udp_frame(room, flow, payload_bytes, net::TxChecksum::kSoftware);
}

// Only here does a packet count: in the budget's log from the moment the port took it, and in the counters.
void Sender::count_accepted(const WireTicket& ticket, base::Instant at) noexcept {
  Uplink& uplink = *tables_->uplinks[ticket.uplink];
  uplink.budget.confirm(ticket.token, at);
  uplink.servers.note_sent(ticket.server);
  tables_->count(EngineCounter::kSent);
  if (ticket.resend != 0) tables_->count(EngineCounter::kResent);
}

void Sender::on_transmitted(std::uint64_t packed, SendResult result) noexcept {
  const WireTicket ticket = WireTicket::unpack(packed);
  SLUICE_REQUIRE(ticket.uplink < tables_->settings.uplinks.size() &&
                 ticket.transaction < tables_->transactions.capacity());
  const bool accepted = result.sent == Sent::kAccepted;
  if (accepted) {
    count_accepted(ticket, result.at);
  } else {
    tables_->count(EngineCounter::kTxRefused);
    tables_->uplinks[ticket.uplink]->budget.give_back(ticket.token);
  }
  Transaction& transaction = tables_->transactions[ticket.transaction];
  if (!transaction.live || transaction.generation != ticket.generation) return;  // the question has ended meanwhile
  Fetch& fetch = tables_->fetches[transaction.fetch];
  const bool is_awaited = fetch.transaction == ticket.transaction && fetch.stage == Stage::kSent;
  if (accepted) {
    if (!is_awaited) return;
    if (transaction.sends == 1) transaction.first_sent_at = result.at;
    transaction.last_sent_at = result.at;
    set_due(fetch, transaction);
    tables_->arm(transaction.fetch);
    return;
  }
  // It never left: the send does not count, and is due again.
  --transaction.sends;
  --fetch.sends;
  if (!is_awaited) return;
  fetch.same_server = true;
  enqueue(transaction.fetch, transaction.last_sent_at);
}

base::Instant Sender::next_event(base::Instant now) const noexcept {
  base::Instant at = tables_->timers.next_at();
  for (std::size_t i = 0; i < tables_->settings.uplinks.size(); ++i) {
    const Uplink& uplink = *tables_->uplinks[i];
    if (!uplink.asks.is_empty()) {
      const base::Instant oldest = tables_->fetches[uplink.asks.oldest()].queued_at;
      at = std::min(
          at, uplink.servers.has_path() ? uplink.budget.next_chance(now) : oldest + tables_->settings.first_timeout);
    }
    if (!uplink.refreshes.is_empty()) at = std::min(at, now + kRefreshLook);
  }
  return std::max(at, now);
}

}  // namespace egress
