// SPDX-License-Identifier: Apache-2.0
// Turns of the asker behind TCP connections.
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

TcpResponder::Fate TcpResponder::ask(Query& query, base::Instant now) noexcept {
  counters_.add(Counter::kQueries);
  answerer_.parse(query);
  if (query.is_open()) {
    answerer_.locate(query);
    answerer_.answer_hit(query, now);
  }
  if (query.is_open()) answerer_.ask(query, now);
  answerer_.record(query);
  if (query.state == QueryState::kAnswered) return Fate::kAnswered;
  // A client's repetition of a question that it waits for is answered once.
  return query.state == QueryState::kWaiting ? Fate::kWaiting : Fate::kNothing;
}

std::size_t TcpResponder::answer_waiters(base::Instant now, ReplySink& sink) noexcept {
  const std::size_t work = answerer_.answer_completions(now, sink);
  answerer_.expire_waiters(now, sink);
  if (work != 0) counters_.add(Counter::kBusyPolls);
  return work;
}

// As long as a question is open its completion may come at any time, and with it an answer that must stay.
void TcpResponder::end_turn() noexcept {
  published_.leave();  // the next turn takes the generation of its time
  if (answerer_.holds_completion()) return;
  if (inflight().open_questions() != 0) return qsbr_->report(id_.value(), token_);
  leave();
}

void TcpResponder::leave() noexcept {
  qsbr_->offline(id_.value());
  reader_ = Reader::kAway;
}

}  // namespace answer
