// SPDX-License-Identifier: Apache-2.0
/// @file answerer.hpp – from a DNS message to its answer: now, or when the egress core has it.
///
/// Purpose    the half of a worker that knows messages and no frames, so that a datagram and a message of a TCP
///            connection are answered by the same code, from the same cache, through the same egress core.
/// Threads    one thread, which the egress core knows by `Spec::id`. Shared: the cache (as a reader), the two rings.
/// Ownership  borrows everything in its Spec and, during a call, the buffer of the query.
/// Cost       no allocation, lock, system call, log, exception or clock read; a virtual call for each waiting client.
/// RFC        1035, 2181, 6891, 8914 for what is answered here; 7766 §6.2.1.1 (answers in any order).
#pragma once

#include <cstddef>
#include <cstdint>

#include "answer/counters.hpp"
#include "answer/generation.hpp"
#include "answer/held_answers.hpp"
#include "answer/opaque_pool.hpp"
#include "base/bytes.hpp"
#include "base/handle.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/strong.hpp"
#include "cache/cache.hpp"
#include "coalesce/inflight.hpp"
#include "dns/answer.hpp"
#include "dns/name.hpp"
#include "dns/query.hpp"
#include "dns/question_key.hpp"
#include "egress/miss.hpp"
#include "net/address.hpp"
#include "policy/allowance.hpp"
#include "topk/recorder.hpp"

namespace answer {

enum class Transport : std::uint8_t { kUdp, kTcp };

enum class QueryState : std::uint8_t {
  kOpen,      // on its way through the steps
  kAnswered,  // `reply_bytes` of `room` are the reply
  kWaiting,   // a waiter was kept; the reply goes to a ReplySink later
  kRepeated,  // waited already: one reply for both
  kDropped,   // owed nothing; counted
};

/// One query on its way. The caller sets the first five members, the steps the others.
struct Query {
  base::MutableBytes room;          // the message and all the room behind it
  std::size_t bytes = 0;            // of the message as received
  const net::Flow* flow = nullptr;  // as received; outlives the steps
  base::Handle stream;              // the connection it came by, over TCP
  Transport transport = Transport::kUdp;

  QueryState state = QueryState::kOpen;
  std::uint16_t question_end = 0;  // of the message
  std::size_t reply_bytes = 0;
  std::uint64_t hash = 0;
  std::uint64_t nxdomain_hash = 0;  // of the key with kEveryType; set where there is no fresh answer of its type
  dns::ClientState client;
  dns::NameView qname;  // as the client spelled it; in `room`
  dns::QuestionKey key;
  cache::Cache::Trace trace{};
  bool is_signed = false;  // goes upstream as it is
  bool has_key = false;    // it came so far that `key` is its own
  bool has_nxdomain_hash = false;
  bool is_nxdomain = false;    // answered so, and not from local data
  bool is_cache_only = false;  // its client is blocked so

  [[nodiscard]] bool is_open() const noexcept { return state == QueryState::kOpen; }
  /// Has a key.
  [[nodiscard]] topk::Asked asked() const noexcept { return {flow->source, key.view().qname(), key.view().qtype()}; }
};

/// Where the replies of waiting clients go, one at a time: open(), then send() or cancel().
class ReplySink {
 public:
  /// Room for this waiter's message; empty when there is none or nobody to send it to, which the sink counts.
  [[nodiscard]] virtual base::MutableBytes open(const coalesce::Waiter& waiter) noexcept = 0;
  /// The first `message_bytes` of the room are the reply.
  virtual void send(const coalesce::Waiter& waiter, std::size_t message_bytes) noexcept = 0;
  /// There will be no reply: the room goes back.
  virtual void cancel() noexcept = 0;

 protected:
  ~ReplySink() = default;
  ReplySink() = default;
  ReplySink(const ReplySink&) = default;
  ReplySink& operator=(const ReplySink&) = default;
};

class Answerer {
 public:
  struct Spec {
    base::WorkerId id;  // of the asker, in the egress core's books
    const base::KeyedHash* hash = nullptr;
    cache::Cache* cache = nullptr;
    coalesce::InflightTable* inflight = nullptr;
    egress::MissRing* misses = nullptr;
    egress::CompletionRing* completions = nullptr;
    topk::Recorder* recorder = nullptr;          // may be null: nobody is watched
    policy::MissAllowance* allowance = nullptr;  // may be null: nobody is limited
  };

  /// `counters` are the caller's, who counts into them, too.
  Answerer(const Spec& spec, Counters& counters) noexcept;
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;

  /// The settings and the time of this poll; before any other call of it.
  void begin(const Generation& generation, base::Instant now) noexcept {
    generation_ = &generation;
    now_ = now;
    if (generation.waiting != nullptr && generation.number != settings_number_) {
      spec_.inflight->apply(*generation.waiting);
      settings_number_ = generation.number;
    }
    if (spec_.recorder != nullptr) {
      spec_.recorder->begin(now, generation.watch, generation.egress.zone_suffixes.span());
    }
    if (spec_.allowance != nullptr) spec_.allowance->apply(generation.allowance);
    blocks_ = generation.blocks != nullptr ? generation.blocks->load(std::memory_order_acquire) : nullptr;
  }

  // The steps of a query, in this order; those behind the first are for what is open only.
  /// Message, policy and key.
  void parse(Query& query) noexcept;
  /// The key's hash, and its bucket on its way. A step of its own: whoever hashes a key just written waits for its stores.
  void locate(Query& query) const noexcept {
    if (!query.is_signed) query.hash = (*spec_.hash)(query.key.view().bytes());
    spec_.cache->prefetch_bucket(query.hash);
  }
  /// The entry on its way; for what has none, all that a miss touches. True: only prefetch_elsewhere() can tell.
  [[nodiscard]] bool prefetch_entry(Query& query) noexcept;
  /// When the whole burst has had the step before, so that second buckets have come.
  void prefetch_elsewhere(Query& query) noexcept;
  void answer_hit(Query& query, base::Instant now) noexcept;
  /// Keeps a waiter and asks the egress core, or says why not: the query is open no more.
  void ask(Query& query, base::Instant now) noexcept;
  /// After the steps, once for each query that parse() has seen: who asked what, and how much it was answered.
  void record(const Query& query) noexcept {
    if (!is_watching()) return;
    const std::uint32_t queries = spec_.recorder->samples_query();
    if (queries != 0) record_query(query, queries);
    const std::uint64_t bytes = spec_.recorder->samples_bytes(query.reply_bytes);
    if (bytes != 0) record_bytes(query, bytes);
  }

  /// Answers those who were dropped, and some waiters of the completions at hand; returns how much work that was.
  std::size_t answer_completions(base::Instant now, ReplySink& sink) noexcept;
  /// Answers some of those whose patience is over.
  void expire_waiters(base::Instant now, ReplySink& sink) noexcept;
  /// While there is one, answers that it names are in use: no quiescent state may be reported.
  [[nodiscard]] bool holds_completion() const noexcept { return spec_.completions->front() != nullptr; }

  [[nodiscard]] const coalesce::InflightTable& inflight() const noexcept { return *spec_.inflight; }
  [[nodiscard]] const OpaquePool& signed_messages() const noexcept { return opaque_; }

 private:
  void admit(Query& query, const dns::QueryView& view) noexcept;
  void prefetch_miss(Query& query) noexcept;
  void pass_on(Query& query, const dns::QueryView& view) noexcept;
  void answer_local(Query& query, const dns::AnswerImage& image) noexcept;
  [[nodiscard]] bool takes_cookie(Query& query, base::Bytes server_cookie) noexcept;
  void answer_cookie_only(Query& query) noexcept;
  void answer_chaos(Query& query, const dns::QueryView& view) noexcept;
  void answer_any(Query& query) noexcept;
  /// What goes with a reply to this client besides its records.
  [[nodiscard]] dns::ReplyExtras extras_for(const dns::ClientState& client, const net::IpAddress& address,
                                            dns::Ede ede) const noexcept;
  /// The same for an answer of the upstream of this question.
  [[nodiscard]] dns::ReplyExtras extras_for_cached(const dns::ClientState& client, const net::IpAddress& address,
                                                   dns::KeyView key, dns::Ede ede) const noexcept;
  /// What the cache has for it, of its type or of every type.
  [[nodiscard]] const cache::Entry* look_up(Query& query, base::Instant now) noexcept;
  /// An NXDOMAIN of a name above it.
  [[nodiscard]] const cache::Entry* find_cut(const Query& query, base::Instant now) const noexcept;
  /// Of its key with kEveryType.
  [[nodiscard]] std::uint64_t nxdomain_hash_of(Query& query) const noexcept;
  void answer_from(Query& query, const cache::Entry& entry, base::Instant now) noexcept;
  void answer_stale(Query& query, const cache::Entry& entry) noexcept;
  [[nodiscard]] bool is_watching() const noexcept { return spec_.recorder != nullptr && spec_.recorder->is_on(); }
  void record_query(const Query& query, std::uint32_t weight) noexcept;
  void record_miss(const Query& query) noexcept;
  void record_bytes(const Query& query, std::uint64_t weight) noexcept;
  void record_waiter(const coalesce::Waiter& waiter, dns::KeyView key, const cache::Entry* entry,
                     std::size_t message_bytes) noexcept;
  /// Refuses or drops the query of a blocked client, or makes it cache-only. True: it goes on.
  [[nodiscard]] bool passes_blocks(Query& query) noexcept;
  /// A miss that may not be asked: expired data if there is some, else the overload answer.
  void hold(Query& query, Counter fate, base::Instant now) noexcept;
  void report_loop(const Query& query) noexcept;
  void ask_refresh(Query& query, base::Instant now) noexcept;
  /// A limit of ours: an expired answer if there is one, else SERVFAIL.
  void turn_away(Query& query, Counter fate, base::Instant now) noexcept;
  void reply_error(Query& query, Counter fate, dns::Rcode rcode, dns::Ede ede) noexcept;
  void finish(Query& query, std::size_t reply_bytes) noexcept {
    if (reply_bytes == 0) return drop(query, Counter::kNoReplyRoom);
    query.reply_bytes = reply_bytes;
    query.state = QueryState::kAnswered;
  }
  void drop(Query& query, Counter reason) noexcept {
    counters_.add(reason);
    query.state = QueryState::kDropped;
  }

  std::size_t answer_dropped(base::Instant now, ReplySink& sink) noexcept;
  /// Some waiters of this completion; true when none is left to look at.
  [[nodiscard]] bool answer_some(const egress::Completion& completion, base::Instant now, ReplySink& sink,
                                 std::size_t& looks) noexcept;
  /// Closes the question, or puts it off with the answer that its last clients are owed (may be null).
  void end_answers(base::Handle question, const cache::Entry* answer, base::Instant now) noexcept;
  /// What the cache has for this key, of its type or of every type.
  [[nodiscard]] const cache::Entry* find_kept(std::uint64_t hash, dns::KeyView key, base::Instant now) const noexcept;
  /// Those whose address had had its share when their answer came.
  std::size_t answer_put_off(base::Instant now, ReplySink& sink) noexcept;
  /// The reply to a signed message, as it came but for the ID.
  void pass_back(const coalesce::Waiter& waiter, dns::KeyView key, base::Bytes reply, ReplySink& sink) noexcept;
  /// What a waiting client is told.
  struct Told {
    const cache::Entry* entry = nullptr;
    dns::Ede ede = dns::Ede::kNone;
    dns::Rcode without_entry = dns::Rcode::kServFail;
  };
  /// Builds and sends one waiting client's reply.
  void answer_waiter(const coalesce::Waiter& waiter, dns::KeyView key, const Told& told, base::Instant now,
                     ReplySink& sink) noexcept;

  Spec spec_;
  Counters& counters_;
  const Generation* generation_ = nullptr;
  base::Instant now_;                           // of this poll
  std::uint64_t settings_number_ = 0;           // of the generation whose settings the table has
  const policy::BlockTable* blocks_ = nullptr;  // of this poll
  OpaquePool opaque_;
  HeldAnswers held_;
  std::uint64_t opaque_serial_ = 0;
};

}  // namespace answer
