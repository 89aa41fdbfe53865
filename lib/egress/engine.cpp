// SPDX-License-Identifier: Apache-2.0
// The engine as its role sees it: one call per event, each handed to the part that decides.
#include "egress/engine.hpp"

#include <algorithm>
#include <bit>

#include "admission.hpp"
#include "finisher.hpp"
#include "loop_probes.hpp"
#include "reply_matcher.hpp"
#include "sender.hpp"
#include "streams.hpp"
#include "tables.hpp"

namespace egress {
namespace {

constexpr std::size_t kSlotsPerPoll = 8;  // a full table of 65,536 is walked in 8,192 polls
constexpr base::Duration kPublishEvery = std::chrono::milliseconds(20);
constexpr std::uint32_t kMaxQuestions = 1U << 20U;
constexpr std::uint32_t kMilli = 1'000;
constexpr base::Duration kLimitedFor = std::chrono::minutes(1);  // after its last refusal a zone is limited "now"

void check(const Settings& settings) noexcept {
  SLUICE_REQUIRE(!settings.uplinks.empty());
  SLUICE_REQUIRE(std::has_single_bit(settings.max_questions) && settings.max_questions <= kMaxQuestions);
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
    case Stage::kStream:
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
        finisher(tables),
        streams(tables),
        sender(tables, streams, finisher),
        matcher(tables),
        admission(tables, sender, finisher),
        loops(tables, sender, finisher) {}

  void take_reply(Index attempt, base::Bytes payload, base::Instant now) noexcept;
  void take_mismatch(const net::FrameView& frame, EngineCounter reason, base::Instant now) noexcept;
  void take_stream(Index question, const TcpReply& reply, base::Instant now) noexcept;
  void take_answer(Index question, std::uint8_t server, const dns::ResponseView& response, base::Instant now) noexcept;
  void take_malformed(Index question, base::Instant now) noexcept;
  [[nodiscard]] bool retry_without_edns(Index question, const dns::ResponseView& response, base::Instant now) noexcept;
  void publish(base::Instant now) noexcept;
  [[nodiscard]] InflightRow row_of(const Question& question, Index index, base::Instant now) const noexcept;

  Tables tables;
  Finisher finisher;
  Streams streams;
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
  const auto attempt = core_->matcher.match(frame, payload, now);
  if (attempt) {
    core_->take_reply(*attempt, payload, now);
  } else {
    core_->take_mismatch(frame, attempt.error(), now);
  }
}

// RFC 5452 §9.3: somebody guesses at this question, who cannot guess at a TCP connection.
void Engine::Core::take_mismatch(const net::FrameView& frame, EngineCounter reason, base::Instant at) noexcept {
  tables.count(reason);
  const Index pair = tables.attempts.ports().attempt_at(frame.flow.destination_port);
  if (reason == EngineCounter::kReplyWrongCase) return sender.ask_in_plain_case(pair, at);
  if (reason != EngineCounter::kReplyWrongId) return;
  const Attempt& attempt = tables.attempts[pair];
  if (!streams.may_begin(tables.questions[attempt.question])) return;
  static_cast<void>(streams.begin(attempt.question, attempt.server, TcpReason::kWrongId, at));
}

void Engine::Core::take_reply(Index pair, base::Bytes payload, base::Instant at) noexcept {
  const Attempt& attempt = tables.attempts[pair];
  const Index index = attempt.question;
  if (tables.questions[index].opaque != nullptr) {
    tables.uplinks[attempt.uplink]->servers.note_answer(attempt.server, at - attempt.first_sent_at, at);
    return finisher.pass_on(index, payload, at);
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
  base::Duration rtt = at - attempt.first_sent_at;
  if (attempt.sends > 1) rtt = std::min<base::Duration>(rtt, tables.settings.first_timeout);
  tables.uplinks[attempt.uplink]->servers.note_answer(attempt.server, rtt, at);
  if (attempt.checks_case) tables.uplinks[attempt.uplink]->servers.note_case_repeated(attempt.server);
  const bool is_cut = response->kind() == dns::AnswerKind::kTruncated;
  if (is_cut && streams.may_begin(tables.questions[index]) &&
      streams.begin(index, attempt.server, TcpReason::kTruncated, at)) {
    tables.count(EngineCounter::kTruncated);
    return;
  }
  take_answer(index, attempt.server, *response, at);
}

void Engine::Core::take_answer(Index index, std::uint8_t server, const dns::ResponseView& response,
                               base::Instant at) noexcept {
  if (retry_without_edns(index, response, at)) return;
  if (is_servers_failure(response) && sender.ask_next_server(index, server, at)) {
    tables.count(EngineCounter::kNextServer);
    return;
  }
  finisher.take_reply(index, response, at);
}

void Engine::on_stream(const TcpReply& reply, base::Instant now) noexcept {
  const Index index = core_->streams.take(reply);
  if (index == kNoIndex) {
    core_->tables.count(EngineCounter::kStreamLate);
  } else {
    core_->take_stream(index, reply, now);
  }
}

void Engine::Core::take_stream(Index index, const TcpReply& reply, base::Instant at) noexcept {
  if (reply.end == TcpEnd::kTimedOut) {
    tables.count(EngineCounter::kStreamTimeouts);
    return sender.give_up_stream(index, Failure::kTimeout, at);
  }
  if (reply.end == TcpEnd::kReplied) {
    const auto response = dns::ResponseView::parse(reply.message(), tables.scratch[0]);
    if (response && streams.is_answer(index, *response)) {
      tables.count(EngineCounter::kStreamReplied);
      return take_answer(index, tables.questions[index].server, *response, at);
    }
    tables.count(response ? EngineCounter::kReplyWrongQuestion : EngineCounter::kReplyMalformed);
  }
  tables.count(EngineCounter::kStreamFailed);
  sender.give_up_stream(index, Failure::kUnreachable, at);
}

// One more try, of the next server; the server's health is not touched.
void Engine::Core::take_malformed(Index index, base::Instant at) noexcept {
  Question& question = tables.questions[index];
  const bool is_first = !question.was_malformed;
  question.was_malformed = true;
  if (is_first && sender.ask_again(index, at)) return;
  finisher.give_up(index, Failure::kUnreachable, at);
}

// RFC 6891 §7: a server that does not know EDNS says FORMERR or NOTIMP.
bool Engine::Core::retry_without_edns(Index index, const dns::ResponseView& response, base::Instant at) noexcept {
  const bool may_be_edns = response.rcode() == dns::Rcode::kFormErr || response.rcode() == dns::Rcode::kNotImp;
  Question& question = tables.questions[index];
  if (!may_be_edns || question.without_edns || !sender.ask_again(index, at)) return false;
  tables.count(EngineCounter::kPlainRetries);
  question.without_edns = true;
  question.same_server = true;
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
  if (payer.streams_open != 0) payer.stream_share += kMilli / payer.streams_open;
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
  core_->admission.give_up_unwanted(kSlotsPerPoll, now);
  core_->admission.shed(now);
  core_->loops.poll(now);
  core_->sender.send_waiting(now);
  if (now - core_->published_at >= kPublishEvery) core_->publish(now);
}

base::Instant Engine::next_event(base::Instant now) const noexcept { return core_->sender.next_event(now); }

void Engine::abandon_all() noexcept {
  for (Index i = 0; i < core_->tables.questions.capacity(); ++i) {
    if (core_->tables.questions[i].stage != Stage::kFree) core_->finisher.drop(i, Failure::kOverload, core_->now);
  }
}

std::size_t Engine::uplinks() const noexcept { return core_->tables.settings.uplinks.size(); }

std::size_t Engine::questions() const noexcept { return core_->tables.questions.open_count(); }

std::size_t Engine::list(std::span<InflightRow> rows, base::Instant now) const noexcept {
  std::size_t filled = 0;
  for (Index i = 0; i < core_->tables.questions.capacity() && filled < rows.size(); ++i) {
    const Question& question = core_->tables.questions[i];
    if (question.stage != Stage::kFree) rows[filled++] = core_->row_of(question, i, now);
  }
  return filled;
}

std::size_t Engine::list_zones(std::span<ZoneRow> rows) const noexcept {
  const Tables& tables = core_->tables;
  std::size_t filled = 0;
  for (Index i = 0; i < tables.zones.size() && filled < rows.size(); ++i) {
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

InflightRow Engine::Core::row_of(const Question& question, Index index, base::Instant at) const noexcept {
  InflightRow row;
  row.key.assign(question.key.view());
  row.age_us = static_cast<std::uint64_t>((at - question.opened_at) / std::chrono::microseconds(1));
  row.sends = question.sends;
  row.state = state_of(question.stage);
  row.client = question.opener;
  if (question.sends != 0 || question.streams != 0)
    row.server = tables.uplinks[question.uplink]->servers.address(question.server);
  tables.questions.for_each_asker(index, [&](const Asker& asker) {
    ++row.askers;
    if (asker.is_waiting(at)) row.others += asker.interest->others.load(std::memory_order_relaxed);
    if (asker.is_waiting(at)) row.waiters += asker.interest->waiters.load(std::memory_order_relaxed);
  });
  return row;
}

void Engine::Core::publish(base::Instant at) noexcept {
  published_at = at;
  tables.open_gauge.set(tables.questions.open_count());
  tables.set_rules();
  tables.zones_used.set(tables.zones.used());
  tables.known_used.set(tables.known_names.used());
  tables.askers_used.set(tables.questions.asker_count());
  tables.streams_used.set(tables.streams_unanswered);
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
          .askers_limit = tables.questions.asker_capacity(),
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
