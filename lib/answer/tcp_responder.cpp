// SPDX-License-Identifier: Apache-2.0
// One turn of the TCP responder.
#include "answer/tcp_responder.hpp"

namespace answer {

TcpResponder::TcpResponder(const Spec& spec) noexcept
    : id_(spec.id),
      qsbr_(spec.qsbr),
      published_(spec.generation),
      answerer_({.id = spec.id,
                 .hash = spec.hash,
                 .cache = spec.cache,
                 .inflight = spec.inflight,
                 .misses = spec.misses,
                 .completions = spec.completions,
                 .recorder = spec.recorder,
                 .allowance = spec.allowance},
                counters_) {}

void TcpResponder::begin_turn(base::Instant now) noexcept {
  if (reader_ == Reader::kAway) {
    qsbr_->online(id_.value());
    reader_ = Reader::kOnline;
  }
  token_ = qsbr_->token();  // before looking whether anything is held
  answerer_.begin(*published_.enter(), now);
  counters_.add(Counter::kPolls);
}

TcpResponder::Reply TcpResponder::ask(Query& query, base::Instant now) noexcept {
  counters_.add(Counter::kQueries);
  QueryPath& path = answerer_.queries;
  path.parse(query);
  if (query.is_open()) {
    path.locate(query);
    path.answer_hit(query, now);
  }
  if (query.is_open()) path.ask(query, now);
  answerer_.record(query);
  if (query.state == QueryState::kAnswered) return Reply::kNow;
  // A retransmission and its first query get one reply.
  return query.state == QueryState::kWaiting ? Reply::kLater : Reply::kNone;
}

std::size_t TcpResponder::answer_waiters(base::Instant now, ReplySink& sink) noexcept {
  const std::size_t work = answerer_.waiters.answer_completions(now, sink);
  answerer_.waiters.expire_waiters(now, sink);
  if (work != 0) counters_.add(Counter::kBusyPolls);
  return work;
}

// While a query is pending, its completion may arrive at any time with an entry that must stay valid.
void TcpResponder::end_turn() noexcept {
  published_.leave();  // the next turn loads the generation again
  if (answerer_.waiters.holds_completion()) return;
  if (inflight().pending_queries() != 0) return qsbr_->report(id_.value(), token_);
  leave();
}

void TcpResponder::leave() noexcept {
  qsbr_->offline(id_.value());
  reader_ = Reader::kAway;
}

}  // namespace answer
