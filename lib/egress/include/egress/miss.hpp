// SPDX-License-Identifier: Apache-2.0
/// @file miss.hpp – the two records that cross between a worker and the egress core.
///
/// Purpose    Miss: a client waits for this question; Completion: its result, for all clients that wait there.
/// Threads    written by one side, read by the other, through an SPSC ring per worker and direction.
/// Lifetime   Completion::entry is valid until the worker reports quiescent, which it does only after it has emptied its
///            completion ring.
///
/// Invariants
///   1. Every Miss of kind kAsk gets exactly one Completion; other kinds get none.
///   2. A Completion has an entry, or a failure and the EDE that belongs to it.
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
#include "net/address.hpp"
#include "policy/overload_action.hpp"

namespace egress {

enum class MissKind : std::uint8_t {
  kAsk,      // a client waits; the completion goes to `handle`
  kRefresh,  // a hit near expiry: no client waits
  kLoop,     // a client asked a name below kLoopZone; it has its answer already
};

struct Miss {
  dns::QuestionKey key;
  std::uint64_t hash = 0;
  std::uint64_t nxdomain_hash = 0;  // of the key with kEveryType; not used for a signed message
  base::Instant asked_at;
  base::Handle handle;                           // in the worker's in-flight table
  const coalesce::Interest* interest = nullptr;  // clients that wait there, live; nullptr for a refresh
  net::IpAddress client;                         // the client that asked first
  base::WorkerId worker;
  MissKind kind = MissKind::kAsk;
  const OpaqueMessage* opaque = nullptr;  // a signed message: goes upstream unchanged; its hash is unique
};

/// Why a fetch ended without an answer of the upstream.
enum class Failure : std::uint8_t {
  kNone,         // there is an entry
  kTimeout,      // no packet was answered: SERVFAIL
  kUnreachable,  // no path to any server, or only malformed replies: SERVFAIL
  kOverload,     // refused by a limit of ours: as `action` says; never cached
  kAbandoned,    // no client waited any more
};

/// RFC 8914 §4: the EDE that goes with a failure.
[[nodiscard]] constexpr dns::Ede ede_of(Failure failure) noexcept {
  switch (failure) {
    case Failure::kTimeout:
      return dns::Ede::kNoReachableAuthority;
    case Failure::kUnreachable:
      return dns::Ede::kNetworkError;
    case Failure::kOverload:
    case Failure::kAbandoned:
      return dns::Ede::kNotReady;
    case Failure::kNone:
      break;
  }
  return dns::Ede::kNone;
}

struct Completion {
  base::Handle handle;
  const cache::Entry* entry = nullptr;  // nullptr: `failure` says why
  Failure failure = Failure::kNone;
  dns::Ede ede = dns::Ede::kNone;                                     // goes with the answer, or with the failure
  policy::OverloadAction action = policy::OverloadAction::kServFail;  // kOverload: what the clients get
};

using MissRing = base::SpscRing<Miss>;
using CompletionRing = base::SpscRing<Completion>;

}  // namespace egress
