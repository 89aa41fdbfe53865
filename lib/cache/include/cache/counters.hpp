// SPDX-License-Identifier: Apache-2.0
/// @file counters.hpp – counters and gauges of the cache, one list each.
///
/// Purpose    a line of a list is the enumerator, the name in reports and metrics, and the line of help.
/// Threads    written by the egress core, read by any thread.
///
///   inserts   = replacements + evictions + expired + flushed + entries
///   evictions = the sum of evicted_*
#pragma once

#include "stats/counter_block.hpp"

namespace cache {

// clang-format off
/// Values that rise and fall.
#define SLUICE_CACHE_GAUGES(X)                                                                           \
  X(kEntries,        "entries",         "answers that the cache holds")                                 \
  X(kBytesUsed,      "bytes_used",      "memory of these answers, in whole chunks")                     \
  X(kBytesCapacity,  "bytes_capacity",  "memory of the cache")                                          \
  X(kNegativeBytes,  "negative_bytes",  "memory of negative answers and failures")                      \
  X(kPendingReclaim, "pending_reclaim", "chunks that wait until no reader can see them")                \
  X(kPagesFresh,     "pages_fresh",     "pages that no size class has used yet")

/// Values that only grow.
#define SLUICE_CACHE_COUNTERS(X)                                                                         \
  X(kInserts,          "inserts",           "answers stored, replacements included")                    \
  X(kReplacements,     "replacements",      "answers that replaced an older one to the same question")  \
  X(kEvictions,        "evictions",         "answers removed to make room")                             \
  X(kExpired,          "expired",           "answers removed by the sweep after their stale time")      \
  X(kFlushed,          "flushed",           "answers removed by an operator")                           \
  X(kRejectedTooBig,   "rejected_too_big",  "answers not stored: larger than cache.max_answer or the largest chunk") \
  X(kRejectedNoRoom,   "rejected_no_room",  "answers not stored: no chunk was free, or max_entries held") \
  X(kEvictedDead,      "evicted_dead",      "of the evictions: past their stale time, not usable")      \
  X(kEvictedStale,     "evicted_stale",     "of the evictions: expired, and no query has hit them")     \
  X(kEvictedProbation, "evicted_probation", "of the evictions: in the probation queue, hit at most once") \
  X(kEvictedMain,      "evicted_main",      "of the evictions: in the main queue, not hit recently")    \
  X(kEvictedNegative,  "evicted_negative",  "of the evictions: negative answers above cache.negative_share") \
  X(kEvictedBucket,    "evicted_bucket",    "of the evictions: the fourteen slots of a hash were full") \
  X(kEvictedMoving,    "evicted_moving",    "of the evictions: their page moved to another size class") \
  X(kGhostHits,        "ghost_hits",        "names asked for again soon after their answer was evicted") \
  X(kPromoted,         "promoted",          "answers moved from the probation queue to main after a hit") \
  X(kReinserted,       "reinserted",        "answers kept at the tail of the main queue after a hit")   \
  X(kPagesMoved,       "pages_moved",       "pages moved from one size class to another")               \
  X(kRelocated,        "relocated",         "answers copied out of a page that moves")
// clang-format on

SLUICE_COUNTERS(Gauge, SLUICE_CACHE_GAUGES)
SLUICE_COUNTERS(Counter, SLUICE_CACHE_COUNTERS)

}  // namespace cache
