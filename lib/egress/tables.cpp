// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"

#include <algorithm>

namespace egress {

Tables::Tables(Arena& arena, const Settings& chosen, const cache::Settings& chosen_cache,
               const Surroundings& world) noexcept
    : settings(chosen),
      cache_settings(chosen_cache),
      around(world),
      entropy(world.entropy),
      questions(arena, chosen.max_questions),
      attempts(arena, chosen.max_questions, chosen.first_port),
      timers(arena, chosen.max_questions),
      failures(arena),
      back_off(arena),
      links(arena.take<QueueLink>(chosen.max_questions)),
      scratch(arena.take<dns::ResponseScratch>(1)) {
  for (std::size_t i = 0; i < settings.uplinks.size(); ++i) {
    const UplinkSettings& uplink = settings.uplinks[i];
    const std::span<std::uint64_t> log = arena.take<std::uint64_t>(Budget::log_slots(uplink.budget));
    uplinks[i] = arena.make<Uplink>(uplink, settings.order, log, links);
    if (uplinks[i] != nullptr) uplinks[i]->servers.set_quota(settings.fetch_quota);
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
    uplinks[i]->asks.set(next.order, next.uplinks[i].budget.limit_pps);
  }
  settings = next;
  cache_settings = chosen_cache;
}

const cache::Entry* Tables::known(std::uint64_t hash, std::uint64_t nxdomain_hash, dns::KeyView key,
                                  base::Instant now) const noexcept {
  const cache::Entry* of_type = around.cache->find(hash, key);
  if (of_type != nullptr && of_type->freshness(now) == cache::Freshness::kFresh) return of_type;
  const cache::Entry* of_name = around.cache->find_nxdomain(nxdomain_hash, key);
  if (of_name == nullptr) return of_type;
  return of_type == nullptr || of_name->freshness(now) == cache::Freshness::kFresh ? of_name : of_type;
}

bool Tables::set_budget(std::size_t uplink, const BudgetSettings& configured) noexcept {
  BudgetSettings now = configured;
  now.limit_pps = static_cast<std::uint32_t>(std::uint64_t{now.limit_pps} * uplinks[uplink]->budget_permille / 1'000);
  if (configured.limit_pps != 0) now.limit_pps = std::max(now.limit_pps, 1U);
  return uplinks[uplink]->budget.set(now);
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

void Tables::enter_stream(Index index, std::uint8_t server, StreamReason reason, base::Instant deadline) noexcept {
  Question& question = questions[index];
  Uplink& uplink = uplink_of(question);
  question.stage = Stage::kStream;
  question.server = server;
  question.servers_asked = static_cast<std::uint8_t>(question.servers_asked | 1U << server);
  question.stream_reason = reason;
  question.stream_serial = stream_serial;
  question.stream_share_from = uplink.stream_share;
  question.resend_at = deadline;
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
