// SPDX-License-Identifier: Apache-2.0
/// @file completer.hpp – how a fetch ends: its answer is cached, its subscribers get completions, its slots are freed.
///
/// Purpose    the only place that posts completions.
/// Threads    egress only.
/// RFC        8767 §5 (stale data in place of a failure).
///
/// Invariants
///   1. Every miss gets exactly one completion.
///   2. Stale data that may still serve answers in place of a failure, and stays in the cache.
///   3. A limit of ours is never cached as a failure of the name.
#pragma once

#include "base/instant.hpp"
#include "cache/entry.hpp"
#include "cache_writer.hpp"
#include "costs.hpp"
#include "deadlines.hpp"
#include "dns/response.hpp"
#include "egress/miss.hpp"
#include "engine_state.hpp"
#include "open_transactions.hpp"
#include "queues.hpp"

namespace egress {

/// EDE of a stale answer. RFC 8914 §4.4, §4.20.
[[nodiscard]] inline dns::Ede stale_ede(const cache::Entry& entry) noexcept {
  return entry.kind() == dns::AnswerKind::kNxDomain ? dns::Ede::kStaleNxDomain : dns::Ede::kStale;
}

/// How long workers answer with stale data on their own before the next miss. A return of the upstream is noticed within
/// this time plus the probe interval.
inline constexpr base::Duration kStaleWindow = std::chrono::milliseconds(500);

/// How long a fetch whose clients got stale data may wait for a token.
inline constexpr base::Duration kStaleFetchTimeout = std::chrono::seconds(4);

class Completer {
 public:
  Completer(EngineState& state, Queues& queues, OpenTransactions& transactions, Deadlines& deadlines,
            Costs& costs) noexcept
      : state_(&state),
        cache_writer_(state),
        queues_(&queues),
        transactions_(&transactions),
        deadlines_(&deadlines),
        costs_(&costs) {}

  // Ends with a reply
  /// Any complete reply, SERVFAIL included.
  void end_answered(SlotId fetch, const dns::ResponseView& response, base::Instant now) noexcept;
  /// The reply to a signed message, passed on octet by octet.
  void end_opaque(SlotId fetch, base::Bytes reply, base::Instant now) noexcept;
  /// The answer needs TCP, and TCP failed: the clients get TC.
  void end_truncated(SlotId fetch, base::Instant now) noexcept;

  // Ends without a reply
  /// No reply will come: the clients get stale data, or the name has failed.
  void give_up(SlotId fetch, Failure failure, base::Instant now) noexcept;
  /// Says nothing about the name.
  void drop(SlotId fetch, Failure failure, base::Instant now) noexcept;
  /// A refresh got no reply.
  void end_refresh(SlotId fetch, base::Instant now) noexcept;

  // Ends by a limit: the clients get stale data, or what the settings say
  void end_at_quota(SlotId fetch, base::Instant now) noexcept;       // every server is at its quota
  void end_surplus(SlotId fetch, base::Instant now) noexcept;        // the queue is longer than the budget can serve
  void end_at_zone_limit(SlotId fetch, base::Instant now) noexcept;  // fetches_per_zone

  // Stale data
  /// Whether the cache has an answer, fresh or stale, that give_up() would serve.
  [[nodiscard]] bool has_servable_answer(SlotId fetch, base::Instant now) const noexcept;
  /// Subscribers get stale data and are released; the fetch goes on to refresh the cache. False: there is none.
  bool serve_stale(SlotId fetch, base::Instant now) noexcept;
  /// For a miss that needs no fetch. Workers may repeat the answer on their own for kStaleWindow.
  void post_stale(const Miss& miss, const cache::Entry& entry, base::Instant now) noexcept;

  void post_entry(const Miss& miss, const cache::Entry& entry, dns::Ede ede) noexcept;
  void post_failure(base::WorkerId worker, base::Handle handle, Failure failure,
                    policy::OverloadAction action = policy::OverloadAction::kServFail) noexcept;

 private:
  void post(base::WorkerId worker, const Completion& completion) noexcept;
  void post_all(SlotId fetch, const cache::Entry& entry, dns::Ede ede) noexcept;
  void fail_all(SlotId fetch, Failure failure,
                policy::OverloadAction action = policy::OverloadAction::kServFail) noexcept;
  /// Posts the entry to all subscribers, or kOverload when there was no memory for it.
  void post_written(SlotId fetch, const CacheWriter::Written& written, dns::Ede ede) noexcept;
  void post_truncated(SlotId fetch, base::Instant now) noexcept;
  [[nodiscard]] bool serve_cached(SlotId fetch, FailureMemory::Cause cause, base::Instant now) noexcept;
  [[nodiscard]] FailureMemory::Cause cause_of_silence(SlotId fetch) const noexcept;
  void note_answer(const Fetch& fetch, ZoneAnswer answer, base::Instant now) noexcept;
  void end_overloaded(SlotId fetch, policy::OverloadAction action, base::Instant now) noexcept;
  void close(SlotId fetch, base::Instant now) noexcept;

  EngineState* state_;
  CacheWriter cache_writer_;
  Queues* queues_;
  OpenTransactions* transactions_;
  Deadlines* deadlines_;
  Costs* costs_;
};

}  // namespace egress
