// SPDX-License-Identifier: Apache-2.0
// What an engine shows of itself: published gauges, and lists of fetches and zones.
#include "engine_core.hpp"

namespace egress {
namespace {

constexpr base::Duration kLimitedFor = std::chrono::minutes(1);  // a zone counts as limited after its last refusal

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

std::uint32_t read(const stats::Gauge& gauge) noexcept { return static_cast<std::uint32_t>(gauge.read()); }

}  // namespace

void Engine::Core::publish(base::Instant at) noexcept {
  published_at = at;
  open.set(state.fetches.open_count());
  state.uplinks.set_queue_rules(state.settings());
  zones_used.set(state.history.zones().used());
  known_used.set(state.history.known_names().used());
  subscribers_used.set(state.fetches.subscriber_count());
  tcp.publish();
  state.history.zones().look_for_fullest();
  fullest_zone.set(state.history.zones().fullest_outstanding());
  for (std::size_t i = 0; i < state.uplinks.size(); ++i) {
    state.uplinks[i].publish(state.settings().uplinks[i].budget, at);
  }
}

InflightRow Engine::Core::row_of(SlotId index, base::Instant at) const noexcept {
  const Fetch& fetch = state.fetches[index];
  InflightRow row;
  row.key.assign(fetch.key.view());
  row.age_us = static_cast<std::uint64_t>((at - fetch.opened_at) / std::chrono::microseconds(1));
  row.sends = fetch.sends;
  row.state = state_of(fetch.stage);
  row.client = fetch.opener;
  if (fetch.sends != 0 || fetch.tcp_tries != 0) {
    row.server = state.uplinks[fetch.uplink].servers().address(fetch.server);
  }
  state.fetches.for_each_subscriber(index, [&](const Subscriber& subscriber) {
    ++row.subscribers;
    if (!subscriber.is_waiting(at)) return;
    row.others += subscriber.interest->others.load(std::memory_order_relaxed);
    row.waiters += subscriber.interest->waiters.load(std::memory_order_relaxed);
  });
  return row;
}

std::size_t Engine::list(std::span<InflightRow> rows, base::Instant now) const noexcept {
  const FetchTable& fetches = core_->state.fetches;
  std::size_t filled = 0;
  for (SlotId i = 0; i < fetches.capacity() && filled < rows.size(); ++i) {
    if (fetches[i].stage != Stage::kFree) rows[filled++] = core_->row_of(i, now);
  }
  return filled;
}

std::size_t Engine::list_zones(std::span<ZoneRow> rows) const noexcept {
  const ZoneTable& zones = core_->state.history.zones();
  const std::uint32_t quota = core_->state.settings().fetches_per_zone;
  std::size_t filled = 0;
  for (SlotId i = 0; i < zones.size() && filled < rows.size(); ++i) {
    const Zone& zone = zones[i];
    const bool was_full = zone.dropped != 0 && core_->now - zone.dropped_at < kLimitedFor;
    if (zone.name_bytes == 0 || (!was_full && !zones.is_full(i, quota))) continue;
    rows[filled++] = {.name = zone.name,
                      .name_bytes = zone.name_bytes,
                      .uplink = zone.uplink,
                      .outstanding = zone.outstanding,
                      .quota = quota,
                      .allowed = zone.allowed,
                      .dropped = zone.dropped};
  }
  return filled;
}

const EngineCounters& Engine::counters() const noexcept { return core_->state.counters(); }

std::uint64_t Engine::open_gauge() const noexcept { return core_->open.read(); }

UplinkStats Engine::uplink_stats(std::size_t uplink) const noexcept {
  SLUICE_REQUIRE(uplink < uplinks());
  return core_->state.uplinks[uplink].stats();
}

LimitStats Engine::limit_stats() const noexcept {
  return {.zones_used = read(core_->zones_used),
          .zones_limit = core_->state.history.zones().capacity(),
          .known_used = read(core_->known_used),
          .known_limit = core_->state.history.known_names().capacity(),
          .subscribers_used = read(core_->subscribers_used),
          .subscribers_limit = core_->state.fetches.subscriber_capacity(),
          .tcp_fetches_used = core_->tcp.published_used(),
          .tcp_fetches_limit = kMaxTcpFetches,
          .fullest_zone = read(core_->fullest_zone)};
}

std::size_t Engine::server_stats(std::span<ServerStats> servers) const noexcept {
  std::size_t filled = 0;
  for (std::size_t u = 0; u < uplinks(); ++u) {
    const Servers& of = core_->state.uplinks[u].servers();
    for (std::size_t s = 0; s < of.size() && filled < servers.size(); ++s) {
      servers[filled] = of.stats(s);
      servers[filled++].uplink = static_cast<std::uint16_t>(u);
    }
  }
  return filled;
}

}  // namespace egress
