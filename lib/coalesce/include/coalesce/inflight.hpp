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
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/interest.hpp"
#include "coalesce/settings.hpp"
#include "coalesce/waiter.hpp"
#include "dns/question_key.hpp"

namespace coalesce {

enum class Join : std::uint8_t {
  kOpened,         // the first asker: send the question to egress
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
  /// `memory` is 64-byte aligned, at least bytes_needed(), and outlives the table.
  InflightTable(base::MutableBytes memory, const Settings& settings) noexcept;
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
  [[nodiscard]] bool pop_expired(base::Instant now, std::size_t questions, Waiter& out, base::Handle& question) noexcept;

  [[nodiscard]] std::size_t open_questions() const noexcept;
  [[nodiscard]] std::size_t waiting_clients() const noexcept;
};

}  // namespace coalesce
