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
///   question ──▶ first waiter ──▶ … ──▶ last waiter     in the order in which their patience ends
///      │              │
///      ▼              ▼
///   Interest      client address and its number of waiters (exact, in a pool with an index of its own)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/carver.hpp"
#include "base/instant.hpp"
#include "base/interest.hpp"
#include "base/keyed_hash.hpp"
#include "coalesce/index.hpp"
#include "coalesce/settings.hpp"
#include "coalesce/waiter.hpp"
#include "dns/question_key.hpp"

namespace coalesce {

enum class Join : std::uint8_t {
  kOpened,  // the first asker: send the question to egress
  kJoined,
  kDuplicate,      // this client's own retransmission (same address, port, ID, question): already waits
  kQuestionsFull,  // no room for another question
  kWaitersFull,    // no room for another waiter in the table
  kQuestionFull,   // this question has its most waiters
  kClientFull,     // this client address has its most waiters
};

struct Joined {
  Join verdict = Join::kQuestionsFull;
  base::Handle handle;                       // of the question when opened, joined or duplicate
  const base::Interest* interest = nullptr;  // likewise
};

class InflightTable {
 public:
  [[nodiscard]] static std::size_t bytes_needed(const Settings& settings) noexcept;
  /// `memory` is 64-byte aligned, at least bytes_needed(), and outlives the table; so does `keyed`, which hashes what
  /// clients choose (addresses, ports, IDs).
  InflightTable(base::MutableBytes memory, const Settings& settings, const base::KeyedHash& keyed) noexcept;
  InflightTable(const InflightTable&) = delete;
  InflightTable& operator=(const InflightTable&) = delete;

  /// With Scope::kOff every call opens a question of its own.
  [[nodiscard]] Joined join(std::uint64_t hash, dns::KeyView key, const Waiter& waiter, base::Instant now) noexcept;

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

  /// Of clients that begin to wait from now on.
  void set_patience(base::Duration patience) noexcept { patience_ns_ = static_cast<std::uint64_t>(patience.count()); }

  [[nodiscard]] std::size_t open_questions() const noexcept { return open_questions_; }
  [[nodiscard]] std::size_t waiting_clients() const noexcept { return waiting_clients_; }

 private:
  static constexpr std::uint32_t kNone = Index::kNone;

  /// byte 0      8               16           20        24      28     32       48          50      52       56
  ///      ┌──────┬───────────────┬────────────┬─────────┬───────┬──────┬────────┬───────────┬───────┬────────┐
  ///      │ hash │ first_over_ns │ generation │ waiters │ first │ last │ opener │ key_bytes │ spare │ others │
  ///      └──────┴───────────────┴────────────┴─────────┴───────┴──────┴────────┴───────────┴───────┴────────┘
  struct Question {
    std::uint64_t hash = 0;
    std::uint64_t first_over_ns = 0;  // when the first waiter's patience ends; valid while there are waiters
    std::uint32_t generation = 0;     // odd: open
    std::uint32_t waiters = 0;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    net::IpAddress opener;  // the client that asked first, even when it waits no more
    std::uint16_t key_bytes = 0;
    std::uint16_t spare = 0;
    std::uint32_t others = 0;  // waiters from other addresses
  };
  static_assert(sizeof(Question) == 56);
  struct Key {
    std::array<std::byte, (dns::kMaxKeyBytes + 7) / 8 * 8> bytes;
  };
  struct alignas(base::kCacheLineBytes) Node {
    Waiter waiter;  // its table_link is the place of the next waiter
    std::uint32_t client = kNone;
    std::uint32_t question = kNone;
  };
  static_assert(sizeof(Node) == 2 * base::kCacheLineBytes);
  struct Client {
    net::IpAddress address;
    std::uint32_t waiters = 0;
  };
  /// What makes a retransmission: hashed and compared as bytes.
  struct Retry {
    net::IpAddress address;
    std::uint16_t port = 0;
    std::uint16_t id = 0;
    std::uint32_t question = 0;
    base::Handle stream;
    friend bool operator==(const Retry&, const Retry&) noexcept = default;
  };
  static_assert(sizeof(Retry) == 32);

  InflightTable(base::Carver carver, const Settings& settings, const base::KeyedHash& keyed) noexcept;

  [[nodiscard]] static std::uint32_t fold(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash ^ hash >> 32U);
  }
  [[nodiscard]] static Retry retry_of(const Waiter& waiter, std::uint32_t question) noexcept;
  [[nodiscard]] std::uint32_t hash_of(const Retry& retry) const noexcept;
  [[nodiscard]] std::uint32_t hash_of(const net::IpAddress& address) const noexcept;
  [[nodiscard]] std::uint64_t over_ns(const Waiter& waiter) const noexcept;

  [[nodiscard]] std::uint32_t find_question(std::uint64_t hash, dns::KeyView key) const noexcept;
  [[nodiscard]] bool is_waiting(const Retry& retry) const noexcept;
  [[nodiscard]] std::uint32_t find_client(const net::IpAddress& address) const noexcept;
  [[nodiscard]] std::uint32_t open(std::uint64_t hash, dns::KeyView key, const net::IpAddress& opener) noexcept;
  [[nodiscard]] std::uint32_t add_client(const net::IpAddress& address) noexcept;
  void add_waiter(std::uint32_t question, const Waiter& waiter, std::uint32_t client) noexcept;
  void link(Question& question, std::uint32_t place) noexcept;
  void drop_first(std::uint32_t place) noexcept;
  [[nodiscard]] Joined joined(Join verdict, std::uint32_t question) const noexcept;

  Settings settings_;
  std::uint64_t patience_ns_;
  const base::KeyedHash& keyed_;

  std::span<base::Interest> interests_;  // this worker: rw, egress: r
  std::span<Question> questions_;
  std::span<Key> keys_;
  std::span<Node> nodes_;
  std::span<Client> clients_;
  FreeList free_questions_;
  FreeList free_nodes_;
  FreeList free_clients_;
  Index question_index_;
  Index retry_index_;
  Index client_index_;
  std::size_t open_questions_ = 0;
  std::size_t waiting_clients_ = 0;
  std::uint32_t expiry_at_ = 0;
};

}  // namespace coalesce
