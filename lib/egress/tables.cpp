// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"

#include <algorithm>

namespace egress {
namespace {

constexpr std::uint32_t kRoomShare = 8;  // of the table: what is in flight needs room besides what is queued
// Of the table: with the unknown names less than a worker has places for (coalesce::Settings::max_questions).
constexpr std::uint32_t kCandidateEighths = 5;
constexpr Index kZonesPerLook = 128;  // 8,192 in a second and a bit

}  // namespace

Tables::Tables(base::Arena& arena, const Settings& chosen, const cache::Settings& chosen_cache,
               const Dependencies& world) noexcept
    : settings(chosen),
      cache_settings(chosen_cache),
      around(world),
      entropy(world.entropy),
      questions(arena, chosen.max_questions),
      attempts(arena, chosen.max_questions, chosen.first_port),
      timers(arena, chosen.max_questions),
      failures(arena),
      back_off(arena),
      zones(arena, chosen.max_questions, world.entropy),
      known_names(arena, chosen.max_questions),
      askers(arena, chosen.max_questions),
      flows(arena, chosen.max_questions, ZoneTable::records_for(chosen.max_questions) * kLanesPerZone),
      links(arena.take<QueueLink>(chosen.max_questions)),
      scratch(arena.take<dns::ResponseScratch>(1)) {
  for (std::size_t i = 0; i < settings.uplinks.size(); ++i) {
    const UplinkSettings& uplink = settings.uplinks[i];
    const std::span<std::uint64_t> log = arena.take<std::uint64_t>(Budget::log_slots(uplink.budget));
    uplinks[i] = arena.make<Uplink>(uplink, log, flows, links);
    if (uplinks[i] != nullptr) uplinks[i]->servers.set_quota(settings.fetch_quota);
  }
  if (world.entropy == nullptr) return;
  for (int i = 0; i < 4; ++i) asker_secret = asker_secret << 16U | entropy.u16();
  set_rules();
}

void Tables::set_rules() noexcept {
  const std::uint32_t most = settings.max_questions - settings.max_questions / kRoomShare;
  const std::uint32_t candidates = settings.max_questions / 8 * kCandidateEighths;
  for (std::size_t i = 0; i < settings.uplinks.size(); ++i) {
    uplinks[i]->asks.set({.order = settings.order,
                          .limit_pps = uplinks[i]->budget.limit_pps(),
                          .patience = settings.client_patience,
                          .most = most,
                          .candidates = candidates});
  }
}

void Tables::apply(const Settings& chosen, const cache::Settings& chosen_cache) noexcept {
  Settings next = chosen;
  next.uplinks = settings.uplinks;
  next.max_questions = settings.max_questions;
  next.first_port = settings.first_port;
  next.joining = settings.joining;
  for (std::size_t i = 0; i < std::min(next.uplinks.size(), chosen.uplinks.size()); ++i) {
    const BudgetSettings& budget = chosen.uplinks[i].budget;
    if (set_budget(i, budget)) next.uplinks[i].budget = budget;
    uplinks[i]->servers.set_quota(chosen.fetch_quota);
    next.uplinks[i].closed_loop = chosen.uplinks[i].closed_loop;
    next.uplinks[i].rebind = chosen.uplinks[i].rebind;
    next.uplinks[i].private_zones = chosen.uplinks[i].private_zones;
  }
  settings = next;
  cache_settings = chosen_cache;
  set_rules();
}

bool Tables::set_budget(std::size_t uplink, const BudgetSettings& configured) noexcept {
  BudgetSettings now = configured;
  now.limit_pps = static_cast<std::uint32_t>(std::uint64_t{now.limit_pps} * uplinks[uplink]->budget_permille / 1'000);
  if (configured.limit_pps != 0) now.limit_pps = std::max(now.limit_pps, 1U);
  return uplinks[uplink]->budget.set(now);
}

void Tables::record_cost(const Question& question, std::uint32_t packets) noexcept {
  if (around.recorder == nullptr || !around.recorder->is_on() || question.is_probe || packets == 0) return;
  const dns::KeyView key = question.key.view();
  around.recorder->upstream({question.opener, key.qname(), key.qtype()}, packets);
}

void Tables::arm(Index index) noexcept {
  const Question& question = questions[index];
  base::Instant at = base::Instant::never();
  if (question.older != kNoIndex) at = attempts[question.older].dies_at;
  if (question.stage == Stage::kSent) at = std::min({at, question.nudge_at, question.resend_at});
  if (question.stage == Stage::kStream) at = std::min(at, question.resend_at);
  at = std::min(at, question.stale_at);
  if (at == base::Instant::never()) {
    timers.disarm(index);
  } else {
    timers.arm(index, at);
  }
}

NameClass Tables::class_of(LaneKind lane, Index zone) const noexcept {
  switch (lane) {
    case LaneKind::kKnown:
      return NameClass::kKnown;
    case LaneKind::kPinnedNew:
      return NameClass::kNew;
    case LaneKind::kPinnedUnknown:
      return NameClass::kUnknown;
    case LaneKind::kStranger:
      return zones[zone].strange_names;
    case LaneKind::kByZone:
      break;
  }
  return zones[zone].new_names;
}

Index Tables::zone_of_name(dns::KeyView key, base::Instant now) noexcept {
  return zones.find(dns::zone_of(key.qname(), settings.zone_suffixes.span()), key.uplink().value(), now);
}

void Tables::enqueue(Index index, base::Instant now) noexcept {
  Question& question = questions[index];
  question.stage = Stage::kQueued;
  question.queued_at = now;
  const Place place{.lane = question.zone * kLanesPerZone + static_cast<std::uint32_t>(question.lane),
                    .name_class = class_of(question.lane, question.zone),
                    .asker = question.who};
  uplink_of(question).asks.push(index, place, questions.demand_of(index, now), now);
}

void Tables::charge(Index index, base::Instant now) noexcept {
  const Question& question = questions[index];
  if (question.stage != Stage::kQueued) return;
  Uplink& uplink = uplink_of(question);
  uplink.classes[static_cast<std::size_t>(uplink.asks.class_of_queued(index))].sent.add();
  uplink.asks.charge(index, now);
}

void Tables::note_out(Question& question) noexcept {
  if (question.is_out || question.zone == kNoIndex) return;
  question.is_out = true;
  Zone& zone = zones[question.zone];
  ++zone.outstanding;
  ++zone.allowed;
  const bool has_quota = zone.name_bytes != 0;  // the shared record has none
  if (has_quota && zone.outstanding >= zones[fullest_zone].outstanding) fullest_zone = question.zone;
}

void Tables::look_for_fullest_zone() noexcept {
  for (Index left = kZonesPerLook; left != 0; --left) {
    zone_look_at = zone_look_at + 1 < zones.capacity() ? zone_look_at + 1 : 0;
    if (zones[zone_look_at].outstanding > zones[fullest_zone].outstanding) fullest_zone = zone_look_at;
  }
  fullest_zone_out.set(zones[fullest_zone].outstanding);
}

void Tables::note_refused(Index zone, base::Instant now) noexcept {
  ++zones[zone].dropped;
  zones[zone].dropped_at = now;
}

void Tables::note_answer(const Question& question, ZoneAnswer answer, base::Instant now) noexcept {
  if (question.zone == kNoIndex) return;
  if (answer == ZoneAnswer::kGood) known_names.note(question.hash);
  const Standing standing = askers.standing(question.who, now);
  askers.note(question.who, answer, now);
  if (!zones.note(question.zone, answer, standing, now)) return;
  const Index lanes = question.zone * kLanesPerZone;
  const Zone& zone = zones[question.zone];
  uplink_of(question).asks.move_lane(lanes + static_cast<std::uint32_t>(LaneKind::kByZone), zone.new_names);
  uplink_of(question).asks.move_lane(lanes + static_cast<std::uint32_t>(LaneKind::kStranger), zone.strange_names);
}

void Tables::unqueue(Index index) noexcept {
  const Question& question = questions[index];
  if (question.stage == Stage::kQueued) uplink_of(question).asks.remove(index);
  if (question.stage == Stage::kRefresh) uplink_of(question).refreshes.remove(index);
}

void Tables::close_attempt(Index index, base::Instant now) noexcept {
  const Attempt& attempt = attempts[index];
  uplinks[attempt.uplink]->servers.pair_closed(attempt.server);
  attempts.close(index, now);
}

void Tables::close_attempts(Question& question, base::Instant now) noexcept {
  if (question.attempt != kNoIndex) close_attempt(question.attempt, now);
  if (question.older != kNoIndex) close_attempt(question.older, now);
  question.attempt = question.older = kNoIndex;
}

void Tables::enter_stream(Index index, std::uint8_t server, TcpReason reason, base::Instant now) noexcept {
  Question& question = questions[index];
  Uplink& uplink = uplink_of(question);
  question.stage = Stage::kStream;
  note_out(question);
  question.server = server;
  question.servers_asked = static_cast<std::uint8_t>(question.servers_asked | 1U << server);
  question.stream_reason = reason;
  question.stream_serial = stream_serial;
  question.stream_share_from = uplink.stream_share;
  question.resend_at = now + settings.stream_timeout;
  ++question.streams;
  ++uplink.streams_open;
  arm(index);
}

void Tables::leave_stream(Question& question) noexcept {
  if (question.stage != Stage::kStream) return;
  Uplink& uplink = uplink_of(question);
  --uplink.streams_open;
  question.stream_millipkts += static_cast<std::uint32_t>(uplink.stream_share - question.stream_share_from);
}

}  // namespace egress
