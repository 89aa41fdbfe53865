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
constexpr std::size_t kLooksPerPoll = 256;      // at the queue, questions dropped from it included
constexpr std::size_t kFrameRoomBytes = 1'536;  // headers and an opaque message
constexpr base::Duration kRefreshPatience = std::chrono::seconds(4);  // a refresh that found no idle budget is dropped
constexpr base::Duration kRefreshLook = std::chrono::milliseconds(5);
constexpr base::Duration kNudgeLook = std::chrono::milliseconds(25);
constexpr base::Duration kLastLook = std::chrono::milliseconds(50);
constexpr std::uint8_t kMaxStreams = 2;  // of one question, where all are asked over TCP
constexpr int kLongestLastWaits = 2;     // times max_timeout after the last packet

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
std::uint8_t Sender::most_sends(const Question& question) const noexcept {
  return question.opaque != nullptr ? std::uint8_t{1} : tables_->settings.max_sends;
}

void Sender::enqueue(Index index, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  tables_->leave_stream(question);
  tables_->enqueue(index, now);
  tables_->arm(index);
}

bool Sender::send_probe(Index index, std::uint8_t server, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  question.is_probe = true;
  question.stage = Stage::kSent;  // it stands in no queue
  const Budget::Ticket token = tables_->uplink_of(question).budget.take(now);
  return token != Budget::kNoTicket && send(index, server, token, now) == Send::kSent;
}

void Sender::enqueue_refresh(Index index, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  question.stage = Stage::kRefresh;
  question.queued_at = now;
  tables_->uplink_of(question).refreshes.push(index);
}

void Sender::hurry(Index index, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  if (question.stage == Stage::kRefresh) {
    tables_->unqueue(index);
    enqueue(index, now);
  } else if (question.stage == Stage::kSent) {
    set_due(question, tables_->attempts[question.attempt]);
    tables_->arm(index);
  }
}

bool Sender::ask_again(Index index, base::Instant now) noexcept {
  const Question& question = tables_->questions[index];
  if (question.stage == Stage::kQueued) return true;  // its retry is due already
  if (question.is_probe || question.sends >= most_sends(question)) return false;
  enqueue(index, now);
  return true;
}

bool Sender::ask_next_server(Index index, std::uint8_t failed, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  question.servers_failed = static_cast<std::uint8_t>(question.servers_failed | 1U << failed);
  const bool has_next = tables_->uplink_of(question).servers.has_other_than(question.servers_failed);
  if (question.first_asker == kNoIndex || !has_next || !ask_again(index, now)) return false;
  question.same_server = question.without_edns = false;
  for (Index* pair : {&question.attempt, &question.older}) {  // a second copy of its reply is late
    if (*pair == kNoIndex || tables_->attempts[*pair].server != failed) continue;
    tables_->close_attempt(*pair, now);
    *pair = kNoIndex;
  }
  tables_->arm(index);
  return true;
}

void Sender::ask_in_plain_case(Index pair, base::Instant now) noexcept {
  const Attempt& attempt = tables_->attempts[pair];
  const Index index = attempt.question;
  Question& question = tables_->questions[index];
  if (tables_->uplink_of(question).servers.note_case_changed(attempt.server))
    tables_->count(EngineCounter::kCaseStopped);
  if (question.plain_case || !ask_again(index, now)) return;  // ignored; the wait goes on
  question.plain_case = question.same_server = true;
  question.server = attempt.server;
  (pair == question.attempt ? question.attempt : question.older) = kNoIndex;
  tables_->close_attempt(pair, now);
  tables_->arm(index);
}

void Sender::give_up_stream(Index index, Failure failure, base::Instant now) noexcept {
  const Question& question = tables_->questions[index];
  if (question.first_asker == kNoIndex) return finisher_->end_refresh(index, now);
  switch (question.stream_reason) {
    case TcpReason::kTruncated:
      return finisher_->tell_truncated(index, now);
    case TcpReason::kWrongId:
      if (ask_again(index, now)) return;
      break;
    case TcpReason::kAlways:
      if (question.streams < kMaxStreams) return enqueue(index, now);
      break;
  }
  finisher_->give_up(index, failure, now);
}

void Sender::run_timers(base::Instant now) noexcept {
  for (std::size_t i = 0; i < kTimersPerPoll && tables_->timers.next_at() <= now; ++i) {
    on_timer(tables_->timers.next(), now);
  }
}

void Sender::on_timer(Index index, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  if (question.stale_at <= now && finisher_->hand_out_stale(index, now) && question.stage == Stage::kSent) {
    set_due(question, tables_->attempts[question.attempt]);
  }
  if (question.older != kNoIndex && tables_->attempts[question.older].dies_at <= now) {
    tables_->close_attempt(question.older, now);
    question.older = kNoIndex;
  }
  if (question.stage == Stage::kStream && question.resend_at <= now) {
    tables_->count(EngineCounter::kStreamTimeouts);
    return give_up_stream(index, Failure::kTimeout, now);
  }
  if (question.stage == Stage::kSent) {
    if (question.resend_at <= now) {
      on_timeout(index, now);
      return;
    }
    if (question.nudge_at <= now) {
      if (tables_->questions.was_nudged(index)) {
        tables_->count(EngineCounter::kNudged);
        enqueue(index, now);
        return;
      }
      question.nudge_at = now + kNudgeLook;
    }
  }
  tables_->arm(index);
}

void Sender::on_timeout(Index index, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  if (!question.waits_on) note_timeout(question, now);
  if (question.first_asker == kNoIndex) {  // a refresh: what is in the cache is still good
    finisher_->end_refresh(index, now);
  } else if (question.sends < most_sends(question)) {
    enqueue(index, now);
  } else if (is_worth_waiting(index, now)) {
    question.waits_on = true;
    question.resend_at = question.nudge_at = now + kLastLook;
    tables_->arm(index);
  } else {
    finisher_->give_up(index, Failure::kTimeout, now);
  }
}

void Sender::note_timeout(Question& question, base::Instant now) noexcept {
  const Attempt& attempt = tables_->attempts[question.attempt];
  Servers& servers = tables_->uplink_of(question).servers;
  tables_->count(EngineCounter::kTimeouts);
  servers.note_timeout(attempt.server);
  const unsigned bit = 1U << attempt.server;
  if ((question.servers_silent & bit) == 0) servers.note_silence(attempt.server, attempt.last_sent_at, now);
  question.servers_silent = static_cast<std::uint8_t>(question.servers_silent | bit);
}

// Waiting costs no packet, and a recursive upstream may be at work: go on while somebody waits, the server answers others,
// and there is nothing else to give; but not for ever, since a question that stays is one that is not asked anew.
bool Sender::is_worth_waiting(Index index, base::Instant now) const noexcept {
  const Question& question = tables_->questions[index];
  const Attempt& attempt = tables_->attempts[question.attempt];
  return now - attempt.last_sent_at < kLongestLastWaits * tables_->settings.max_timeout &&
         !tables_->uplinks[question.uplink]->servers.is_failing(attempt.server) &&
         tables_->questions.is_wanted(index, now) && !finisher_->has_other_answer(index, now);
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
    const Index next = uplink.asks.next(now);
    if (next == kNoIndex) return;
    if (tables_->heeds_patience() && !tables_->questions.is_wanted(next, now)) {
      finisher_->drop(next, Failure::kAbandoned, now);
      continue;
    }
    if (!finds_room(tables_->questions[next])) {
      uplink.servers.note_spill();
      finisher_->spill(next, now);
      continue;
    }
    const Question& question = tables_->questions[next];
    if (!question.is_out && tables_->is_zone_full(question.zone)) {
      finisher_->refuse_zone(next, now);
      continue;
    }
    const Budget::Ticket token = uplink.budget.take(now);
    if (token == Budget::kNoTicket) {
      if (!uplink.ran_dry) tables_->count(EngineCounter::kBudgetDenied);
      uplink.ran_dry = true;
      return;
    }
    uplink.ran_dry = uplink.foreign_was_last = false;
    const Send done = goes_by_stream(tables_->questions[next])
                          ? send_stream(next, token, now)
                          : send(next, choose_server(tables_->questions[next], now), token, now);
    if (done == Send::kNotNow) return;
    ++sent;
  }
}

// A path that is not known yet gets as long as a reply would; the oldest stand in front.
void Sender::fail_unreachable(Uplink& uplink, base::Instant now) noexcept {
  for (std::size_t looks = 0; looks < kLooksPerPoll; ++looks) {
    const Index oldest = uplink.asks.oldest();
    if (oldest == kNoIndex || now - tables_->questions[oldest].queued_at < tables_->settings.first_timeout) return;
    finisher_->give_up(oldest, Failure::kUnreachable, now);
  }
}

// Refreshes take only what nobody else wants: nothing queued, and a good part of the window unspent.
void Sender::send_refreshes(Uplink& uplink, base::Instant now) noexcept {
  for (std::size_t looks = 0; looks < kSendsPerPoll; ++looks) {
    const Index oldest = uplink.refreshes.oldest();
    if (oldest == kNoIndex) return;
    if (now - tables_->questions[oldest].queued_at > kRefreshPatience) {
      tables_->count(EngineCounter::kRefreshDropped);
      finisher_->drop(oldest, Failure::kAbandoned, now);
      continue;
    }
    if (!uplink.asks.is_empty() || !uplink.servers.has_path() || !uplink.budget.is_idle(now)) return;
    if (!finds_room(tables_->questions[oldest])) return;  // its patience decides
    const Budget::Ticket token = uplink.budget.take(now);
    if (token == Budget::kNoTicket) return;
    if (send(oldest, choose_server(tables_->questions[oldest], now), token, now) == Send::kNotNow) return;
    tables_->count(EngineCounter::kRefreshSent);
  }
}

bool Sender::goes_by_stream(const Question& question) const noexcept {
  return tables_->settings.upstream_tcp == UpstreamTcp::kAlways && tables_->around.tcp_fetches != nullptr &&
         question.streams < kMaxStreams;
}

// The token only says that the budget has room: the segments pay for themselves when they leave.
Sender::Send Sender::send_stream(Index index, Budget::Ticket token, base::Instant now) noexcept {
  const Question& question = tables_->questions[index];
  tables_->uplink_of(question).budget.give_back(token);
  const std::uint8_t server = choose_server(question, now);
  return streams_->begin(index, server, TcpReason::kAlways, now) ? Send::kSent : Send::kNotNow;
}

std::uint8_t Sender::held_by(const Question& question) const noexcept {
  unsigned held = 0;
  for (const Index pair : {question.attempt, question.older}) {
    if (pair != kNoIndex) held |= 1U << tables_->attempts[pair].server;
  }
  return static_cast<std::uint8_t>(held);
}

// Only what is out over UDP counts, and what is out already has its place.
bool Sender::finds_room(const Question& question) const noexcept {
  if (tables_->settings.fetch_quota.per_server == 0 || goes_by_stream(question)) return true;
  return tables_->uplink_of(question).servers.has_room(held_by(question));
}

std::uint8_t Sender::choose_server(const Question& question, base::Instant now) noexcept {
  Servers& servers = tables_->uplink_of(question).servers;
  const bool may_repeat = servers.path(question.server).resolved && !servers.is_loop(question.server);
  if (question.same_server && may_repeat) return question.server;
  Servers::Asked asked{.servers = question.servers_asked,
                       .failed = question.servers_failed,
                       .held = held_by(question),
                       .last = std::nullopt};
  if (question.sends != 0 || question.streams != 0) asked.last = question.server;
  return *servers.choose(asked, now);  // has_path() holds
}

Sender::Send Sender::send(Index index, std::uint8_t server, Budget::Ticket token, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  Uplink& uplink = tables_->uplink_of(question);
  const Index pair = pair_for(index, server, now);
  if (pair == kNoIndex) {
    tables_->count(EngineCounter::kNoPair);
    uplink.budget.give_back(token);
    return Send::kNotNow;
  }
  question.server = server;
  Attempt& attempt = tables_->attempts[pair];
  std::array<std::byte, kFrameRoomBytes> room;
  const std::size_t frame_bytes = write_frame(question, attempt, room);
  SLUICE_REQUIRE(frame_bytes != 0);
  const WireTicket ticket{.uplink = question.uplink,
                          .token = token,
                          .generation = attempt.generation,
                          .resend = question.sends != 0 ? std::uint8_t{1} : std::uint8_t{0},
                          .server = server,
                          .attempt = pair};
  const SendResult result = tables_->around.wire->transmit(base::Bytes(room).first(frame_bytes), ticket.pack());
  if (result.sent == Sent::kRefused) {
    tables_->count(EngineCounter::kTxRefused);
    uplink.budget.give_back(token);
    question.same_server = true;
    return Send::kNotNow;
  }
  if (result.sent == Sent::kAccepted) count_accepted(ticket, result.at);
  tables_->charge(index, now);
  tables_->record_cost(question, 1);
  tables_->unqueue(index);
  note_sent(index, pair, result.sent == Sent::kAccepted ? result.at : now);
  return Send::kSent;
}

void Sender::note_sent(Index index, Index pair, base::Instant at) noexcept {
  Question& question = tables_->questions[index];
  Attempt& attempt = tables_->attempts[pair];
  if (attempt.sends == 0) attempt.first_sent_at = at;
  attempt.last_sent_at = at;
  ++attempt.sends;
  ++question.sends;
  question.servers_asked = static_cast<std::uint8_t>(question.servers_asked | 1U << attempt.server);
  question.same_server = false;
  question.stage = Stage::kSent;
  tables_->note_out(question);
  tables_->questions.forget_nudges(index);
  set_due(question, attempt);
  tables_->arm(index);
}

// A client's own retransmission makes the retry due from the plain estimate on, before the backed-off timeout. What will
// not be sent again has all the time that a packet may take.
void Sender::set_due(Question& question, const Attempt& attempt) noexcept {
  const RttEstimate& rtt = tables_->uplink_of(question).servers.rtt(attempt.server);
  const bool may_retry = question.sends < most_sends(question) && question.first_asker != kNoIndex;
  question.resend_at = attempt.last_sent_at + (may_retry ? rtt.backed_off(tables_->settings, question.sends)
                                                         : base::Duration(tables_->settings.max_timeout));
  question.nudge_at = may_retry ? attempt.last_sent_at + rtt.timeout(tables_->settings) : question.resend_at;
}

// The pair that is open towards this server, or a new one; what is open towards another server becomes the older one.
Index Sender::pair_for(Index index, std::uint8_t server, base::Instant now) noexcept {
  Question& question = tables_->questions[index];
  Servers& servers = tables_->uplink_of(question).servers;
  const auto fits = [&](Index pair) {
    return pair != kNoIndex && tables_->attempts[pair].server == server &&
           tables_->attempts[pair].local == servers.path(server).source;
  };
  if (fits(question.attempt)) return question.attempt;
  const Index fresh = fits(question.older) ? question.older : tables_->attempts.open(index, tables_->entropy);
  if (fresh == kNoIndex) return kNoIndex;
  if (fresh != question.older) {
    Attempt& attempt = tables_->attempts[fresh];
    attempt.uplink = question.uplink;
    attempt.server = server;
    attempt.local = servers.path(server).source;
    attempt.checks_case = servers.randomises_case(server) && !question.plain_case && question.opaque == nullptr;
    if (attempt.checks_case) attempt.letter_case = draw_case(question.key.view().qname(), tables_->entropy);
    servers.pair_opened(server);
    if (question.older != kNoIndex) tables_->close_attempt(question.older, now);
  }
  question.older = question.attempt;
  question.attempt = fresh;
  tables_->attempts[fresh].dies_at = base::Instant::never();
  if (question.older != kNoIndex) {
    Attempt& older = tables_->attempts[question.older];
    if (older.sends == 0 || older.server == server) {  // nothing can come back, or our address changed
      tables_->close_attempt(question.older, now);
      question.older = kNoIndex;
    } else {
      older.dies_at = now + servers.rtt(older.server).timeout(tables_->settings);
    }
  }
  return fresh;
}

std::size_t Sender::write_frame(const Question& question, const Attempt& attempt,
                                base::MutableBytes room) const noexcept {
  const Servers& servers = tables_->uplinks[question.uplink]->servers;
  const Path& path = servers.path(attempt.server);
  const net::Flow flow{.source_mac = path.source_mac,
                       .destination_mac = path.next_hop,
                       .vlan_tci = path.vlan_tci,
                       .source = attempt.local,
                       .destination = servers.address(attempt.server),
                       .source_port = attempt.port,
                       .destination_port = base::UdpPort(net::kDnsPort)};
  const dns::KeyView key = question.key.view();
  const dns::UpstreamQuery query{
      .id = attempt.id,
      .folded_qname = key.qname(),
      .letter_case = attempt.letter_case,
      .qtype = key.qtype(),
      .qclass = key.qclass(),
      .key_flags = key.flags(),
      .udp_payload_bytes = question.without_edns ? std::uint16_t{0} : tables_->settings.udp_payload_bytes};
  const std::size_t headers = net::udp_header_bytes(flow);
  const std::size_t payload_bytes = question.opaque != nullptr
                                        ? write_opaque(room.subspan(headers), *question.opaque, attempt.id)
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
  SLUICE_REQUIRE(ticket.uplink < tables_->settings.uplinks.size() && ticket.attempt < tables_->attempts.capacity());
  const bool accepted = result.sent == Sent::kAccepted;
  if (accepted) {
    count_accepted(ticket, result.at);
  } else {
    tables_->count(EngineCounter::kTxRefused);
    tables_->uplinks[ticket.uplink]->budget.give_back(ticket.token);
  }
  Attempt& attempt = tables_->attempts[ticket.attempt];
  if (!attempt.live || attempt.generation != ticket.generation) return;  // the question has ended meanwhile
  Question& question = tables_->questions[attempt.question];
  const bool is_awaited = question.attempt == ticket.attempt && question.stage == Stage::kSent;
  if (accepted) {
    if (!is_awaited) return;
    if (attempt.sends == 1) attempt.first_sent_at = result.at;
    attempt.last_sent_at = result.at;
    set_due(question, attempt);
    tables_->arm(attempt.question);
    return;
  }
  // It never left: the send does not count, and is due again.
  --attempt.sends;
  --question.sends;
  if (!is_awaited) return;
  question.same_server = true;
  enqueue(attempt.question, attempt.last_sent_at);
}

base::Instant Sender::next_event(base::Instant now) const noexcept {
  base::Instant at = tables_->timers.next_at();
  for (std::size_t i = 0; i < tables_->settings.uplinks.size(); ++i) {
    const Uplink& uplink = *tables_->uplinks[i];
    if (!uplink.asks.is_empty()) {
      const base::Instant oldest = tables_->questions[uplink.asks.oldest()].queued_at;
      at = std::min(
          at, uplink.servers.has_path() ? uplink.budget.next_chance(now) : oldest + tables_->settings.first_timeout);
    }
    if (!uplink.refreshes.is_empty()) at = std::min(at, now + kRefreshLook);
  }
  return std::max(at, now);
}

}  // namespace egress
