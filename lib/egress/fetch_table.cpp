// SPDX-License-Identifier: Apache-2.0
#include "fetch_table.hpp"

#include <algorithm>
#include <bit>

namespace egress {
namespace {

constexpr std::size_t kSubscribersPerFetch = 2;  // on average; most questions have one

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

SlotId FetchTable::open(std::uint64_t hash, dns::KeyView key, base::Instant now) noexcept {
  const SlotId index = free_fetch_;
  if (index == kNoSlot) return kNoSlot;
  Fetch& fetch = fetches_[index];
  free_fetch_ = fetch.chain;
  fetch = Fetch{};
  fetch.key.assign(key);
  fetch.hash = hash;
  fetch.opened_at = now;
  SlotId& bucket = bucket_of(hash);
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
  Subscriber& asker = subscribers_[index];
  free_subscriber_ = asker.next;
  ++subscriber_count_;
  asker.interest = miss.interest;
  asker.handle = miss.handle;
  asker.retransmits_seen = miss.interest->nudges.load(std::memory_order_relaxed);
  asker.client_hash = client_hash;
  asker.worker = miss.worker;
  asker.next = fetches_[fetch].first_subscriber;
  fetches_[fetch].first_subscriber = index;
  return true;
}

Subscriber* FetchTable::subscriber_of(SlotId fetch, base::WorkerId worker) noexcept {
  for (SlotId i = fetches_[fetch].first_subscriber; i != kNoSlot; i = subscribers_[i].next) {
    if (subscribers_[i].worker == worker) return &subscribers_[i];
  }
  return nullptr;
}

Demand FetchTable::demand_of(SlotId fetch, base::Instant now) const noexcept {
  Demand demand;
  for (SlotId i = fetches_[fetch].first_subscriber; i != kNoSlot; i = subscribers_[i].next) {
    const Subscriber& asker = subscribers_[i];
    if (!asker.is_waiting(now)) continue;
    demand.waiters += asker.interest->waiters.load(std::memory_order_relaxed);
    demand.others += asker.interest->others.load(std::memory_order_relaxed);
    if (asker.client_hash != fetches_[fetch].client_hash) ++demand.others;
  }
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
    if (subscribers_[i].interest->nudges.load(std::memory_order_relaxed) != subscribers_[i].retransmits_seen)
      return true;
  }
  return false;
}

void FetchTable::forget_retransmits(SlotId fetch) noexcept {
  for (SlotId i = fetches_[fetch].first_subscriber; i != kNoSlot; i = subscribers_[i].next) {
    subscribers_[i].retransmits_seen = subscribers_[i].interest->nudges.load(std::memory_order_relaxed);
  }
}

}  // namespace egress
