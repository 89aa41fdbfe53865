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
      links(arena.take<QueueLink>(chosen.max_questions)),
      scratch(arena.take<dns::ResponseScratch>(1)) {
  for (std::size_t i = 0; i < settings.uplinks.size(); ++i) {
    const UplinkSettings& uplink = settings.uplinks[i];
    const std::span<std::uint64_t> log = arena.take<std::uint64_t>(Budget::log_slots(uplink.budget));
    uplinks[i] = arena.make<Uplink>(uplink, settings.order, log, links);
  }
}

void Tables::arm(Index index) noexcept {
  const Question& question = questions[index];
  base::Instant at = base::Instant::never();
  if (question.older != kNoIndex) at = attempts[question.older].dies_at;
  if (question.stage == Stage::kSent) at = std::min({at, question.nudge_at, question.resend_at});
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

}  // namespace egress
