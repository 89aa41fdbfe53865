// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"

#include <algorithm>

namespace egress {
namespace {

constexpr std::uint32_t kRoomShare = 8;  // of the table: what is in flight needs room besides what is queued
// Of the table: with the unknown names less than a worker has places for (coalesce::Settings::max_fetches).
constexpr std::uint32_t kCandidateEighths = 5;
constexpr SlotId kZonesPerLook = 128;  // 8,192 in a second and a bit

}  // namespace

Tables::Tables(base::Arena& arena, const Settings& chosen, const cache::Settings& chosen_cache,
               const Dependencies& world) noexcept
    : settings(chosen),
      cache_settings(chosen_cache),
      around(world),
      entropy(world.entropy),
      fetches(arena, chosen.max_fetches),
      transactions(arena, chosen.max_fetches, chosen.first_port),
      timers(arena, chosen.max_fetches),
      failures(arena),
      back_off(arena),
      zones(arena, chosen.max_fetches, world.entropy),
      known_names(arena, chosen.max_fetches),
      standings(arena, chosen.max_fetches),
      queue_pool(arena, chosen.max_fetches, ZoneTable::records_for(chosen.max_fetches) * kQueuesPerZone),
      links(arena.take<QueueLink>(chosen.max_fetches)),
      scratch(arena.take<dns::ResponseScratch>(1)) {
  for (std::size_t i = 0; i < settings.uplinks.size(); ++i) {
    const UplinkSettings& uplink = settings.uplinks[i];
    const std::span<std::uint64_t> log = arena.take<std::uint64_t>(Budget::log_slots(uplink.budget));
    uplinks[i] = arena.make<Uplink>(uplink, log, queue_pool, links);
    if (uplinks[i] != nullptr) uplinks[i]->servers.set_quota(settings.fetch_quota);
  }
  if (world.entropy == nullptr) return;
  for (int i = 0; i < 4; ++i) client_secret = client_secret << 16U | entropy.u16();
  set_rules();
}

void Tables::set_rules() noexcept {
  const std::uint32_t most = settings.max_fetches - settings.max_fetches / kRoomShare;
  const std::uint32_t candidates = settings.max_fetches / 8 * kCandidateEighths;
  for (std::size_t i = 0; i < settings.uplinks.size(); ++i) {
    uplinks[i]->asks.set({.order = settings.order,
                          .limit_pps = uplinks[i]->budget.limit_pps(),
                          .client_timeout = settings.client_timeout,
                          .most = most,
                          .candidates = candidates});
  }
}

void Tables::apply(const Settings& chosen, const cache::Settings& chosen_cache) noexcept {
  Settings next = chosen;
  next.uplinks = settings.uplinks;
  next.max_fetches = settings.max_fetches;
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

void Tables::record_cost(const Fetch& fetch, std::uint32_t packets) noexcept {
  if (around.recorder == nullptr || !around.recorder->is_on() || fetch.is_probe || packets == 0) return;
  const dns::KeyView key = fetch.key.view();
  around.recorder->upstream({fetch.opener, key.qname(), key.qtype()}, packets);
}

void Tables::arm(SlotId index) noexcept {
  const Fetch& fetch = fetches[index];
  base::Instant at = base::Instant::never();
  if (fetch.older != kNoSlot) at = transactions[fetch.older].dies_at;
  if (fetch.stage == Stage::kSent) at = std::min({at, fetch.early_retry_at, fetch.resend_at});
  if (fetch.stage == Stage::kTcp) at = std::min(at, fetch.resend_at);
  at = std::min(at, fetch.stale_at);
  if (at == base::Instant::never()) {
    timers.disarm(index);
  } else {
    timers.arm(index, at);
  }
}

NameClass Tables::class_of(QueueKind queue_kind, SlotId zone) const noexcept {
  switch (queue_kind) {
    case QueueKind::kKnown:
      return NameClass::kKnown;
    case QueueKind::kPinnedNew:
      return NameClass::kNew;
    case QueueKind::kPinnedUnknown:
      return NameClass::kUnknown;
    case QueueKind::kUnknownClient:
      return zones[zone].unknown_client_names;
    case QueueKind::kByZone:
      break;
  }
  return zones[zone].known_client_names;
}

SlotId Tables::zone_of_name(dns::KeyView key, base::Instant now) noexcept {
  return zones.find(dns::zone_of(key.qname(), settings.zone_suffixes.span()), key.uplink().value(), now);
}

void Tables::enqueue(SlotId index, base::Instant now) noexcept {
  Fetch& fetch = fetches[index];
  fetch.stage = Stage::kQueued;
  fetch.queued_at = now;
  const Place place{.zone_queue = fetch.zone * kQueuesPerZone + static_cast<std::uint32_t>(fetch.queue_kind),
                    .name_class = class_of(fetch.queue_kind, fetch.zone),
                    .client = fetch.client_hash};
  uplink_of(fetch).asks.push(index, place, fetches.demand_of(index, now), now);
}

void Tables::charge(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = fetches[index];
  if (fetch.stage != Stage::kQueued) return;
  Uplink& uplink = uplink_of(fetch);
  uplink.classes[static_cast<std::size_t>(uplink.asks.class_of_queued(index))].sent.add();
  uplink.asks.charge(index, now);
}

void Tables::note_out(Fetch& fetch) noexcept {
  if (fetch.is_out || fetch.zone == kNoSlot) return;
  fetch.is_out = true;
  Zone& zone = zones[fetch.zone];
  ++zone.outstanding;
  ++zone.allowed;
  const bool has_quota = zone.name_bytes != 0;  // the shared record has none
  if (has_quota && zone.outstanding >= zones[fullest_zone].outstanding) fullest_zone = fetch.zone;
}

void Tables::look_for_fullest_zone() noexcept {
  for (SlotId left = kZonesPerLook; left != 0; --left) {
    zone_look_at = zone_look_at + 1 < zones.capacity() ? zone_look_at + 1 : 0;
    if (zones[zone_look_at].outstanding > zones[fullest_zone].outstanding) fullest_zone = zone_look_at;
  }
  fullest_zone_out.set(zones[fullest_zone].outstanding);
}

void Tables::note_refused(SlotId zone, base::Instant now) noexcept {
  ++zones[zone].dropped;
  zones[zone].dropped_at = now;
}

void Tables::note_answer(const Fetch& fetch, ZoneAnswer answer, base::Instant now) noexcept {
  if (fetch.zone == kNoSlot) return;
  if (answer == ZoneAnswer::kGood) known_names.note(fetch.hash);
  const Standing standing = standings.standing(fetch.client_hash, now);
  standings.note(fetch.client_hash, answer, now);
  if (!zones.note(fetch.zone, answer, standing, now)) return;
  const SlotId zone_queues = fetch.zone * kQueuesPerZone;
  const Zone& zone = zones[fetch.zone];
  uplink_of(fetch).asks.move_zone_queue(zone_queues + static_cast<std::uint32_t>(QueueKind::kByZone),
                                        zone.known_client_names);
  uplink_of(fetch).asks.move_zone_queue(zone_queues + static_cast<std::uint32_t>(QueueKind::kUnknownClient),
                                        zone.unknown_client_names);
}

void Tables::unqueue(SlotId index) noexcept {
  const Fetch& fetch = fetches[index];
  if (fetch.stage == Stage::kQueued) uplink_of(fetch).asks.remove(index);
  if (fetch.stage == Stage::kRefresh) uplink_of(fetch).refreshes.remove(index);
}

void Tables::close_transaction(SlotId index, base::Instant now) noexcept {
  const Transaction& transaction = transactions[index];
  uplinks[transaction.uplink]->servers.transaction_closed(transaction.server);
  transactions.close(index, now);
}

void Tables::close_transactions(Fetch& fetch, base::Instant now) noexcept {
  if (fetch.transaction != kNoSlot) close_transaction(fetch.transaction, now);
  if (fetch.older != kNoSlot) close_transaction(fetch.older, now);
  fetch.transaction = fetch.older = kNoSlot;
}

void Tables::enter_tcp(SlotId index, std::uint8_t server, TcpReason reason, base::Instant now) noexcept {
  Fetch& fetch = fetches[index];
  Uplink& uplink = uplink_of(fetch);
  fetch.stage = Stage::kTcp;
  note_out(fetch);
  fetch.server = server;
  fetch.servers_asked = static_cast<std::uint8_t>(fetch.servers_asked | 1U << server);
  fetch.tcp_reason = reason;
  fetch.tcp_serial = tcp_serial;
  fetch.tcp_share_from = uplink.tcp_share;
  fetch.resend_at = now + settings.tcp_timeout;
  ++fetch.tcp_tries;
  ++uplink.tcp_open;
  arm(index);
}

void Tables::leave_tcp(Fetch& fetch) noexcept {
  if (fetch.stage != Stage::kTcp) return;
  Uplink& uplink = uplink_of(fetch);
  --uplink.tcp_open;
  fetch.tcp_millipkts += static_cast<std::uint32_t>(uplink.tcp_share - fetch.tcp_share_from);
}

}  // namespace egress
