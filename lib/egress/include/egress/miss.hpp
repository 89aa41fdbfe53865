// SPDX-License-Identifier: Apache-2.0
/// @file miss.hpp – the two records that cross between a worker and the egress core.
///
/// Purpose    Miss: "somebody here waits for this question"; Completion: "this is its answer, for all who wait".
///            Every Miss gets exactly one Completion; joining costs neither.
/// Threads    written by one side, read by the other, through an SPSC ring per worker and direction.
/// Lifetime   Completion::entry is valid until the worker reports quiescent, which it does only when it has found its
///            completion ring empty.
#pragma once

#include <cstdint>

#include "base/handle.hpp"
#include "base/instant.hpp"
#include "base/spsc_ring.hpp"
#include "base/strong.hpp"
#include "cache/entry.hpp"
#include "coalesce/interest.hpp"
#include "dns/question_key.hpp"
#include "dns/types.hpp"
#include "egress/opaque.hpp"
#include "egress/settings.hpp"
#include "net/address.hpp"

namespace egress {

enum class MissKind : std::uint8_t {
  kAsk,      // a client waits; the completion goes to `handle`
  kRefresh,  // a hit near expiry: nobody waits, no completion is due
  kLoop,     // a client asked a name below kLoopZone and has its answer; no completion is due
};

struct Miss {
  dns::QuestionKey key;
  std::uint64_t hash = 0;
  std::uint64_t nxdomain_hash = 0;  // of the key with kEveryType; not used for a signed message
  base::Instant asked_at;
  base::Handle handle;                           // in the worker's in-flight table
  const coalesce::Interest* interest = nullptr;  // who waits, live; nullptr for a refresh
  net::IpAddress asker;                          // client that opened the question
  base::WorkerId worker;
  MissKind kind = MissKind::kAsk;
  const OpaqueMessage* opaque = nullptr;  // a signed message: goes as it is, its hash is no other question's
};

/// Why a question ended without an answer of the upstream.
enum class Failure : std::uint8_t {
  kNone,         // there is an entry
  kTimeout,      // every send went unanswered: SERVFAIL, EDE 22
  kUnreachable,  // no path to any server: SERVFAIL, EDE 23
  kOverload,     // refused by a limit of ours: as `action` says, with EDE 14 (not ready); never cached
  kAbandoned,    // nobody waited any more when its turn came
};

struct Completion {
  base::Handle handle;
  const cache::Entry* entry = nullptr;  // nullptr: failure says why
  Failure failure = Failure::kNone;
  dns::Ede ede = dns::Ede::kNone;                                     // goes with the answer (stale, cached error)
  policy::OverloadAction action = policy::OverloadAction::kServFail;  // kOverload: what the clients get
};

using MissRing = base::SpscRing<Miss>;
using CompletionRing = base::SpscRing<Completion>;

}  // namespace egress
