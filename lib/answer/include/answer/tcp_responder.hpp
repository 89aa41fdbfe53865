// SPDX-License-Identifier: Apache-2.0
/// @file tcp_responder.hpp – answers clients' queries over TCP: an Answerer and its place among the workers.
///
/// Purpose    to the egress core and to reclamation it is like a worker: rings, an in-flight table, a reader slot. It
///            knows connections by their handles only; sockets belong to the caller.
/// Threads    one thread. Its reader slot is its id.
/// Ownership  borrows everything in its Spec.
/// Cost       no allocation, lock, system call, log, exception or clock read.
/// RFC        7766 §6.2.1.1 (answers in any order).
///
///   begin_turn() ─▶ ask() …, answer_waiters() ─▶ end_turn()
///
/// Invariants
///   1. Between two turns it holds no entry, except those of completions that still have waiters.
///   2. While no query is pending it is not a reader: reclamation does not wait for it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "answer/answerer.hpp"
#include "base/qsbr.hpp"

namespace answer {

class TcpResponder {
 public:
  struct Spec {
    base::WorkerId id;  // one behind the last worker's
    const base::KeyedHash* hash = nullptr;
    cache::Cache* cache = nullptr;
    base::Qsbr* qsbr = nullptr;
    coalesce::InflightTable* inflight = nullptr;
    egress::MissRing* misses = nullptr;
    egress::CompletionRing* completions = nullptr;
    GenerationReader generation;
    topk::Recorder* recorder = nullptr;          // may be null: nothing is recorded
    policy::MissAllowance* allowance = nullptr;  // may be null: misses are not limited per client
  };

  enum class Reply : std::uint8_t {
    kNow,    // in the query's room
    kLater,  // to the sink
    kNone,   // dropped, or a retransmission of a query that waits
  };

  explicit TcpResponder(const Spec& spec) noexcept;
  TcpResponder(const TcpResponder&) = delete;
  TcpResponder& operator=(const TcpResponder&) = delete;

  void begin_turn(base::Instant now) noexcept;
  /// One message of a connection; the first five members of `query` are set.
  [[nodiscard]] Reply ask(Query& query, base::Instant now) noexcept;
  /// Answers some waiters; returns how much work that was.
  std::size_t answer_waiters(base::Instant now, ReplySink& sink) noexcept;
  void end_turn() noexcept;
  /// After the last turn: reclamation no longer waits for this reader.
  void leave() noexcept;

  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] const coalesce::InflightTable& inflight() const noexcept { return answerer_.inflight(); }
  [[nodiscard]] const OpaquePool& signed_messages() const noexcept { return answerer_.signed_messages(); }

 private:
  enum class Reader : std::uint8_t { kAway, kOnline };

  base::WorkerId id_;
  base::Qsbr* qsbr_;
  GenerationReader published_;
  Counters counters_;
  Answerer answerer_;
  base::Qsbr::Token token_ = 0;
  Reader reader_ = Reader::kAway;
};

}  // namespace answer
