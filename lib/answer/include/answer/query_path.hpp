// SPDX-License-Identifier: Apache-2.0
/// @file query_path.hpp – from a client's query to its reply, or to a waiter if the answer must come from upstream.
///
/// Purpose    the steps of a query, separate so that a worker can run each over a whole burst: parse, locate,
///            prefetch, answer a hit, ask upstream.
/// Threads    one. Shared with the egress core: the cache (as a reader), the ring of misses.
/// Ownership  owns the Context, which the waiter path borrows; the query's buffer is the caller's.
/// Cost       no allocation, lock, system call, log, exception, virtual call or clock read.
/// RFC        1035, 2181, 2308, 6891, 8020, 8767, 8914.
///
/// Invariants
///   1. Each query that parse() has seen ends in exactly one state other than kOpen, and in one outcome counter.
///   2. A pending query is opened only if a record of the miss ring was reserved for it before.
#pragma once

#include <cstdint>

#include "answer/context.hpp"
#include "answer/query.hpp"
#include "base/instant.hpp"
#include "cache/cache.hpp"
#include "dns/query.hpp"
#include "egress/miss.hpp"

namespace answer {

class QueryPath {
 public:
  QueryPath(const Dependencies& on, Counters& counters) noexcept : context_(on, counters) {}
  QueryPath(const QueryPath&) = delete;
  QueryPath& operator=(const QueryPath&) = delete;

  // The steps of a query, in this order. All but parse() require an open query.
  /// Message, policy, own answers, key.
  void parse(Query& query) noexcept;
  /// Hashes the key and prefetches its bucket. A separate step: hashing a key right after writing it stalls on the
  /// store buffer.
  void locate(Query& query) const noexcept {
    if (!query.is_signed) query.hash = (*context_.on.hash)(query.key.view().bytes());
    context_.on.cache->prefetch_bucket(query.hash);
  }
  /// Prefetches the entry or, if there is none, all that a miss touches. True: call prefetch_elsewhere().
  [[nodiscard]] bool prefetch_entry(Query& query) noexcept;
  /// After the whole burst has run prefetch_entry(), so that second buckets have arrived.
  void prefetch_elsewhere(Query& query) noexcept;
  void answer_hit(Query& query, base::Instant now) noexcept;
  /// Keeps a waiter and asks the egress core, or replies why not. The query is not open afterwards.
  void ask(Query& query, base::Instant now) noexcept;

  [[nodiscard]] Context& context() noexcept { return context_; }
  [[nodiscard]] const Context& context() const noexcept { return context_; }

 private:
  // query_path.cpp: the decision what a query may ask, and hits.
  void reject(Query& query, dns::QueryReject reason) noexcept;
  void admit(Query& query, const dns::QueryView& view) noexcept;
  void forward_signed(Query& query, const dns::QueryView& view) noexcept;
  void answer_local(Query& query, const dns::AnswerImage& image) noexcept;
  void prefetch_miss(Query& query) noexcept;
  /// The cache's best entry for the query: of its type, or an NXDOMAIN for every type.
  [[nodiscard]] const cache::Entry* look_up(Query& query, base::Instant now) noexcept {
    return context_.on.cache->find_best(query.hash, query.key.view(), now, [&] { return find_name(query, now); });
  }
  /// An NXDOMAIN that covers the name: its own or, with nxdomain_cut, one of a name above it.
  [[nodiscard]] const cache::Entry* find_name(Query& query, base::Instant now) noexcept;
  /// A fresh NXDOMAIN of a name above it.
  [[nodiscard]] const cache::Entry* find_cut(const Query& query, base::Instant now) const noexcept;
  /// Of its key with kEveryType.
  [[nodiscard]] std::uint64_t nxdomain_hash_of(Query& query) const noexcept;
  void answer_from(Query& query, const cache::Entry& entry, base::Instant now) noexcept;
  void answer_stale(Query& query, const cache::Entry& entry) noexcept;
  /// Answers from expired data if the cache has some.
  [[nodiscard]] bool answer_if_stale(Query& query, base::Instant now) noexcept;

  // misses.cpp: what goes to the egress core, and what a limit holds back.
  void describe(const Query& query, egress::MissKind kind, base::Instant now, egress::Miss& miss) const noexcept;
  /// Refuses or drops the query of a blocked client, or marks it cache-only. True: the query stays open.
  [[nodiscard]] bool passes_blocks(Query& query) noexcept;
  /// A table or ring of ours is full.
  void turn_away(Query& query, Counter outcome, base::Instant now) noexcept;
  /// The client may not ask upstream: blocked, or above its allowance.
  void hold(Query& query, Counter outcome, base::Instant now) noexcept;
  void report_loop(const Query& query) noexcept;
  void ask_refresh(Query& query, base::Instant now) noexcept;

  Context context_;
  std::uint64_t signed_serial_ = 0;  // of the latest signed message
};

}  // namespace answer
