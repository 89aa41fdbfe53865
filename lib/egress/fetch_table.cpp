// SPDX-License-Identifier: Apache-2.0
// Slots, hash chains and subscriber lists of fetches, and the events that change a fetch.
#include "fetch_table.hpp"

#include <algorithm>
#include <bit>

namespace egress {
namespace {

constexpr std::size_t kSubscribersPerFetch = 2;  // on average; most fetches have one

std::uint8_t with(std::uint8_t servers, std::uint8_t server) noexcept {
  return static_cast<std::uint8_t>(servers | 1U << server);
}

std::uint32_t retransmits_of(const coalesce::Interest& interest) noexcept {
  return interest.retransmits.load(std::memory_order_relaxed);
}

}  // namespace

FetchTable::FetchTable(base::Arena& arena, std::uint32_t max_fetches) noexcept
    : fetches_(arena.take<Fetch>(max_fetches)),
      buckets_(arena.take<SlotId>(max_fetches)),
      subscribers_(arena.take<Subscriber>(max_fetches * kSubscribersPerFetch)) {
  SLUICE_REQUIRE(std::has_single_bit(max_fetches));
  std::fill(buckets_.begin(), buckets_.end(), kNoSlot);
  for (std::size_t i = fetches_.size(); i-- > 0;) {
    fetches_[i].chain = free_fetch_;
    free_fetch_ = static_cast<SlotId>(i);
  }
  for (std::size_t i = subscribers_.size(); i-- > 0;) {
    subscribers_[i].next = free_subscriber_;
    free_subscriber_ = static_cast<SlotId>(i);
  }
}

SlotId FetchTable::find(std::uint64_t hash, dns::KeyView key) const noexcept {
  for (SlotId i = bucket_of(hash); i != kNoSlot; i = fetches_[i].chain) {
    if (fetches_[i].hash == hash && fetches_[i].key.view() == key) return i;
  }
  return kNoSlot;
}

SlotId FetchTable::open(const NewFetch& opened, base::Instant now) noexcept {
  const SlotId index = free_fetch_;
  if (index == kNoSlot) return kNoSlot;
  Fetch& fetch = fetches_[index];
  free_fetch_ = fetch.chain;
  fetch = Fetch{};
  fetch.key.assign(opened.key);
  fetch.hash = opened.hash;
  fetch.nxdomain_hash = opened.nxdomain_hash;
  fetch.uplink = opened.uplink;
  fetch.opaque = opened.opaque;
  fetch.opener = opened.opener;
  fetch.client_hash = opened.client_hash;
  fetch.zone = opened.zone;
  fetch.queue_kind = opened.queue_kind;
  fetch.opened_at = now;
  SlotId& bucket = bucket_of(fetch.hash);
  fetch.chain = bucket;
  bucket = index;
  ++open_count_;
  return index;
}

void FetchTable::close(SlotId index) noexcept {
  Fetch& fetch = fetches_[index];
  SLUICE_REQUIRE(fetch.stage != Stage::kFree);
  free_subscribers(fetch);
  SlotId* link = &bucket_of(fetch.hash);
  while (*link != index) link = &fetches_[*link].chain;
  *link = fetch.chain;
  fetch.stage = Stage::kFree;
  fetch.chain = free_fetch_;
  free_fetch_ = index;
  --open_count_;
}

void FetchTable::note_queued(SlotId index, base::Instant now) noexcept {
  fetches_[index].stage = Stage::kQueued;
  fetches_[index].queued_at = now;
}

void FetchTable::note_refresh(SlotId index, base::Instant now) noexcept {
  fetches_[index].stage = Stage::kRefresh;
  fetches_[index].queued_at = now;
}

void FetchTable::note_sent(SlotId index, std::uint8_t server) noexcept {
  Fetch& fetch = fetches_[index];
  ++fetch.sends;
  fetch.server = server;
  fetch.servers_asked = with(fetch.servers_asked, server);
  fetch.same_server = false;
  fetch.stage = Stage::kSent;
}

void FetchTable::note_tcp(SlotId index, const TcpTry& tcp) noexcept {
  Fetch& fetch = fetches_[index];
  fetch.stage = Stage::kTcp;
  fetch.server = tcp.server;
  fetch.servers_asked = with(fetch.servers_asked, tcp.server);
  fetch.tcp_reason = tcp.reason;
  fetch.tcp_serial = tcp.serial;
  fetch.tcp_share_from = tcp.share_from;
  ++fetch.tcp_tries;
}

bool FetchTable::note_out(SlotId index) noexcept {
  Fetch& fetch = fetches_[index];
  if (fetch.is_out || fetch.is_probe()) return false;
  fetch.is_out = true;
  return true;
}

void FetchTable::set_due(SlotId index, base::Instant early_retry_at, base::Instant resend_at) noexcept {
  fetches_[index].early_retry_at = early_retry_at;
  fetches_[index].resend_at = resend_at;
}

void FetchTable::wait_on(SlotId index, base::Instant resend_at) noexcept {
  fetches_[index].waits_on = true;
  set_due(index, resend_at, resend_at);
}

void FetchTable::serve_stale_at(SlotId index, base::Instant at) noexcept {
  fetches_[index].stale_at = std::min(fetches_[index].stale_at, at);
}

void FetchTable::note_served_stale(SlotId index, base::Instant wanted_until) noexcept {
  fetches_[index].served_stale = true;
  fetches_[index].wanted_until = wanted_until;
}

void FetchTable::set_transactions(SlotId index, SlotId current, SlotId older) noexcept {
  fetches_[index].transaction = current;
  fetches_[index].older = older;
}

void FetchTable::repeat_server(SlotId index, std::uint8_t server) noexcept {
  fetches_[index].same_server = true;
  fetches_[index].server = server;
}

void FetchTable::move_on(SlotId index) noexcept {
  fetches_[index].same_server = false;
  fetches_[index].without_edns = false;
}

void FetchTable::note_failed_server(SlotId index, std::uint8_t server) noexcept {
  fetches_[index].servers_failed = with(fetches_[index].servers_failed, server);
}

bool FetchTable::note_silent_server(SlotId index, std::uint8_t server) noexcept {
  const std::uint8_t before = fetches_[index].servers_silent;
  fetches_[index].servers_silent = with(before, server);
  return before != fetches_[index].servers_silent;
}

void FetchTable::drop_edns(SlotId index) noexcept {
  fetches_[index].without_edns = true;
  fetches_[index].same_server = true;
}

void FetchTable::drop_case(SlotId index, std::uint8_t server) noexcept {
  fetches_[index].plain_case = true;
  repeat_server(index, server);
}

bool FetchTable::note_malformed(SlotId index) noexcept {
  const bool is_first = !fetches_[index].was_malformed;
  fetches_[index].was_malformed = true;
  return is_first;
}

bool FetchTable::note_near_miss(SlotId index) noexcept {
  const bool is_first = !fetches_[index].near_miss;
  fetches_[index].near_miss = true;
  return is_first;
}

void FetchTable::free_subscribers(Fetch& fetch) noexcept {
  while (fetch.first_subscriber != kNoSlot) {
    const SlotId freed = fetch.first_subscriber;
    fetch.first_subscriber = subscribers_[freed].next;
    subscribers_[freed].next = free_subscriber_;
    free_subscriber_ = freed;
    --subscriber_count_;
  }
}

bool FetchTable::add_subscriber(SlotId fetch, const Miss& miss, std::uint64_t client_hash) noexcept {
  const SlotId index = free_subscriber_;
  if (index == kNoSlot) return false;
  Subscriber& subscriber = subscribers_[index];
  free_subscriber_ = subscriber.next;
  ++subscriber_count_;
  replace_handle(index, miss);
  subscriber.client_hash = client_hash;
  subscriber.worker = miss.worker;
  subscriber.next = fetches_[fetch].first_subscriber;
  fetches_[fetch].first_subscriber = index;
  return true;
}

SlotId FetchTable::subscriber_of(SlotId fetch, base::WorkerId worker) const noexcept {
  SlotId i = fetches_[fetch].first_subscriber;
  while (i != kNoSlot && subscribers_[i].worker != worker) i = subscribers_[i].next;
  return i;
}

void FetchTable::replace_handle(SlotId index, const Miss& miss) noexcept {
  Subscriber& subscriber = subscribers_[index];
  subscriber.handle = miss.handle;
  subscriber.interest = miss.interest;
  subscriber.retransmits_seen = retransmits_of(*miss.interest);
}

Demand FetchTable::demand_of(SlotId fetch, base::Instant now) const noexcept {
  Demand demand;
  for_each_subscriber(fetch, [&](const Subscriber& subscriber) {
    if (!subscriber.is_waiting(now)) return;
    demand.waiters += subscriber.interest->waiters.load(std::memory_order_relaxed);
    demand.others += subscriber.interest->others.load(std::memory_order_relaxed);
    if (subscriber.client_hash != fetches_[fetch].client_hash) ++demand.others;
  });
  return demand;
}

bool FetchTable::is_wanted(SlotId fetch, base::Instant now) const noexcept {
  for (SlotId i = fetches_[fetch].first_subscriber; i != kNoSlot; i = subscribers_[i].next) {
    if (subscribers_[i].is_waiting(now)) return true;
  }
  return now < fetches_[fetch].wanted_until;
}

bool FetchTable::saw_retransmit(SlotId fetch) const noexcept {
  for (SlotId i = fetches_[fetch].first_subscriber; i != kNoSlot; i = subscribers_[i].next) {
    if (retransmits_of(*subscribers_[i].interest) != subscribers_[i].retransmits_seen) return true;
  }
  return false;
}

void FetchTable::forget_retransmits(SlotId fetch) noexcept {
  for (SlotId i = fetches_[fetch].first_subscriber; i != kNoSlot; i = subscribers_[i].next) {
    subscribers_[i].retransmits_seen = retransmits_of(*subscribers_[i].interest);
  }
}

}  // namespace egress
