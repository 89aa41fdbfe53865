// SPDX-License-Identifier: Apache-2.0
/// @file inflight.hpp – pending queries: the questions that clients of one worker wait for.
///
/// Purpose    one pending query per distinct question; later clients join it, so that the egress core is asked once.
/// Threads    owned by one worker; the egress core reads the Interest lines, control the gauges.
/// Ownership  fixed tables in memory given at creation; waiters are copied in.
/// Cost       join, find, pop: O(1) expected, no allocation.
/// RFC        5452 §5 (one outstanding query per question, against birthday attacks).
///
///   pending query ──▶ first waiter ◀─▶ … ◀─▶ last waiter     in the order in which their client timeouts expire
///        │                  │
///        ▼                  ▼
///     Interest        client address and its number of waiters (exact, in a pool with an index of its own)
///
/// A waiter has two deadlines: its client timeout, `client_timeout` after its latest packet, until which a reply is due;
/// and the time after which the client is presumed gone, learned from its retransmissions, after which nothing is sent
/// upstream for it.
///
/// Invariants
///   1. A pending query stays open until close(), which follows its one completion from the egress core. Without waiters
///      it stays open as well, so that a handle never refers to another query and the question is not sent twice.
///   2. Each waiter is linked in exactly one pending query, one client record and the order of arrival.
///   3. Each waiter leaves exactly once: by pop_waiter(), next_waiter(), pop_expired(), pop_dropped() or close().
///   4. The waiters of a pending query are ordered by client timeout; first_timeout_ns is that of the first.
///   5. A client record exists exactly while its address has waiters; its count is their number.
///   6. With Scope::kOff no pending query is found again, and each has one waiter.
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
#include "coalesce/learned_timeout.hpp"
#include "coalesce/settings.hpp"
#include "coalesce/spill_limit.hpp"
#include "coalesce/victims.hpp"
#include "coalesce/waiter.hpp"
#include "dns/question_key.hpp"
#include "stats/counter.hpp"

namespace coalesce {

enum class Join : std::uint8_t {
  kOpened,  // the first client: ask the egress core
  kJoined,
  kDuplicate,    // a retransmission (same address, port, ID, question): the client waits already
  kTableFull,    // no slot for another pending query
  kWaitersFull,  // the hard quota: a waiter is dropped, and the newcomer refused
  kQueryFull,    // max_waiters_per_query
  kSpilled,      // the current limit of clients_per_query
  kClientFull,   // max_waiting_per_client
};

struct Joined {
  Join verdict = Join::kTableFull;
  base::Handle handle;                           // of the pending query, when opened, joined or duplicate
  const coalesce::Interest* interest = nullptr;  // of the same
};

/// The result of next_waiter().
enum class NextWaiter : std::uint8_t {
  kTaken,
  kHeldBack,  // its address has had its share of this burst; it still waits
  kNone,
};

/// What control may read of a table while it is in use.
struct InflightGauges {
  stats::Gauge waiting;  // worker: rw, control: r
  stats::Gauge queries;
  stats::Gauge put_off;  // pending queries with a completion and clients that were held back
  stats::Gauge per_query;
  stats::Gauge fullest_query;  // waiters of the question, and of the client, seen to have most; by pop_expired()
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

  /// Before a likely join().
  void prefetch(std::uint64_t hash, const net::IpAddress& address) const noexcept;
  /// The waiter of the next join(), to be filled in place: copying fields that were just written would stall on the store
  /// buffer. Its fields hold values of an earlier waiter.
  [[nodiscard]] Waiter& newcomer() noexcept { return nodes_[newcomer_].waiter; }
  /// With Scope::kOff every call opens another pending query.
  [[nodiscard]] Joined join(std::uint64_t hash, dns::KeyView key, base::Instant now) noexcept;
  /// The same for a waiter that was built elsewhere.
  [[nodiscard]] Joined join(std::uint64_t hash, dns::KeyView key, const Waiter& waiter, base::Instant now) noexcept {
    newcomer() = waiter;
    return join(hash, key, now);
  }

  /// Is the pending query of this handle still open?
  [[nodiscard]] bool is_open(base::Handle handle) const noexcept;
  [[nodiscard]] dns::KeyView key(base::Handle handle) const noexcept;
  /// Takes out the waiter whose client timeout expires first; false: none is left, or the handle is stale.
  [[nodiscard]] bool pop_waiter(base::Handle handle, Waiter& out) noexcept;
  /// After the completion: ends the pending query and removes its remaining waiters. The handle is stale afterwards.
  void close(base::Handle handle) noexcept;

  /// Looks through the next `slots` slots of the table for a waiter whose client timeout has expired and takes it out.
  /// False: none was found. Call until false, once per housekeeping.
  [[nodiscard]] bool pop_expired(base::Instant now, std::size_t slots, Waiter& out, base::Handle& query) noexcept;
  /// A waiter that join() has dropped to make room; it is no longer counted. Call until false before any close(), while
  /// its pending query is open.
  [[nodiscard]] bool pop_dropped(Waiter& out, base::Handle& query, Drop& by) noexcept;

  // Answering a completed query, some waiters at a time: begin_answers(), next_waiter() until kNone, then close(). If
  // some were held back, put_off() instead of close(), and later resume_put_off().
  /// False: the handle is stale. Its waiters are not dropped from here on.
  [[nodiscard]] bool begin_answers(base::Handle handle) noexcept;
  [[nodiscard]] NextWaiter next_waiter(base::Handle handle, base::Instant now, Waiter& out) noexcept;
  [[nodiscard]] bool has_waiters(base::Handle handle) const noexcept {
    return is_open(handle) && queries_[handle.index].waiters != 0;
  }
  /// The pending query is not found by join() any more: the same question opens another one.
  void put_off(base::Handle handle) noexcept;
  /// The one put off longest ago; next_waiter() starts at its first waiter. False: there is none.
  [[nodiscard]] bool resume_put_off(base::Handle& handle) noexcept;

  /// Applies the settings that may change. The client timeout applies to packets that arrive from now on.
  void apply(const Settings& settings) noexcept;
  void set_client_timeout(base::Duration client_timeout) noexcept { client_timeout_ = client_timeout; }

  [[nodiscard]] std::uint64_t hash(base::Handle handle) const noexcept { return queries_[handle.index].hash; }
  [[nodiscard]] std::size_t pending_queries() const noexcept { return pending_queries_; }
  [[nodiscard]] std::size_t waiting_clients() const noexcept { return arrivals_.size(); }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  // any thread; the values are a moment old
  [[nodiscard]] const InflightGauges& gauges() const noexcept { return gauges_; }

 private:
  static constexpr std::uint32_t kNone = HashIndex::kNone;
  enum class Progress : std::uint8_t { kAsked, kAnswering, kPutOff };

  /// byte 0      8               16           20        24      28     32       48       52          56            60       64
  ///      ┌──────┬───────────────┬────────────┬─────────┬───────┬──────┬────────┬────────┬───────────┬──────────────┬─────────┐
  ///      │ hash │ first_timeout_ns │ generation │ waiters │ first │ last │ opener │ others │ answer_at │ put_off_next │ the rest │
  ///      └──────┴───────────────┴────────────┴─────────┴───────┴──────┴────────┴────────┴───────────┴──────────────┴─────────┘
  struct PendingQuery {
    std::uint64_t hash = 0;
    std::uint64_t first_timeout_ns = 0;  // client timeout of the first waiter; valid while there are waiters
    std::uint32_t generation = 0;        // odd: open
    std::uint32_t waiters = 0;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    net::IpAddress opener;            // the client that asked first, even if it no longer waits
    std::uint32_t others = 0;         // waiters from other addresses
    std::uint32_t answer_at = kNone;  // the waiter that next_waiter() looks at next
    std::uint32_t put_off_next = kNone;
    std::uint16_t key_bytes = 0;
    Spilled spilled = Spilled::kNone;
    Progress progress = Progress::kAsked;
  };
  static_assert(sizeof(PendingQuery) == 64);
  struct Key {
    std::array<std::byte, (dns::kMaxKeyBytes + 7) / 8 * 8> bytes;
  };
  struct alignas(base::kCacheLineBytes) Node {
    Waiter waiter;  // its table_link is the slot of the next waiter
    std::uint32_t client = kNone;
    std::uint32_t query = kNone;
  };
  static_assert(sizeof(Node) == 2 * base::kCacheLineBytes);
  /// Fields that do not fit into a Node.
  struct Side {
    std::uint64_t heard_ns = 0;      // its latest packet
    std::uint64_t gone_ns = 0;       // when its client is presumed gone
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
    base::Handle query;
    std::uint32_t node = kNone;
    Drop by{};
  };
  static constexpr std::size_t kDroppedRoom = 256;              // more than one burst of packets drops
  static constexpr std::size_t kSpareNodes = kDroppedRoom + 1;  // for dropped waiters and the newcomer

  /// All memory of a table, in the order in which it is placed.
  struct Tables {
    std::span<coalesce::Interest> interests;
    std::span<PendingQuery> queries;
    std::span<Key> keys;
    std::span<Node> nodes;
    std::span<Side> side;
    std::span<Client> clients;
    std::span<std::uint32_t> free_queries;
    std::span<std::uint32_t> free_nodes;
    std::span<std::uint32_t> free_clients;
    std::span<std::uint64_t> query_index;
    std::span<std::uint64_t> retry_index;
    std::span<std::uint64_t> client_index;
    std::span<Arrivals::Link> arrivals;
    std::span<std::uint32_t> arrival_order;
    std::span<LearnedTimeout::Slot> learned;
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
  /// Of the fields that a retransmission repeats: address, port, ID, connection and question.
  [[nodiscard]] std::uint32_t retry_hash_of(std::uint64_t address_hash, const Waiter& waiter,
                                            std::uint32_t query) const noexcept;
  [[nodiscard]] std::uint64_t timeout_ns(std::uint32_t node) const noexcept {
    return side_[node].heard_ns + static_cast<std::uint64_t>(client_timeout_.count());
  }

  [[nodiscard]] std::uint32_t find_query(std::uint64_t hash, dns::KeyView key) const noexcept;
  [[nodiscard]] std::uint32_t find_waiting(const Waiter& waiter, std::uint32_t query,
                                           std::uint32_t hash) const noexcept;
  [[nodiscard]] std::uint32_t find_client(const net::IpAddress& address, std::uint32_t hash) const noexcept;
  [[nodiscard]] std::uint32_t open(std::uint64_t hash, dns::KeyView key, const net::IpAddress& opener) noexcept;
  [[nodiscard]] std::uint32_t add_client(const net::IpAddress& address, std::uint32_t hash) noexcept;
  /// Hashes that join() has computed already.
  struct Hashes {
    std::uint32_t address;
    std::uint32_t retry;
  };
  /// The newcomer.
  void add_waiter(std::uint32_t query, std::uint32_t client, const Hashes& hashes) noexcept;
  [[nodiscard]] std::uint32_t take_node() noexcept;
  void note_retransmit(std::uint32_t query, std::uint32_t node, base::Instant at) noexcept;
  void find_deadline(std::uint32_t query) noexcept;
  void link(PendingQuery& query, std::uint32_t node) noexcept;
  void unlink(PendingQuery& query, std::uint32_t node) noexcept;
  /// Unlinks the waiter; its slot stays taken.
  void take_out(std::uint32_t node) noexcept;
  void take_away(std::uint32_t node, Waiter& out) noexcept;
  void drop_one() noexcept;
  [[nodiscard]] std::uint32_t find_victim(Drop by) noexcept;
  [[nodiscard]] bool may_be_dropped(std::uint32_t node) const noexcept;
  void publish() noexcept;
  void publish_fullest() noexcept;
  [[nodiscard]] bool may_be_answered(const Node& node, base::Instant now) noexcept;
  [[nodiscard]] Joined joined(Join verdict, std::uint32_t query) const noexcept;

  Settings settings_;
  base::Duration client_timeout_;
  const base::KeyedHash& keyed_;

  std::span<coalesce::Interest> interests_;  // this worker: rw, egress: r
  std::span<PendingQuery> queries_;
  std::span<Key> keys_;
  std::span<Node> nodes_;
  std::span<Side> side_;
  std::span<Client> clients_;
  FreeList free_queries_;
  FreeList free_nodes_;
  FreeList free_clients_;
  std::uint32_t newcomer_ = kNone;
  HashIndex query_index_;
  HashIndex retry_index_;
  HashIndex client_index_;
  Arrivals arrivals_;
  LearnedTimeout learned_;
  SpillLimit spill_;
  Dice dice_;
  std::array<Dropped, kDroppedRoom> dropped_;
  std::size_t dropped_count_ = 0;
  std::uint32_t put_off_first_ = kNone;
  std::uint32_t put_off_last_ = kNone;
  std::size_t pending_queries_ = 0;
  std::uint32_t expiry_at_ = 0;
  std::uint32_t fullest_query_ = 0;
  std::uint32_t fullest_client_ = 0;
  std::uint32_t next_client_look_ = 0;
  InflightGauges gauges_;
};

}  // namespace coalesce
