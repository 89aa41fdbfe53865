// SPDX-License-Identifier: Apache-2.0
/// @file waiter_path.hpp – replies to waiting clients: when the completion arrives, or when the client timeout expires.
///
/// Purpose    takes completions from the egress core and answers their waiters, a bounded number per call.
/// Threads    one. Shared with the egress core: the cache (as a reader), the ring of completions.
/// Ownership  borrows the Context.
/// Cost       no allocation, lock, system call, log, exception or clock read; virtual calls per waiter (ReplySink).
/// RFC        2181 §8 (TTL 0), 8767 (stale), 8914 (EDE).
///
/// Invariants
///   1. A completion stays at the front of its ring until its last waiter is answered or held back. While it does,
///      holds_completion() is true and no quiescent state may be reported, so that its entry stays valid.
///   2. Each waiter taken out of the table moves exactly one of the counters answered, failed, silent, expired, dropped_*.
#pragma once

#include <cstddef>

#include "answer/context.hpp"
#include "answer/held_answers.hpp"
#include "answer/reply_sink.hpp"
#include "base/handle.hpp"
#include "base/instant.hpp"
#include "coalesce/inflight.hpp"
#include "egress/miss.hpp"

namespace answer {

class WaiterPath {
 public:
  explicit WaiterPath(Context& context) noexcept : context_(context) {}
  WaiterPath(const WaiterPath&) = delete;
  WaiterPath& operator=(const WaiterPath&) = delete;

  /// Answers clients that were dropped, clients that were held back, and some waiters of the completions at hand.
  /// Returns how much work that was.
  std::size_t answer_completions(base::Instant now, ReplySink& sink) noexcept;
  /// Answers some of the waiters whose client timeout has expired.
  void expire_waiters(base::Instant now, ReplySink& sink) noexcept;
  /// While true, the entry of a completion is in use and no quiescent state may be reported.
  [[nodiscard]] bool holds_completion() const noexcept { return context_.on.completions->front() != nullptr; }

 private:
  /// What a waiting client gets.
  struct ReplySpec {
    const cache::Entry* entry = nullptr;
    dns::Ede ede = dns::Ede::kNone;
    dns::Rcode without_entry = dns::Rcode::kServFail;
  };

  std::size_t answer_dropped(base::Instant now, ReplySink& sink) noexcept;
  /// Clients that were held back because their address had had its share of a burst.
  std::size_t answer_put_off(base::Instant now, ReplySink& sink) noexcept;
  /// Some waiters of this completion; true when none is left to look at.
  [[nodiscard]] bool answer_some(const egress::Completion& completion, base::Instant now, ReplySink& sink,
                                 std::size_t& looks) noexcept;
  /// Closes the pending query, or puts it off with the answer that its held-back clients will get (may be null).
  void end_answers(base::Handle pending, const cache::Entry* answer, base::Instant now) noexcept;
  /// The cache's best usable entry for this key: of its type, or an NXDOMAIN for every type.
  [[nodiscard]] const cache::Entry* find_kept(std::uint64_t hash, dns::KeyView key, base::Instant now) const noexcept;
  /// The reply to a signed message, unchanged but for the ID.
  void forward_signed(const coalesce::Waiter& waiter, dns::KeyView key, base::Bytes reply, ReplySink& sink) noexcept;
  /// Builds and sends one waiter's reply.
  void answer_waiter(const coalesce::Waiter& waiter, dns::KeyView key, const ReplySpec& reply, base::Instant now,
                     ReplySink& sink) noexcept;

  Context& context_;
  HeldAnswers held_;
};

}  // namespace answer
