// SPDX-License-Identifier: Apache-2.0
/// @file tcp_responder.hpp – the asker behind TCP connections: an Answerer with an identity of its own at the egress core.
///
/// Purpose    to the egress core and to reclamation it is what a worker is: rings, an in-flight table, a reader slot. It
///            knows connections by their handles only; sockets are its caller's.
/// Threads    one thread. Its reader slot is its id.
/// Ownership  borrows everything in its Spec.
/// Cost       no allocation, lock, system call, log, exception or clock read.
/// RFC        7766 §6.2.1.1 (answers in any order).
///
///   begin_turn() ─▶ ask() …, answer_waiters() ─▶ end_turn()      between two turns it holds nothing but completions,
///                                                                 and is no reader while it has no question open
#pragma once

#include <cstddef>
#include <cstdint>

#include "answer/answerer.hpp"
#include "base/qsbr.hpp"

namespace answer {

class TcpResponder {
 public:
  struct Spec {
    base::WorkerId id;  // the first that no worker has
    const base::KeyedHash* hash = nullptr;
    cache::Cache* cache = nullptr;
    base::Qsbr* qsbr = nullptr;
    coalesce::InflightTable* inflight = nullptr;
    egress::MissRing* misses = nullptr;
    egress::CompletionRing* completions = nullptr;
    GenerationReader generation;
    topk::Recorder* recorder = nullptr;          // may be null: nobody is watched
    policy::MissAllowance* allowance = nullptr;  // may be null: nobody is limited
  };

  enum class Fate : std::uint8_t {
    kAnswered,  // the reply stands in the query's room
    kWaiting,   // one more reply will go to the sink
    kNothing,   // owed nothing, or already waiting for it
  };

  explicit TcpResponder(const Spec& spec) noexcept;
  TcpResponder(const TcpResponder&) = delete;
  TcpResponder& operator=(const TcpResponder&) = delete;

  void begin_turn(base::Instant now) noexcept;
  /// One message of a connection; the first five members of `query` are set.
  [[nodiscard]] Fate ask(Query& query, base::Instant now) noexcept;
  /// Answers some of those who wait; returns how much work that was.
  std::size_t answer_waiters(base::Instant now, ReplySink& sink) noexcept;
  void end_turn() noexcept;
  /// After the last turn: reclamation waits for this reader no more.
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
