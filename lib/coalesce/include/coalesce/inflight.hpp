// SPDX-License-Identifier: Apache-2.0
/// @file inflight.hpp – questions that this worker's clients wait for.
///
/// Purpose    one entry per distinct question; later askers join it instead of asking again. Every opened question gets
///            exactly one completion from the egress core; until then its entry stays, even when its last waiter has
///            lost patience, so that a handle never outlives its question and a re-asked name is not asked twice.
/// Threads    owned by one worker; only the Interest lines are read by the egress core.
/// Ownership  fixed tables in memory given at creation; waiters are copied in.
/// Cost       join, find, pop: O(1) expected, no allocation.
/// RFC        5452 §5 (one question in flight, so that a birthday attack gains nothing).
///
///   question ──▶ first waiter ◀─▶ … ◀─▶ last waiter     in the order in which their patience ends
///      │              │
///      ▼              ▼
///   Interest      client address and its number of waiters (exact, in a pool with an index of its own)
///
/// Two times of a waiter: its patience ends `patience` after its latest packet, and it is owed an answer until then; it is
/// taken for gone when what was learned of its client is over, and nothing is sent upstream for it any more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/bytes.hpp"
#include "base/handle.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "coalesce/hash_index.hpp"
#include "coalesce/interest.hpp"
#include "coalesce/learned_patience.hpp"
#include "coalesce/settings.hpp"
#include "coalesce/spill_limit.hpp"
#include "coalesce/victims.hpp"
#include "coalesce/waiter.hpp"
#include "dns/question_key.hpp"
#include "stats/counter.hpp"

namespace coalesce {

enum class Join : std::uint8_t {
  kOpened,  // the first asker: send the question to egress
  kJoined,
  kDuplicate,      // this client's own retransmission (same address, port, ID, question): already waits
  kQuestionsFull,  // no room for another question
  kWaitersFull,    // the hard quota: somebody is dropped all the same
  kQuestionFull,   // this question has its most waiters
  kSpilled,        // this question has as many clients as clients_per_query grants for now
  kClientFull,     // this client address has its most waiters
};

struct Joined {
  Join verdict = Join::kQuestionsFull;
  base::Handle handle;                           // of the question when opened, joined or duplicate
  const coalesce::Interest* interest = nullptr;  // likewise
};

/// What a look at the next waiter of a completed question found.
enum class NextWaiter : std::uint8_t {
  kTaken,
  kHeldBack,  // its client has had its share of this burst; it still waits
  kNone,
};

/// What control may read of a table while it is in use.
struct InflightGauges {
  stats::Gauge waiting;  // asker: rw, control: r
  stats::Gauge questions;
  stats::Gauge put_off;  // questions that have their completion, and clients that were held back
  stats::Gauge per_query;
  stats::Gauge fullest_question;  // waiters of the question, and of the client, seen to have most; by pop_expired()
  stats::Gauge fullest_client;
};

class InflightTable {
 public:
  [[nodiscard]] static std::size_t bytes_needed(const Settings& settings) noexcept;
  /// `memory` is 64-byte aligned, at least bytes_needed(), and outlives the table; so does `keyed`, which hashes what
  /// clients choose (addresses, ports, IDs).
  InflightTable(base::MutableBytes memory, const Settings& settings, const base::KeyedHash& keyed) noexcept;
  InflightTable(const InflightTable&) = delete;
  InflightTable& operator=(const InflightTable&) = delete;

  /// For a join that is likely to come soon.
  void prefetch(std::uint64_t hash, const net::IpAddress& address) const noexcept;
  /// Whom the next join() is about, to be filled in place: a copy of fields just stored waits for those stores. Until then it
  /// holds what one before has left.
  [[nodiscard]] Waiter& newcomer() noexcept { return nodes_[newcomer_].waiter; }
  /// With Scope::kOff every call opens a question of its own.
  [[nodiscard]] Joined join(std::uint64_t hash, dns::KeyView key, base::Instant now) noexcept;
  /// The same for one that was made elsewhere.
  [[nodiscard]] Joined join(std::uint64_t hash, dns::KeyView key, const Waiter& waiter, base::Instant now) noexcept {
    newcomer() = waiter;
    return join(hash, key, now);
  }

  /// Is this handle's question still open?
  [[nodiscard]] bool is_open(base::Handle handle) const noexcept;
  [[nodiscard]] dns::KeyView key(base::Handle handle) const noexcept;
  /// Takes the longest-waiting client out; false when none is left (or the handle is stale). Answer it, then go on.
  [[nodiscard]] bool pop_waiter(base::Handle handle, Waiter& out) noexcept;
  /// After the completion: forgets the question; its remaining waiters, if any, go with it. The handle is stale then.
  void close(base::Handle handle) noexcept;

  /// Looks at the next `questions` table places for a waiter whose patience is over, takes it out and names its
  /// question; false when the look found none. Call until false, once per housekeeping.
  [[nodiscard]] bool pop_expired(base::Instant now, std::size_t questions, Waiter& out,
                                 base::Handle& question) noexcept;
  /// One of those that join() has dropped to make room; they count no more, and their questions are open as long as
  /// close() has not been called since. Call until false before any close().
  [[nodiscard]] bool pop_dropped(Waiter& out, base::Handle& question, Drop& by) noexcept;

  // A completed question, some waiters at a time: begin_answers() once, next_waiter() until kNone, then close(); or
  // put_off(), when some were held back, and on from resume_put_off() at another time.
  /// False when the handle is stale. Its waiters are not dropped from here on.
  [[nodiscard]] bool begin_answers(base::Handle handle) noexcept;
  [[nodiscard]] NextWaiter next_waiter(base::Handle handle, base::Instant now, Waiter& out) noexcept;
  [[nodiscard]] bool has_waiters(base::Handle handle) const noexcept {
    return is_open(handle) && questions_[handle.index].waiters != 0;
  }
  /// Nobody joins it any more: who asks the same opens a question of its own.
  void put_off(base::Handle handle) noexcept;
  /// The one put off longest ago, which begins anew; false when there is none.
  [[nodiscard]] bool resume_put_off(base::Handle& handle) noexcept;

  /// Of what Settings says may change; patience is that of packets that come from now on.
  void apply(const Settings& settings) noexcept;
  void set_patience(base::Duration patience) noexcept { patience_ = patience; }

  [[nodiscard]] std::uint64_t hash(base::Handle handle) const noexcept { return questions_[handle.index].hash; }
  [[nodiscard]] std::size_t open_questions() const noexcept { return open_questions_; }
  [[nodiscard]] std::size_t waiting_clients() const noexcept { return arrivals_.size(); }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  // any thread, a moment stale
  [[nodiscard]] const InflightGauges& gauges() const noexcept { return gauges_; }

 private:
  static constexpr std::uint32_t kNone = HashIndex::kNone;
  enum class Progress : std::uint8_t { kAsked, kAnswering, kPutOff };

  /// byte 0      8               16           20        24      28     32       48       52          56            60       64
  ///      ┌──────┬───────────────┬────────────┬─────────┬───────┬──────┬────────┬────────┬───────────┬──────────────┬─────────┐
  ///      │ hash │ first_over_ns │ generation │ waiters │ first │ last │ opener │ others │ answer_at │ put_off_next │ the end │
  ///      └──────┴───────────────┴────────────┴─────────┴───────┴──────┴────────┴────────┴───────────┴──────────────┴─────────┘
  struct Question {
    std::uint64_t hash = 0;
    std::uint64_t first_over_ns = 0;  // when the first waiter's patience ends; valid while there are waiters
    std::uint32_t generation = 0;     // odd: open
    std::uint32_t waiters = 0;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    net::IpAddress opener;            // the client that asked first, even when it waits no more
    std::uint32_t others = 0;         // waiters from other addresses
    std::uint32_t answer_at = kNone;  // the waiter that next_waiter() looks at next
    std::uint32_t put_off_next = kNone;
    std::uint16_t key_bytes = 0;
    Spilled spilled = Spilled::kNone;
    Progress progress = Progress::kAsked;
  };
  static_assert(sizeof(Question) == 64);
  struct Key {
    std::array<std::byte, (dns::kMaxKeyBytes + 7) / 8 * 8> bytes;
  };
  struct alignas(base::kCacheLineBytes) Node {
    Waiter waiter;  // its table_link is the place of the next waiter
    std::uint32_t client = kNone;
    std::uint32_t question = kNone;
  };
  static_assert(sizeof(Node) == 2 * base::kCacheLineBytes);
  /// What does not fit into a Node.
  struct Side {
    std::uint64_t heard_ns = 0;      // its latest packet
    std::uint64_t gone_ns = 0;       // when it is taken for gone
    std::uint32_t previous = kNone;  // of its question's waiters
    std::uint32_t spare = 0;
  };
  static_assert(sizeof(Side) == 24);
  struct Client {
    net::IpAddress address;
    std::uint32_t waiters = 0;
    std::uint32_t burst = 0;  // the number of the burst that `answers` counts in
    std::uint32_t answers = 0;
  };
  struct Dropped {
    base::Handle question;
    std::uint32_t node = kNone;
    Drop by{};
  };
  static constexpr std::size_t kDroppedRoom = 256;              // more than a burst of packets drops
  static constexpr std::size_t kSpareNodes = kDroppedRoom + 1;  // of the dropped and of the newcomer

  /// All memory of a table, in the order in which it is placed.
  struct Tables {
    std::span<coalesce::Interest> interests;
    std::span<Question> questions;
    std::span<Key> keys;
    std::span<Node> nodes;
    std::span<Side> side;
    std::span<Client> clients;
    std::span<std::uint32_t> free_questions;
    std::span<std::uint32_t> free_nodes;
    std::span<std::uint32_t> free_clients;
    std::span<std::uint64_t> question_index;
    std::span<std::uint64_t> retry_index;
    std::span<std::uint64_t> client_index;
    std::span<Arrivals::Link> arrivals;
    std::span<std::uint32_t> arrival_order;
    std::span<LearnedPatience::Slot> learned;
  };
  [[nodiscard]] static Tables place_tables(base::Arena& arena, const Settings& settings) noexcept;
  InflightTable(base::Arena arena, const Settings& settings, const base::KeyedHash& keyed) noexcept;
  InflightTable(const Tables& tables, const Settings& settings, const base::KeyedHash& keyed) noexcept;

  [[nodiscard]] static std::uint32_t fold(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash ^ hash >> 32U);
  }
  [[nodiscard]] std::uint64_t hash_of(const net::IpAddress& address) const noexcept {
    return keyed_.of_words(address.high(), address.low());
  }
  /// Of what its client repeats when it asks again: address, port, ID, connection and question.
  [[nodiscard]] std::uint32_t retry_hash_of(std::uint64_t address_hash, const Waiter& waiter,
                                            std::uint32_t question) const noexcept;
  [[nodiscard]] std::uint64_t over_ns(std::uint32_t node) const noexcept {
    return side_[node].heard_ns + static_cast<std::uint64_t>(patience_.count());
  }

  [[nodiscard]] std::uint32_t find_question(std::uint64_t hash, dns::KeyView key) const noexcept;
  [[nodiscard]] std::uint32_t find_waiting(const Waiter& waiter, std::uint32_t question,
                                           std::uint32_t hash) const noexcept;
  [[nodiscard]] std::uint32_t find_client(const net::IpAddress& address, std::uint32_t hash) const noexcept;
  [[nodiscard]] std::uint32_t open(std::uint64_t hash, dns::KeyView key, const net::IpAddress& opener) noexcept;
  [[nodiscard]] std::uint32_t add_client(const net::IpAddress& address, std::uint32_t hash) noexcept;
  /// What a join has hashed already.
  struct Hashes {
    std::uint32_t address;
    std::uint32_t retry;
  };
  /// The newcomer.
  void add_waiter(std::uint32_t question, std::uint32_t client, const Hashes& hashes) noexcept;
  [[nodiscard]] std::uint32_t take_node() noexcept;
  void hear_again(std::uint32_t question, std::uint32_t node, base::Instant at) noexcept;
  void find_deadline(std::uint32_t question) noexcept;
  void link(Question& question, std::uint32_t node) noexcept;
  void unlink(Question& question, std::uint32_t node) noexcept;
  /// Out of everything but its place.
  void take_out(std::uint32_t node) noexcept;
  void take_away(std::uint32_t node, Waiter& out) noexcept;
  void drop_one() noexcept;
  [[nodiscard]] std::uint32_t find_victim(Drop by) noexcept;
  [[nodiscard]] bool may_be_dropped(std::uint32_t node) const noexcept;
  void publish() noexcept;
  void publish_fullest() noexcept;
  [[nodiscard]] bool may_be_answered(const Node& node, base::Instant now) noexcept;
  [[nodiscard]] Joined joined(Join verdict, std::uint32_t question) const noexcept;

  Settings settings_;
  base::Duration patience_;
  const base::KeyedHash& keyed_;

  std::span<coalesce::Interest> interests_;  // this worker: rw, egress: r
  std::span<Question> questions_;
  std::span<Key> keys_;
  std::span<Node> nodes_;
  std::span<Side> side_;
  std::span<Client> clients_;
  FreeList free_questions_;
  FreeList free_nodes_;
  FreeList free_clients_;
  std::uint32_t newcomer_ = kNone;
  HashIndex question_index_;
  HashIndex retry_index_;
  HashIndex client_index_;
  Arrivals arrivals_;
  LearnedPatience learned_;
  SpillLimit spill_;
  Dice dice_;
  std::array<Dropped, kDroppedRoom> dropped_;
  std::size_t dropped_count_ = 0;
  std::uint32_t put_off_first_ = kNone;
  std::uint32_t put_off_last_ = kNone;
  std::size_t open_questions_ = 0;
  std::uint32_t expiry_at_ = 0;
  std::uint32_t fullest_question_ = 0;
  std::uint32_t fullest_client_ = 0;
  std::uint32_t client_look_at_ = 0;
  InflightGauges gauges_;
};

}  // namespace coalesce
