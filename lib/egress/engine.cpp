// SPDX-License-Identifier: Apache-2.0
// The engine as its role sees it: one call per event, each handed to the part that decides.
#include "egress/engine.hpp"

#include <algorithm>
#include <bit>

#include "admission.hpp"
#include "completer.hpp"
#include "loop_probes.hpp"
#include "reply_matcher.hpp"
#include "sender.hpp"
#include "tables.hpp"
#include "tcp_fetches.hpp"

namespace egress {
namespace {

constexpr std::size_t kSlotsPerPoll = 8;  // a full table of 65,536 is walked in 8,192 polls
constexpr base::Duration kPublishEvery = std::chrono::milliseconds(20);
constexpr std::uint32_t kMaxFetches = 1U << 20U;
constexpr std::uint32_t kMilli = 1'000;
constexpr base::Duration kLimitedFor = std::chrono::minutes(1);  // after its last refusal a zone is limited "now"

void check(const Settings& settings) noexcept {
  SLUICE_REQUIRE(!settings.uplinks.empty());
  SLUICE_REQUIRE(std::has_single_bit(settings.max_fetches) && settings.max_fetches <= kMaxFetches);
  SLUICE_REQUIRE(settings.max_sends >= 1);
  SLUICE_REQUIRE(settings.first_port <= 0xffffU - 1'023U);  // a range to draw from
  SLUICE_REQUIRE(settings.min_timeout.count() > 0 && settings.min_timeout <= settings.max_timeout);
}

InflightState state_of(Stage stage) noexcept {
  switch (stage) {
    case Stage::kQueued:
      return InflightState::kQueued;
    case Stage::kRefresh:
      return InflightState::kRefresh;
    case Stage::kTcp:
      return InflightState::kTcp;
    case Stage::kSent:
    case Stage::kFree:
      break;
  }
  return InflightState::kSent;
}

/// RFC 9520 §3: another server of the group may know better. FORMERR is about the question.
bool is_servers_failure(const dns::ResponseView& response) noexcept {
  return response.rcode() == dns::Rcode::kServFail || response.rcode() == dns::Rcode::kRefused ||
         response.rcode() == dns::Rcode::kNotImp;
}

}  // namespace

struct Engine::Core {
  Core(base::Arena& arena, const Settings& settings, const cache::Settings& cache_settings,
       const Dependencies& around) noexcept
      : tables(arena, settings, cache_settings, around),
        completer(tables),
        tcp(tables),
        sender(tables, tcp, completer),
        matcher(tables),
        admission(tables, sender, completer),
        loops(tables, sender, completer) {}

  void take_reply(SlotId transaction, base::Bytes payload, base::Instant now) noexcept;
  void take_mismatch(const net::FrameView& frame, EngineCounter reason, base::Instant now) noexcept;
  void take_tcp_reply(SlotId fetch, const TcpReply& reply, base::Instant now) noexcept;
  void take_answer(SlotId fetch, std::uint8_t server, const dns::ResponseView& response, base::Instant now) noexcept;
  void take_malformed(SlotId fetch, base::Instant now) noexcept;
  [[nodiscard]] bool retry_without_edns(SlotId fetch, const dns::ResponseView& response, base::Instant now) noexcept;
  void publish(base::Instant now) noexcept;
  [[nodiscard]] InflightRow row_of(const Fetch& fetch, SlotId index, base::Instant now) const noexcept;

  Tables tables;
  Completer completer;
  TcpFetches tcp;
  Sender sender;
  ReplyMatcher matcher;
  Admission admission;
  LoopProbes loops;
  base::Instant now;  // of the last poll
  base::Instant published_at;
};

std::size_t Engine::bytes_needed(const Settings& settings) noexcept {
  check(settings);
  base::Arena arena;
  static_cast<void>(arena.make<Core>(arena, settings, cache::Settings{}, Dependencies{}));
  const Tables measured(arena, settings, cache::Settings{}, Dependencies{});
  return arena.used();
}

Engine::Engine(base::MutableBytes memory, const Settings& settings, const cache::Settings& cache_settings,
               const Dependencies& around) noexcept {
  check(settings);
  SLUICE_REQUIRE(around.cache != nullptr && around.wire != nullptr && around.entropy != nullptr);
  base::Arena arena(memory);
  core_ = arena.make<Core>(arena, settings, cache_settings, around);
}

void Engine::on_miss(const Miss& miss, base::Instant now) noexcept {
  switch (miss.kind) {
    case MissKind::kAsk:
      return core_->admission.ask(miss, now);
    case MissKind::kRefresh:
      return core_->admission.refresh(miss, now);
    case MissKind::kLoop:
      return core_->loops.take(miss.key.view());
  }
}

void Engine::on_response(const net::FrameView& frame, base::Bytes payload, base::Instant now) noexcept {
  const auto transaction = core_->matcher.match(frame, payload, now);
  if (transaction) {
    core_->take_reply(*transaction, payload, now);
  } else {
    core_->take_mismatch(frame, transaction.error(), now);
  }
}

// RFC 5452 §9.3: somebody guesses at this question, who cannot guess at a TCP connection.
void Engine::Core::take_mismatch(const net::FrameView& frame, EngineCounter reason, base::Instant at) noexcept {
  tables.count(reason);
  const SlotId transaction_id = tables.transactions.ports().transaction_at(frame.flow.destination_port);
  if (reason == EngineCounter::kReplyWrongCase) return sender.ask_in_plain_case(transaction_id, at);
  if (reason != EngineCounter::kReplyWrongId) return;
  const Transaction& transaction = tables.transactions[transaction_id];
  if (!tcp.may_begin(tables.fetches[transaction.fetch])) return;
  static_cast<void>(tcp.begin(transaction.fetch, transaction.server, TcpReason::kWrongId, at));
}

void Engine::Core::take_reply(SlotId transaction_id, base::Bytes payload, base::Instant at) noexcept {
  const Transaction& transaction = tables.transactions[transaction_id];
  const SlotId index = transaction.fetch;
  if (tables.fetches[index].opaque != nullptr) {
    tables.uplinks[transaction.uplink]->servers.note_answer(transaction.server, at - transaction.first_sent_at, at);
    return completer.pass_on(index, payload, at);
  }
  const auto response = dns::ResponseView::parse(payload, tables.scratch[0]);
  if (!response) {
    tables.count(EngineCounter::kReplyMalformed);
    take_malformed(index, at);
    return;
  }
  // Measured from the pair's first packet: a recursive upstream answers that one, and an estimate that is too long
  // costs patience after a loss, one that is too short costs packets for every slow name.
  // What a retransmission makes ambiguous is bounded, or heavy loss would feed its own waits into the estimate.
  base::Duration rtt = at - transaction.first_sent_at;
  if (transaction.sends > 1) rtt = std::min<base::Duration>(rtt, tables.settings.first_timeout);
  tables.uplinks[transaction.uplink]->servers.note_answer(transaction.server, rtt, at);
  if (transaction.checks_case) tables.uplinks[transaction.uplink]->servers.note_case_repeated(transaction.server);
  const bool is_cut = response->kind() == dns::AnswerKind::kTruncated;
  if (is_cut && tcp.may_begin(tables.fetches[index]) &&
      tcp.begin(index, transaction.server, TcpReason::kTruncated, at)) {
    tables.count(EngineCounter::kTruncated);
    return;
  }
  take_answer(index, transaction.server, *response, at);
}

void Engine::Core::take_answer(SlotId index, std::uint8_t server, const dns::ResponseView& response,
                               base::Instant at) noexcept {
  if (retry_without_edns(index, response, at)) return;
  if (is_servers_failure(response) && sender.ask_next_server(index, server, at)) {
    tables.count(EngineCounter::kNextServer);
    return;
  }
  completer.take_reply(index, response, at);
}

void Engine::on_tcp_reply(const TcpReply& reply, base::Instant now) noexcept {
  const SlotId index = core_->tcp.take(reply);
  if (index == kNoSlot) {
    core_->tables.count(EngineCounter::kTcpLate);
  } else {
    core_->take_tcp_reply(index, reply, now);
  }
}

void Engine::Core::take_tcp_reply(SlotId index, const TcpReply& reply, base::Instant at) noexcept {
  if (reply.end == TcpEnd::kTimedOut) {
    tables.count(EngineCounter::kTcpTimeouts);
    return sender.give_up_tcp(index, Failure::kTimeout, at);
  }
  if (reply.end == TcpEnd::kReplied) {
    const auto response = dns::ResponseView::parse(reply.message(), tables.scratch[0]);
    if (response && tcp.is_answer(index, *response)) {
      tables.count(EngineCounter::kTcpReplied);
      return take_answer(index, tables.fetches[index].server, *response, at);
    }
    tables.count(response ? EngineCounter::kReplyWrongQuestion : EngineCounter::kReplyMalformed);
  }
  tables.count(EngineCounter::kTcpFailed);
  sender.give_up_tcp(index, Failure::kUnreachable, at);
}

// One more try, of the next server; the server's health is not touched.
void Engine::Core::take_malformed(SlotId index, base::Instant at) noexcept {
  Fetch& fetch = tables.fetches[index];
  const bool is_first = !fetch.was_malformed;
  fetch.was_malformed = true;
  if (is_first && sender.ask_again(index, at)) return;
  completer.give_up(index, Failure::kUnreachable, at);
}

// RFC 6891 §7: a server that does not know EDNS says FORMERR or NOTIMP.
bool Engine::Core::retry_without_edns(SlotId index, const dns::ResponseView& response, base::Instant at) noexcept {
  const bool may_be_edns = response.rcode() == dns::Rcode::kFormErr || response.rcode() == dns::Rcode::kNotImp;
  Fetch& fetch = tables.fetches[index];
  if (!may_be_edns || fetch.without_edns || !sender.ask_again(index, at)) return false;
  tables.count(EngineCounter::kPlainRetries);
  fetch.without_edns = true;
  fetch.same_server = true;
  return true;
}

void Engine::on_transmitted(std::uint64_t ticket, SendResult result) noexcept {
  core_->sender.on_transmitted(ticket, result);
}

void Engine::on_path(std::uint16_t uplink, std::uint16_t server, const Path& path) noexcept {
  SLUICE_REQUIRE(uplink < core_->tables.settings.uplinks.size());
  Servers& servers = core_->tables.uplinks[uplink]->servers;
  SLUICE_REQUIRE(server < servers.size());
  servers.set_path(server, path);
}

bool Engine::charge_foreign(std::uint16_t uplink, base::Instant now) noexcept {
  SLUICE_REQUIRE(uplink < core_->tables.settings.uplinks.size());
  Uplink& payer = *core_->tables.uplinks[uplink];
  // Where tokens are short the kernel's packets and the questions take turns.
  const bool others_turn = payer.foreign_was_last && payer.ran_dry && !payer.asks.is_empty();
  const Budget::Ticket ticket = others_turn ? Budget::kNoTicket : payer.budget.take(now);
  core_->tables.count(ticket == Budget::kNoTicket ? EngineCounter::kForeignDenied : EngineCounter::kForeignCharged);
  if (ticket == Budget::kNoTicket) return false;
  payer.budget.confirm(ticket, now);
  payer.foreign_was_last = true;
  if (payer.tcp_open != 0) payer.tcp_share += kMilli / payer.tcp_open;
  return true;
}

void Engine::apply(const Settings& settings, const cache::Settings& cache_settings) noexcept {
  core_->tables.apply(settings, cache_settings);
}

void Engine::scale_budget(std::uint16_t uplink, std::uint32_t permille) noexcept {
  SLUICE_REQUIRE(uplink < core_->tables.settings.uplinks.size());
  core_->tables.uplinks[uplink]->budget_permille = permille;
  core_->tables.set_budget(uplink, core_->tables.settings.uplinks[uplink].budget);
}

void Engine::poll(base::Instant now) noexcept {
  core_->now = now;
  core_->sender.run_timers(now);
  core_->admission.drop_unwanted(kSlotsPerPoll, now);
  core_->admission.shed(now);
  core_->loops.poll(now);
  core_->sender.send_waiting(now);
  if (now - core_->published_at >= kPublishEvery) core_->publish(now);
}

base::Instant Engine::next_event(base::Instant now) const noexcept { return core_->sender.next_event(now); }

void Engine::abandon_all() noexcept {
  for (SlotId i = 0; i < core_->tables.fetches.capacity(); ++i) {
    if (core_->tables.fetches[i].stage != Stage::kFree) core_->completer.drop(i, Failure::kOverload, core_->now);
  }
}

std::size_t Engine::uplinks() const noexcept { return core_->tables.settings.uplinks.size(); }

std::size_t Engine::fetches() const noexcept { return core_->tables.fetches.open_count(); }

std::size_t Engine::list(std::span<InflightRow> rows, base::Instant now) const noexcept {
  std::size_t filled = 0;
  for (SlotId i = 0; i < core_->tables.fetches.capacity() && filled < rows.size(); ++i) {
    const Fetch& fetch = core_->tables.fetches[i];
    if (fetch.stage != Stage::kFree) rows[filled++] = core_->row_of(fetch, i, now);
  }
  return filled;
}

std::size_t Engine::list_zones(std::span<ZoneRow> rows) const noexcept {
  const Tables& tables = core_->tables;
  std::size_t filled = 0;
  for (SlotId i = 0; i < tables.zones.size() && filled < rows.size(); ++i) {
    const Zone& zone = tables.zones[i];
    const bool was_full = zone.dropped != 0 && core_->now - zone.dropped_at < kLimitedFor;
    if (zone.name_bytes == 0 || (!was_full && !tables.is_zone_full(i))) continue;
    rows[filled++] = {.name = zone.name,
                      .name_bytes = zone.name_bytes,
                      .uplink = zone.uplink,
                      .outstanding = zone.outstanding,
                      .quota = tables.settings.fetches_per_zone,
                      .allowed = zone.allowed,
                      .dropped = zone.dropped};
  }
  return filled;
}

InflightRow Engine::Core::row_of(const Fetch& fetch, SlotId index, base::Instant at) const noexcept {
  InflightRow row;
  row.key.assign(fetch.key.view());
  row.age_us = static_cast<std::uint64_t>((at - fetch.opened_at) / std::chrono::microseconds(1));
  row.sends = fetch.sends;
  row.state = state_of(fetch.stage);
  row.client = fetch.opener;
  if (fetch.sends != 0 || fetch.tcp_tries != 0)
    row.server = tables.uplinks[fetch.uplink]->servers.address(fetch.server);
  tables.fetches.for_each_subscriber(index, [&](const Subscriber& asker) {
    ++row.subscribers;
    if (asker.is_waiting(at)) row.others += asker.interest->others.load(std::memory_order_relaxed);
    if (asker.is_waiting(at)) row.waiters += asker.interest->waiters.load(std::memory_order_relaxed);
  });
  return row;
}

void Engine::Core::publish(base::Instant at) noexcept {
  published_at = at;
  tables.open_gauge.set(tables.fetches.open_count());
  tables.set_rules();
  tables.zones_used.set(tables.zones.used());
  tables.known_used.set(tables.known_names.used());
  tables.askers_used.set(tables.fetches.subscriber_count());
  tables.streams_used.set(tables.tcp_unanswered);
  tables.look_for_fullest_zone();
  for (std::size_t i = 0; i < tables.settings.uplinks.size(); ++i) {
    Uplink& uplink = *tables.uplinks[i];
    uplink.limit_pps.set(uplink.budget.limit_pps());
    uplink.configured_pps.set(Budget::own_share(tables.settings.uplinks[i].budget));
    uplink.used_pkts.set(uplink.budget.used(at));
    uplink.queued.set(uplink.asks.size());
    uplink.refreshing.set(uplink.refreshes.size());
    for (std::size_t c = 0; c < kNameClasses; ++c) {
      const auto name_class = static_cast<NameClass>(c);
      uplink.classes[c].queued.set(uplink.asks.size(name_class));
      uplink.classes[c].limit.set(uplink.asks.bound(name_class));
      uplink.classes[c].wait_msec.set(
          static_cast<std::uint64_t>(uplink.asks.predicted_wait(name_class) / std::chrono::milliseconds(1)));
    }
  }
}

const EngineCounters& Engine::counters() const noexcept { return core_->tables.counters; }

std::uint64_t Engine::open_gauge() const noexcept { return core_->tables.open_gauge.read(); }

UplinkStats Engine::uplink_stats(std::size_t index) const noexcept {
  SLUICE_REQUIRE(index < core_->tables.settings.uplinks.size());
  const Uplink& uplink = *core_->tables.uplinks[index];
  UplinkStats stats{.limit_pps = static_cast<std::uint32_t>(uplink.limit_pps.read()),
                    .configured_pps = static_cast<std::uint32_t>(uplink.configured_pps.read()),
                    .used_pkts = static_cast<std::uint32_t>(uplink.used_pkts.read()),
                    .queued = static_cast<std::uint32_t>(uplink.queued.read()),
                    .refreshes = static_cast<std::uint32_t>(uplink.refreshing.read())};
  for (std::size_t c = 0; c < kNameClasses; ++c) {
    const Uplink::PublishedClass& from = uplink.classes[c];
    stats.classes[c] = {.queued = static_cast<std::uint32_t>(from.queued.read()),
                        .limit = static_cast<std::uint32_t>(from.limit.read()),
                        .wait_msec = static_cast<std::uint32_t>(from.wait_msec.read()),
                        .sent = from.sent.read(),
                        .shed = from.shed.read()};
  }
  return stats;
}

LimitStats Engine::limit_stats() const noexcept {
  const Tables& tables = core_->tables;
  return {.zones_used = static_cast<std::uint32_t>(tables.zones_used.read()),
          .zones_limit = tables.zones.capacity(),
          .known_used = static_cast<std::uint32_t>(tables.known_used.read()),
          .known_limit = tables.known_names.capacity(),
          .askers_used = static_cast<std::uint32_t>(tables.askers_used.read()),
          .askers_limit = tables.fetches.subscriber_capacity(),
          .streams_used = static_cast<std::uint32_t>(tables.streams_used.read()),
          .streams_limit = kMaxTcpFetches,
          .fullest_zone = static_cast<std::uint32_t>(tables.fullest_zone_out.read())};
}

std::size_t Engine::server_stats(std::span<ServerStats> servers) const noexcept {
  std::size_t filled = 0;
  for (std::size_t u = 0; u < core_->tables.settings.uplinks.size(); ++u) {
    const Servers& group = core_->tables.uplinks[u]->servers;
    for (std::size_t s = 0; s < group.size() && filled < servers.size(); ++s) {
      servers[filled] = group.stats(s);
      servers[filled++].uplink = static_cast<std::uint16_t>(u);
    }
  }
  return filled;
}

}  // namespace egress
