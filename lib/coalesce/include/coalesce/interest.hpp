// SPDX-License-Identifier: Apache-2.0
/// @file interest.hpp – how many clients of one worker wait for a question, as the egress core sees it.
///
/// Purpose    one shared cache line per pending query: another client joins with one store, without a message.
/// Threads    worker: rw, egress: r (a value that is a moment old is fine).
/// Lifetime   as long as the worker's table; the generation tells whether it is still the same pending query.
///
///   byte 0            4         8             12       16            24       64
///        ┌────────────┬─────────┬─────────────┬────────┬─────────────┬── … ──┐
///        │ generation │ waiters │ retransmits │ others │ deadline_ns │       │
///        └────────────┴─────────┴─────────────┴────────┴─────────────┴───────┘
///   retransmits  of clients since the pending query was opened; they may make the next retry due earlier.
///   others       waiters with another address than the client that opened it; 0: one client wants it.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/spsc_ring.hpp"  // kCacheLineBytes

namespace coalesce {

struct alignas(base::kCacheLineBytes) Interest {
  std::atomic<std::uint32_t> generation{0};
  std::atomic<std::uint32_t> waiters{0};
  std::atomic<std::uint32_t> retransmits{0};
  std::atomic<std::uint32_t> others{0};
  std::atomic<std::uint64_t> deadline_ns{0};  // after which no waiter is expected to wait
};
static_assert(sizeof(Interest) == base::kCacheLineBytes);

}  // namespace coalesce
