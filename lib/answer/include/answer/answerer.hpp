// SPDX-License-Identifier: Apache-2.0
/// @file answerer.hpp – both halves of answering: a QueryPath and a WaiterPath over one Context.
///
/// Purpose    what a worker and the TCP responder each have one of, so that a datagram and a message of a TCP connection
///            are answered by the same code, from the same cache, through the same egress core.
/// Threads    one thread, which the egress core knows by `Dependencies::id`.
/// Ownership  borrows everything in its Dependencies.
/// Cost       no allocation, lock, system call, log, exception or clock read.
/// RFC        7766 §6.2.1.1 (answers in any order).
#pragma once

#include "answer/context.hpp"
#include "answer/query_path.hpp"
#include "answer/waiter_path.hpp"

namespace answer {

class Answerer {
 public:
  using Spec = Dependencies;

  /// `counters` are the caller's, which counts packets or connections in them.
  Answerer(const Spec& spec, Counters& counters) noexcept : queries(spec, counters), waiters(queries.context()) {}
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;

  /// The settings and the time of this turn; before any other call of the turn.
  void begin(const Generation& generation, base::Instant now) noexcept { queries.context().begin(generation, now); }
  /// Once for each query that was parsed, after its last step.
  void record(const Query& query) noexcept { queries.context().records.query(query); }

  [[nodiscard]] const coalesce::InflightTable& inflight() const noexcept { return *queries.context().on.inflight; }
  [[nodiscard]] const OpaquePool& signed_messages() const noexcept { return queries.context().signed_messages; }

  QueryPath queries;
  WaiterPath waiters;
};

}  // namespace answer
