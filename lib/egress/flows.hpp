// SPDX-License-Identifier: Apache-2.0
/// @file flows.hpp – queued questions of one asker about one zone, and the lanes in which such flows take turns.
///
/// Purpose    a Flow orders the names that one client prefix wants of one zone: most waiters first, then by age. A Lane is
///            what a zone has queued in one class; its flows take turns in it.
/// Threads    egress only.
/// Ownership  FlowPool: fixed tables in the engine's memory, shared by all uplinks; a flow lives while it has a question.
/// Cost       O(1) each.
///
///   class ── turns ──▶ Lane (a zone) ── turns ──▶ Flow (an asker) ── most waiters ──▶ question
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "index.hpp"
#include "wheel.hpp"

namespace egress {

/// Those who want a question now.
struct Demand {
  std::uint32_t waiters = 0;
  std::uint32_t others = 0;  // from other addresses than the one that asked first, and on other workers
};

/// A question's place in the queue.
struct Queued {
  RingLink line;  // in its flow, among those with about as many waiters
  base::Instant since;
  Index flow = kNoIndex;   // kNoIndex: not queued
  std::uint8_t crowd = 0;  // by number of waiters
  std::uint8_t cost = 0;   // of its turn, to its asker: shared with the others who want it
};

struct Flow {
  static constexpr std::size_t kCrowds = 8;

  RingLink turn;
  RingLink alike;
  std::uint64_t asker = 0;
  Index lane = kNoIndex;
  Index chain = kNoIndex;  // the next of its hash bucket, or of the free list
  std::uint32_t turn_ends = 0;
  std::uint32_t turn_began = 0;
  std::uint32_t size = 0;
  std::array<Index, kCrowds> lines;  // oldest first
  std::uint8_t rank = 0;
  std::uint8_t crowds = 0;  // one bit for each line that is not empty
};
static_assert(sizeof(Flow) <= 80);

struct Lane {
  RingLink turn;
  RingLink alike;
  Wheel wheel;
  Lengths<16, 1> lengths;
  std::uint32_t turn_ends = 0;
  std::uint32_t turn_began = 0;
  std::uint32_t size = 0;  // questions
  std::uint32_t flows = 0;
  std::uint8_t rank = 0;
  std::uint8_t name_class = 0;  // in which it stands, while size != 0
};
static_assert(sizeof(Lane) <= 264);

class FlowPool {
 public:
  FlowPool(base::Arena& arena, std::uint32_t max_questions, std::uint32_t lanes) noexcept;

  [[nodiscard]] Index find_flow(Index lane, std::uint64_t asker) const noexcept;
  /// The flow of this asker in this lane, a new and empty one if need be: one for each question, so there is room.
  [[nodiscard]] Index flow_of(Index lane, std::uint64_t asker) noexcept;
  void release(Index flow) noexcept;

  void add(Index flow, Index question, Demand demand, base::Instant since) noexcept;
  void take_out(Index question) noexcept;
  /// Whom the flow would send: of those with the most waiters the oldest, or the newest.
  [[nodiscard]] Index oldest(Index flow) const noexcept { return lines_end(flow); }
  [[nodiscard]] Index newest(Index flow) const noexcept { return queued_[lines_end(flow)].line.previous; }
  /// Whom it would rather lose: the oldest of those with the fewest waiters.
  [[nodiscard]] Index least(Index flow) const noexcept;
  /// True when the place of the question in its flow or its cost are others now.
  [[nodiscard]] bool update(Index question, Demand demand) noexcept;

  [[nodiscard]] static std::uint8_t crowd_of(std::uint32_t waiters) noexcept;
  [[nodiscard]] static std::uint8_t cost_of(std::uint32_t others) noexcept;

  [[nodiscard]] std::span<Queued> questions() const noexcept { return queued_; }
  [[nodiscard]] std::span<Flow> flows() const noexcept { return flows_; }
  [[nodiscard]] std::span<Lane> lanes() const noexcept { return lanes_; }

 private:
  [[nodiscard]] Index lines_end(Index flow) const noexcept;
  [[nodiscard]] Index& bucket_of(Index lane, std::uint64_t asker) const noexcept;
  void line_up(Index flow, Index question) noexcept;
  void step_out(Index question) noexcept;

  std::span<Queued> queued_;
  std::span<Flow> flows_;
  std::span<Lane> lanes_;
  std::span<Index> buckets_;
  Index free_ = kNoIndex;
};

}  // namespace egress
