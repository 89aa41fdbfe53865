// SPDX-License-Identifier: Apache-2.0
/// @file fetch_table.hpp – all fetches, found by key, with their subscribers.
///
/// Purpose    one slot per fetch; the only writer of Fetch and Subscriber. Each verb is one event of a fetch's life.
/// Threads    egress only.
/// Ownership  fixed tables in the engine's memory.
/// Cost       find, open, close: O(1) expected.
///
/// Invariants
///   1. Fields of a fetch change only through the verbs below: operator[] is const.
///   2. The stage says in which list a fetch is: kQueued in its uplink's scheduler, kRefresh in its refresh list
///      (queues.hpp keeps the two in step).
///   3. A subscriber belongs to exactly one fetch and gets exactly one completion.
#pragma once

#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "egress/miss.hpp"
#include "egress_queue/queue_pool.hpp"
#include "fetch.hpp"

namespace egress {

/// All that is known of a fetch when it opens.
struct NewFetch {
  dns::KeyView key;
  std::uint64_t hash = 0;
  std::uint64_t nxdomain_hash = 0;
  std::uint16_t uplink = 0;
  const OpaqueMessage* opaque = nullptr;
  net::IpAddress opener;
  std::uint64_t client_hash = 0;
  SlotId zone = kNoSlot;
  QueueKind queue_kind = QueueKind::kByZone;
};

class FetchTable {
 public:
  FetchTable(base::Arena& arena, std::uint32_t max_fetches) noexcept;

  [[nodiscard]] const Fetch& operator[](SlotId fetch) const noexcept { return fetches_[fetch]; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(fetches_.size()); }
  [[nodiscard]] std::uint32_t open_count() const noexcept { return open_count_; }
  [[nodiscard]] bool has_room() const noexcept { return free_fetch_ != kNoSlot; }
  [[nodiscard]] SlotId find(std::uint64_t hash, dns::KeyView key) const noexcept;

  /// A new fetch without subscribers, or kNoSlot when all slots are taken.
  [[nodiscard]] SlotId open(const NewFetch& fetch, base::Instant now) noexcept;
  /// Frees its subscribers as well.
  void close(SlotId fetch) noexcept;

  // Stages
  void note_queued(SlotId fetch, base::Instant now) noexcept;
  void note_refresh(SlotId fetch, base::Instant now) noexcept;
  /// A probe waits in no queue: it is sent at once.
  void note_probe(SlotId fetch) noexcept { fetches_[fetch].stage = Stage::kSent; }
  void note_sent(SlotId fetch, std::uint8_t server) noexcept;
  /// The port refused the last packet after it was counted.
  void note_not_sent(SlotId fetch) noexcept { --fetches_[fetch].sends; }
  struct TcpTry {
    std::uint8_t server = 0;
    TcpReason reason{};
    std::uint32_t serial = 0;
    std::uint64_t share_from = 0;
  };
  void note_tcp(SlotId fetch, const TcpTry& tcp) noexcept;
  void add_tcp_cost(SlotId fetch, std::uint32_t millipkts) noexcept { fetches_[fetch].tcp_millipkts += millipkts; }
  /// Counts as outstanding in its zone from here on. False when it already did.
  bool note_out(SlotId fetch) noexcept;

  // Times
  void set_due(SlotId fetch, base::Instant early_retry_at, base::Instant resend_at) noexcept;
  void set_early_retry(SlotId fetch, base::Instant at) noexcept { fetches_[fetch].early_retry_at = at; }
  /// The last packet has timed out; the fetch waits until `resend_at` for a slow reply.
  void wait_on(SlotId fetch, base::Instant resend_at) noexcept;

  // Stale data
  /// Stale data is due at `at`, or earlier if that was set before.
  void serve_stale_at(SlotId fetch, base::Instant at) noexcept;
  void cancel_stale(SlotId fetch) noexcept { fetches_[fetch].stale_at = base::Instant::never(); }
  /// Its clients have stale data; it is fetched until `wanted_until`.
  void note_served_stale(SlotId fetch, base::Instant wanted_until) noexcept;

  // Servers and transactions
  void set_transactions(SlotId fetch, SlotId current, SlotId older) noexcept;
  void repeat_server(SlotId fetch, std::uint8_t server) noexcept;
  /// The next send goes to another server, with EDNS.
  void move_on(SlotId fetch) noexcept;
  void note_failed_server(SlotId fetch, std::uint8_t server) noexcept;
  /// True for the first packet to this server that times out.
  [[nodiscard]] bool note_silent_server(SlotId fetch, std::uint8_t server) noexcept;

  // Replies
  /// The next send goes to the same server without EDNS.
  void drop_edns(SlotId fetch) noexcept;
  /// The next send goes to this server in lower case.
  void drop_case(SlotId fetch, std::uint8_t server) noexcept;
  /// True for the first malformed reply.
  [[nodiscard]] bool note_malformed(SlotId fetch) noexcept;
  /// True for the first wrong ID.
  [[nodiscard]] bool note_near_miss(SlotId fetch) noexcept;

  // Subscribers
  [[nodiscard]] std::uint32_t subscriber_capacity() const noexcept {
    return static_cast<std::uint32_t>(subscribers_.size());
  }
  [[nodiscard]] std::uint32_t subscriber_count() const noexcept { return subscriber_count_; }
  [[nodiscard]] bool has_subscriber_room() const noexcept { return free_subscriber_ != kNoSlot; }
  /// False when the pool is exhausted.
  [[nodiscard]] bool add_subscriber(SlotId fetch, const Miss& miss, std::uint64_t client_hash) noexcept;
  /// This worker's subscription, or kNoSlot.
  [[nodiscard]] SlotId subscriber_of(SlotId fetch, base::WorkerId worker) const noexcept;
  [[nodiscard]] const Subscriber& subscriber(SlotId subscriber) const noexcept { return subscribers_[subscriber]; }
  /// The worker asks again under another handle.
  void replace_handle(SlotId subscriber, const Miss& miss) noexcept;
  /// They have their completions; the fetch stays.
  void release_subscribers(SlotId fetch) noexcept { free_subscribers(fetches_[fetch]); }
  template <class Visit>
  void for_each_subscriber(SlotId fetch, Visit&& visit) const noexcept {
    for (SlotId i = fetches_[fetch].first_subscriber; i != kNoSlot; i = subscribers_[i].next) visit(subscribers_[i]);
  }

  /// Waiting clients, and how many of them are others than its opener.
  [[nodiscard]] Demand demand_of(SlotId fetch, base::Instant now) const noexcept;
  [[nodiscard]] bool is_wanted(SlotId fetch, base::Instant now) const noexcept;
  /// Whether a client has retransmitted since forget_retransmits().
  [[nodiscard]] bool saw_retransmit(SlotId fetch) const noexcept;
  void forget_retransmits(SlotId fetch) noexcept;

 private:
  [[nodiscard]] SlotId& bucket_of(std::uint64_t hash) const noexcept { return buckets_[hash & (buckets_.size() - 1)]; }
  void free_subscribers(Fetch& fetch) noexcept;

  std::span<Fetch> fetches_;
  std::span<SlotId> buckets_;
  std::span<Subscriber> subscribers_;
  SlotId free_fetch_ = kNoSlot;
  SlotId free_subscriber_ = kNoSlot;
  std::uint32_t open_count_ = 0;
  std::uint32_t subscriber_count_ = 0;
};

}  // namespace egress
