// SPDX-License-Identifier: Apache-2.0
/// @file interest.hpp – what a worker lets the egress core know about those who wait, without a message.
///
/// Purpose    Handle names a slot of a table of another core and its generation, so that a late answer never meets a
///            reused slot. Interest is the slot's shared line: joining costs one store, no record in a ring.
/// Threads    Interest: worker: rw, egress: r (a moment stale is fine).
/// Lifetime   an Interest lives as long as the worker's table; its generation says whether it is still the same question.
///
///   byte 0            4         8           12       16            24       64
///        ┌────────────┬─────────┬───────────┬────────┬─────────────┬── … ──┐
///        │ generation │ waiters │ nudges    │ others │ deadline_ns │       │
///        └────────────┴─────────┴───────────┴────────┴─────────────┴───────┘
///   nudges  clients' own retransmissions since the question was opened: they may pull the next retry forward.
///   others  waiters from another address than the one that opened the question: with 0, one client wants it.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/spsc_ring.hpp"

namespace base {

struct Handle {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  friend bool operator==(const Handle&, const Handle&) noexcept = default;
};

struct alignas(kCacheLineBytes) Interest {
  std::atomic<std::uint32_t> generation{0};
  std::atomic<std::uint32_t> waiters{0};
  std::atomic<std::uint32_t> nudges{0};
  std::atomic<std::uint32_t> others{0};
  std::atomic<std::uint64_t> deadline_ns{0};  // of the most patient waiter
};
static_assert(sizeof(Interest) == kCacheLineBytes);

}  // namespace base
