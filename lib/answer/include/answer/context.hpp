// SPDX-License-Identifier: Apache-2.0
/// @file context.hpp – what the query path and the waiter path of one answerer share.
///
/// Purpose    the parts that an answerer borrows, the settings and the time of the current turn, and how a query ends:
///            with a reply, with an error, or dropped.
/// Threads    one.
/// Ownership  borrows everything in Dependencies, and a generation and a block table from begin() to the next.
/// Cost       no allocation, lock, system call, log, exception or clock read.
/// RFC        5001 (NSID), 7828 (keepalive), 7873 (cookies), 4035 §4.6 (AD): the options and bits of a reply.
///
/// Invariants
///   1. Only begin() changes the generation, the time and the block table; all steps of one turn see the same.
///   2. Every query that is finished or dropped has moved exactly one outcome counter (SLUICE_QUERY_OUTCOMES).
#pragma once

#include <cstddef>
#include <cstdint>

#include "answer/client_records.hpp"
#include "answer/counters.hpp"
#include "answer/generation.hpp"
#include "answer/opaque_pool.hpp"
#include "answer/query.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/strong.hpp"
#include "cache/cache.hpp"
#include "coalesce/inflight.hpp"
#include "dns/answer.hpp"
#include "dns/question_key.hpp"
#include "egress/miss.hpp"
#include "net/address.hpp"
#include "policy/allowance.hpp"
#include "topk/recorder.hpp"

namespace answer {

/// What an answerer borrows.
struct Dependencies {
  base::WorkerId id;  // by which the egress core knows it
  const base::KeyedHash* hash = nullptr;
  cache::Cache* cache = nullptr;
  coalesce::InflightTable* inflight = nullptr;
  egress::MissRing* misses = nullptr;
  egress::CompletionRing* completions = nullptr;
  topk::Recorder* recorder = nullptr;          // may be null: nothing is recorded
  policy::MissAllowance* allowance = nullptr;  // may be null: misses are not limited per client
};

class Context {
 public:
  Context(const Dependencies& with, Counters& into) noexcept : on(with), counters(into), records(on.recorder) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// The settings and the time of this turn; before any step of it.
  void begin(const Generation& now_in_force, base::Instant at) noexcept {
    generation = &now_in_force;
    now = at;
    if (now_in_force.waiting != nullptr && now_in_force.number != settings_number_) {
      on.inflight->apply(*now_in_force.waiting);
      settings_number_ = now_in_force.number;
    }
    records.begin(at, now_in_force.watch, now_in_force.egress.zone_suffixes.span());
    if (on.allowance != nullptr) on.allowance->apply(now_in_force.allowance);
    blocks = now_in_force.blocks != nullptr ? now_in_force.blocks->load(std::memory_order_acquire) : nullptr;
  }

  /// What a reply to this client carries besides its records.
  [[nodiscard]] dns::ReplyExtras extras_for(const dns::ClientState& client, const net::IpAddress& address,
                                            dns::Ede ede) const noexcept;
  /// The same for an answer from the upstream of this key.
  [[nodiscard]] dns::ReplyExtras extras_for_cached(const dns::ClientState& client, const net::IpAddress& address,
                                                   dns::KeyView key, dns::Ede ede) const noexcept;

  // Each ends the query.
  /// `reply_bytes` of its room are the reply; 0: it did not fit.
  void finish(Query& query, std::size_t reply_bytes) noexcept {
    if (reply_bytes == 0) return drop(query, Counter::kNoReplyRoom);
    query.reply_bytes = reply_bytes;
    query.state = QueryState::kAnswered;
  }
  void drop(Query& query, Counter reason) noexcept {
    counters.add(reason);
    query.state = QueryState::kDropped;
  }
  void reply_error(Query& query, Counter outcome, dns::Rcode rcode, dns::Ede ede) noexcept;
  /// As the overload action says, with EDE 14.
  void reply_overload(Query& query, Counter outcome, policy::OverloadAction action) noexcept;

  const Dependencies on;
  Counters& counters;
  ClientRecords records;
  OpaquePool signed_messages;                  // on their way upstream
  const Generation* generation = nullptr;      // of this turn
  base::Instant now;                           // of this turn
  const policy::BlockTable* blocks = nullptr;  // of this turn; null: no client is blocked

 private:
  std::uint64_t settings_number_ = 0;  // of the generation whose settings the in-flight table has
};

}  // namespace answer
