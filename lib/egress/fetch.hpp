// SPDX-License-Identifier: Apache-2.0
/// @file question.hpp – a question of the whole appliance and those who asked it.
///
/// Purpose    what the engine knows of one question between its first miss and its completion.
/// Threads    egress only; an asker's Interest is written by its worker.
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
#include "net/address.hpp"
#include "slot_id.hpp"

namespace egress {

enum class Stage : std::uint8_t {
  kFree,
  kQueued,   // waits for a token; pairs of earlier sends may still bring the reply
  kSent,     // waits for a reply
  kRefresh,  // nobody waits: sent when the budget is idle
  kTcp,      // asked over TCP: the slow path has it
};

/// Which of its zone's lanes a question queues in.
enum class QueueKind : std::uint8_t {
  kKnown,          // it was answered before, or is pinned so
  kByZone,         // the class is the zone's
  kUnknownClient,  // likewise, of one whose questions have brought nothing so far
  kPinnedNew,      // the settings say so
  kPinnedUnknown,  // likewise
};
inline constexpr std::uint32_t kQueuesPerZone = 5;

/// Why a question is asked over TCP; decides what becomes of it when that fails.
enum class TcpReason : std::uint8_t {
  kTruncated,  // the clients can be told so
  kWrongId,    // somebody guesses: UDP again, on another port
  kAlways,     // the settings say so: another server
};

/// A worker (or the slow path) that wants the answer.
struct Subscriber {
  const coalesce::Interest* interest = nullptr;
  base::Handle handle;
  std::uint32_t retransmits_seen = 0;
  SlotId next = kNoSlot;
  std::uint64_t client_hash = 0;  // the client that asked it there first, hashed
  base::WorkerId worker;

  /// Does a client with patience left wait there?
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
  const OpaqueMessage* opaque = nullptr;  // a signed message: sent once as it is, its reply passed on and not kept
  net::IpAddress opener;                  // the client that asked first; nobody's of a probe
  base::Instant opened_at;
  base::Instant queued_at;
  base::Instant early_retry_at;                     // from here on a client's retransmission makes the retry due
  base::Instant resend_at;                          // the retry is due
  base::Instant stale_at = base::Instant::never();  // expired data is given to those who wait by now
  base::Instant wanted_until;                       // although nobody waits: those who did got expired data
  SlotId chain = kNoSlot;                           // the next of its hash bucket, or of the free list
  SlotId first_subscriber = kNoSlot;
  SlotId transaction = kNoSlot;   // the pair in use
  SlotId older = kNoSlot;         // the pair towards the server before, for one more timeout
  SlotId zone = kNoSlot;          // its record; a probe has none
  std::uint64_t client_hash = 0;  // in whose flow it queues: the client that asked first, hashed
  std::uint16_t uplink = 0;
  std::uint8_t server = 0;          // asked last, valid when sends != 0
  std::uint8_t servers_asked = 0;   // one bit each
  std::uint8_t servers_failed = 0;  // those that answered, and had no answer
  std::uint8_t servers_silent = 0;  // likewise: those that let a packet time out
  std::uint8_t sends = 0;
  Stage stage = Stage::kFree;
  QueueKind queue_kind = QueueKind::kByZone;
  bool is_out = false;        // sent: counts as outstanding in its zone
  bool is_probe = false;      // nobody asks it; sent once, to one server
  bool same_server = false;   // the next send repeats the last one's server
  bool without_edns = false;  // the server does not speak EDNS
  bool was_malformed = false;
  bool plain_case = false;     // a server changed the letter case: no more of it
  bool near_miss = false;      // a reply on the right tuple had a wrong ID
  bool served_stale = false;   // whoever asks gets expired data at once
  bool waits_on = false;       // its last packet has timed out; a slow reply may still come
  std::uint8_t tcp_tries = 0;  // times it was asked over TCP
  TcpReason tcp_reason{};
  std::uint32_t tcp_serial = 0;      // of the last time
  std::uint32_t tcp_millipkts = 0;   // its share of the segments so far, in thousandths of a packet
  std::uint64_t tcp_share_from = 0;  // kTcp: the uplink's tcp_share when it began
};
static_assert(sizeof(Fetch) <= 448);

}  // namespace egress
