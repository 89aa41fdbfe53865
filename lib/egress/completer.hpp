// SPDX-License-Identifier: Apache-2.0
/// @file finisher.hpp – how a question ends: its answer kept or not, its askers told, its pairs closed.
///
/// Purpose    the only place that posts completions and that inserts into the cache. Data that is still of use is never
///            replaced by a failure, and a local overload is never kept as a failure of the name.
/// Threads    egress only.
/// RFC        2308 §7 (failures), 8767 §5 (stale data instead of a failure), 9520 §3.2 (failures are kept shortly).
#pragma once

#include "base/instant.hpp"
#include "cache/entry.hpp"
#include "cache/lifetime.hpp"
#include "dns/response.hpp"
#include "egress/miss.hpp"
#include "tables.hpp"

namespace egress {

/// What goes with an expired answer. RFC 8914 §4.4, §4.20.
[[nodiscard]] inline dns::Ede stale_ede(const cache::Entry& entry) noexcept {
  return entry.kind() == dns::AnswerKind::kNxDomain ? dns::Ede::kStaleNxDomain : dns::Ede::kStale;
}

/// So long a worker answers with expired data on its own before it asks egress again. The upstream's return is noticed
/// within a probe's interval and this, together.
inline constexpr base::Duration kStaleWindow = std::chrono::milliseconds(500);

/// So long a question may wait for a token whose clients got expired data.
inline constexpr base::Duration kStaleFetchTimeout = std::chrono::seconds(4);

class Completer {
 public:
  explicit Completer(Tables& tables) noexcept : tables_(&tables) {}

  /// A whole reply to the question; also when it says SERVFAIL.
  void take_reply(SlotId fetch, const dns::ResponseView& response, base::Instant now) noexcept;
  /// The reply to a signed message, as it came: the asker's transient entry holds all of its octets.
  void pass_on(SlotId fetch, base::Bytes reply, base::Instant now) noexcept;
  /// Is there an answer that give_up() would serve, expired as a rule?
  [[nodiscard]] bool has_servable_answer(SlotId fetch, base::Instant now) const noexcept;
  /// Those who wait get expired data, if there is any; the question goes on for the cache's sake. False: there is none.
  bool serve_stale(SlotId fetch, base::Instant now) noexcept;
  /// One asker gets it; workers may repeat it on their own for a moment.
  void post_stale(const Miss& miss, const cache::Entry& entry, base::Instant now) noexcept;
  /// Nobody waits any more, and no reply came.
  void end_refresh(SlotId fetch, base::Instant now) noexcept;
  /// No reply will come: what is stale serves once more, else the name has failed.
  void give_up(SlotId fetch, Failure failure, base::Instant now) noexcept;
  /// The server's answer does not fit into a datagram, and there is no other way to it: the clients are told TC.
  void answer_truncated(SlotId fetch, base::Instant now) noexcept;
  /// Ends without a word about the name.
  void drop(SlotId fetch, Failure failure, base::Instant now) noexcept;

  /// Every server is at its quota: what is stale serves, else the clients get what the settings say, at once.
  void spill(SlotId fetch, base::Instant now) noexcept;
  /// There are more questions than the budget can serve, and this one has to go: what is stale serves, else the clients
  /// get what the settings say for its class.
  void shed(SlotId fetch, base::Instant now) noexcept;
  /// Its zone has reached its quota.
  void refuse_zone(SlotId fetch, base::Instant now) noexcept;

  void post(base::WorkerId worker, const Completion& completion) noexcept;

 private:
  void keep_or_hand_out(SlotId fetch, const dns::ResponseView& response, const cache::Lifetime& lifetime,
                        base::Instant now) noexcept;
  void block_answer(SlotId fetch, const cache::Lifetime& lifetime, base::Instant now) noexcept;
  [[nodiscard]] bool serve_cached(SlotId fetch, FailureMemory::Cause cause, base::Instant now) noexcept;
  [[nodiscard]] FailureMemory::Cause cause_of_silence(SlotId fetch) noexcept;
  /// What the cache has for it contradicts what the upstream says now.
  void forget(const Fetch& fetch) noexcept;
  void forget_of_type(const Fetch& fetch) noexcept;
  void forget_of_name(const Fetch& fetch) noexcept;  // an NXDOMAIN for every type
  void keep_failure(const Fetch& fetch, base::Instant now) noexcept;
  void post_all(SlotId fetch, const cache::Entry* entry, Failure failure, dns::Ede ede) noexcept;
  void end_overloaded(SlotId fetch, policy::OverloadAction action, base::Instant now) noexcept;
  void note_reply(SlotId fetch, dns::AnswerKind kind, base::Instant now) noexcept;
  void post_truncated(SlotId fetch, base::Instant now) noexcept;
  void count_cost(const Fetch& fetch) noexcept;
  void close(SlotId fetch, base::Instant now) noexcept;

  Tables* tables_;
};

}  // namespace egress
