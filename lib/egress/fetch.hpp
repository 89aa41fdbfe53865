// SPDX-License-Identifier: Apache-2.0
/// @file fetch.hpp – one question of the whole appliance that is outstanding upstream, and its subscribers.
///
/// Purpose    what the engine knows of a question between its first miss and its completion.
/// Threads    egress only; a subscriber's Interest is written by its worker.
/// Ownership  written by FetchTable only: everything else gets `const Fetch&`.
///
///   kFree ─ open ─▶ kQueued ─ sent ─▶ kSent ─ reply, or the last send timed out ─▶ kFree
///                   ▲   ▲                │ └─ TC, or a wrong ID ─▶ kTcp ─ reply, or none ─▶ kFree, or kQueued
///     kRefresh ─────┘   └── retry due ───┘
#pragma once

#include <array>
#include <cstdint>

#include "base/handle.hpp"
#include "base/instant.hpp"
#include "base/strong.hpp"
#include "coalesce/interest.hpp"
#include "dns/question_key.hpp"
#include "egress/opaque.hpp"
#include "egress_history/zone_table.hpp"
#include "egress_queue/slot_id.hpp"
#include "net/address.hpp"

namespace egress {

enum class Stage : std::uint8_t {
  kFree,
  kQueued,   // waits for a token; a reply to an earlier send may still come
  kSent,     // waits for a reply
  kRefresh,  // has no subscriber: sent when the budget is idle
  kTcp,      // the slow path asks it over TCP
};

/// Why a fetch is asked over TCP; decides what happens when TCP fails.
enum class TcpReason : std::uint8_t {
  kTruncated,  // the clients get a truncated answer
  kWrongId,    // an attacker guesses IDs: back to UDP, on another port
  kAlways,     // by configuration: another server
};

/// A worker (or the TCP responder) that wants the result.
struct Subscriber {
  const coalesce::Interest* interest = nullptr;
  base::Handle handle;
  std::uint32_t retransmits_seen = 0;
  SlotId next = kNoSlot;
  std::uint64_t client_hash = 0;  // of the client that asked there first
  base::WorkerId worker;

  /// Whether a client waits there whose timeout has not passed.
  [[nodiscard]] bool is_waiting(base::Instant now) const noexcept {
    return interest->generation.load(std::memory_order_relaxed) == handle.generation &&
           interest->waiters.load(std::memory_order_relaxed) != 0 &&
           interest->deadline_ns.load(std::memory_order_relaxed) > now.ns();
  }
};

struct Fetch {
  dns::QuestionKey key;
  std::uint64_t hash = 0;
  std::uint64_t nxdomain_hash = 0;        // of the key with kEveryType
  const OpaqueMessage* opaque = nullptr;  // a signed message: sent once, unchanged; its reply is not cached
  net::IpAddress opener;                  // the client that asked first; zero of a probe
  base::Instant opened_at;
  base::Instant queued_at;
  base::Instant early_retry_at;                     // from here on a client's retransmission makes the retry due
  base::Instant resend_at;                          // the retry is due
  base::Instant stale_at = base::Instant::never();  // subscribers get stale data at this time
  base::Instant wanted_until;                       // fetched until then although its clients already have stale data
  SlotId chain = kNoSlot;                           // next of its hash bucket, or of the free list
  SlotId first_subscriber = kNoSlot;
  SlotId transaction = kNoSlot;   // current
  SlotId older = kNoSlot;         // transaction with the previous server, open for one more timeout
  SlotId zone = kNoSlot;          // record of its zone; a probe has none
  std::uint64_t client_hash = 0;  // of `opener`: in this client's queue the fetch waits
  std::uint16_t uplink = 0;
  std::uint8_t server = 0;          // of the last send, valid when sends != 0
  std::uint8_t servers_asked = 0;   // one bit each
  std::uint8_t servers_failed = 0;  // servers that answered with a failure
  std::uint8_t servers_silent = 0;  // servers that let a packet time out
  std::uint8_t sends = 0;
  Stage stage = Stage::kFree;
  QueueKind queue_kind = QueueKind::kByZone;
  bool is_out = false;        // sent: counts as outstanding in its zone
  bool same_server = false;   // the next send goes to `server` again
  bool without_edns = false;  // the server does not support EDNS
  bool was_malformed = false;
  bool plain_case = false;    // a server changed the letter case: no 0x20 for this fetch
  bool near_miss = false;     // a reply on the right addresses and ports had a wrong ID
  bool served_stale = false;  // further clients get stale data at once
  bool waits_on = false;      // the last packet has timed out; a slow reply may still come
  std::uint8_t tcp_tries = 0;
  TcpReason tcp_reason{};
  std::uint32_t tcp_serial = 0;      // of the last TCP try
  std::uint32_t tcp_millipkts = 0;   // its share of TCP segments so far, in thousandths of a packet
  std::uint64_t tcp_share_from = 0;  // kTcp: the uplink's share counter when the try began

  /// A loop probe: no subscriber, sent once to one server.
  [[nodiscard]] bool is_probe() const noexcept { return zone == kNoSlot; }
};
static_assert(sizeof(Fetch) <= 448);

}  // namespace egress
