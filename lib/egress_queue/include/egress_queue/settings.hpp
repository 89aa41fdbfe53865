// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – queue order, classes and packet budget of an uplink.
///
/// Purpose    what an operator may choose about the queue in front of an uplink and about its packet budget.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace egress {

inline constexpr std::size_t kMaxUplinks = 16;  // each has a budget and a queue of its own

enum class QueueOrder : std::uint8_t {
  kFair,  // by class, zone, client and number of waiters
  // One list for all fetches, for comparison only:
  kDeadline,  // oldest first; newest first under backlog; drops fetches without a waiting client
  kFifo,      // in order of arrival, with or without a waiting client; a full table refuses new fetches
  kFifoLive,  // in order of arrival; drops fetches without a waiting client
};

/// Class of a fetch in the queue; decides which fetches are sent when the budget is short.
enum class NameClass : std::uint8_t {
  kKnown,    // the name was answered before
  kNew,      // the name's zone has answered recently
  kUnknown,  // an unknown zone, or a zone that mostly answers NXDOMAIN or fails
};
inline constexpr std::size_t kNameClasses = 3;
inline constexpr std::array<std::uint32_t, kNameClasses> kClassWeights{60, 30, 10};

struct BudgetSettings {
  std::uint32_t limit_pps = 1'024;          // 0: unmetered
  std::uint32_t reserve_pps = 0;            // left to other senders on the same interface (IMDS, NTP)
  std::chrono::milliseconds window{1'005};  // 1 s, plus slack for jitter on the way
  std::uint32_t burst_pkts = 32;            // packets that the pacer lets through at once
  std::uint32_t room_pps = 0;               // memory is reserved for this limit if it is larger than limit_pps
};

}  // namespace egress
