// SPDX-License-Identifier: Apache-2.0
// The engine as its role sees it: each event goes to the part that decides.
#include "egress/engine.hpp"

#include <algorithm>
#include <bit>

#include "engine_core.hpp"

namespace egress {
namespace {

constexpr std::size_t kSlotsPerPoll = 8;  // a full table of 65,536 is examined in 8,192 polls
constexpr base::Duration kPublishEvery = std::chrono::milliseconds(20);
constexpr std::uint32_t kMaxFetches = 1U << 20U;

void check(const Settings& settings) noexcept {
  SLUICE_REQUIRE(!settings.uplinks.empty());
  SLUICE_REQUIRE(std::has_single_bit(settings.max_fetches) && settings.max_fetches <= kMaxFetches);
  SLUICE_REQUIRE(settings.max_sends >= 1);
  SLUICE_REQUIRE(settings.first_port <= 0xffffU - 1'023U);  // a range to draw from
  SLUICE_REQUIRE(settings.min_timeout.count() > 0 && settings.min_timeout <= settings.max_timeout);
}

}  // namespace

std::size_t Engine::bytes_needed(const Settings& settings) noexcept {
  check(settings);
  base::Arena arena;
  static_cast<void>(arena.make<Core>(arena, settings, cache::Settings{}, Dependencies{}));  // counts the Core itself
  const Core measured(arena, settings, cache::Settings{}, Dependencies{});                  // and its tables
  return arena.used();
}

Engine::Engine(base::MutableBytes memory, const Settings& settings, const cache::Settings& cache_settings,
               const Dependencies& deps) noexcept {
  check(settings);
  SLUICE_REQUIRE(deps.cache != nullptr && deps.wire != nullptr && deps.entropy != nullptr);
  base::Arena arena(memory);
  core_ = arena.make<Core>(arena, settings, cache_settings, deps);
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
  core_->replies.take_datagram(frame, payload, now);
}

void Engine::on_tcp_reply(const TcpReply& reply, base::Instant now) noexcept { core_->replies.take_tcp(reply, now); }

void Engine::on_transmitted(std::uint64_t ticket, SendResult result) noexcept {
  core_->sender.on_transmitted(ticket, result);
}

void Engine::on_path(std::uint16_t uplink, std::uint16_t server, const Path& path) noexcept {
  SLUICE_REQUIRE(uplink < uplinks());
  Servers& servers = core_->state.uplinks[uplink].servers();
  SLUICE_REQUIRE(server < servers.size());
  servers.set_path(server, path);
}

bool Engine::charge_foreign(std::uint16_t uplink, base::Instant now) noexcept {
  SLUICE_REQUIRE(uplink < uplinks());
  const bool charged = core_->state.uplinks[uplink].charge_foreign(now);
  core_->state.count(charged ? EngineCounter::kForeignCharged : EngineCounter::kForeignDenied);
  return charged;
}

void Engine::apply(const Settings& settings, const cache::Settings& cache_settings) noexcept {
  core_->state.apply(settings, cache_settings);
}

void Engine::scale_budget(std::uint16_t uplink, std::uint32_t permille) noexcept {
  SLUICE_REQUIRE(uplink < uplinks());
  core_->state.uplinks[uplink].scale_budget(permille, core_->state.settings().uplinks[uplink].budget);
}

void Engine::poll(base::Instant now) noexcept {
  core_->now = now;
  core_->retries.run_timers(now);
  core_->admission.drop_unwanted(kSlotsPerPoll, now);
  core_->admission.shed(now);
  core_->loops.poll(now);
  core_->dispatcher.send_waiting(now);
  if (now - core_->published_at >= kPublishEvery) core_->publish(now);
}

base::Instant Engine::next_event(base::Instant now) const noexcept {
  return std::max(std::min(core_->deadlines.next_at(), core_->dispatcher.next_chance(now)), now);
}

void Engine::abandon_all() noexcept {
  for (SlotId i = 0; i < core_->state.fetches.capacity(); ++i) {
    if (core_->state.fetches[i].stage != Stage::kFree) core_->completer.drop(i, Failure::kOverload, core_->now);
  }
}

std::size_t Engine::uplinks() const noexcept { return core_->state.uplinks.size(); }

std::size_t Engine::fetches() const noexcept { return core_->state.fetches.open_count(); }

}  // namespace egress
