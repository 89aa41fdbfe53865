// SPDX-License-Identifier: Apache-2.0
/// @file counters.hpp – what the TCP connections to upstream servers count, one list.
///
/// Purpose    connections opened and refused, fetches that were retried, messages that were dropped.
/// Threads    written by the slow path thread, read by any thread.
#pragma once

#include "stats/counter_block.hpp"

namespace upstream_tcp {

// clang-format off
#define SLUICE_UPSTREAM_TCP_COUNTERS(X)                                                              \
  X(kOpened,   "opened",    "TCP connections begun to upstream servers")                            \
  X(kRefused,  "refused",   "of these, never established")                                          \
  X(kRetried,  "retried",   "fetches sent again because the server closed their connection")        \
  X(kStray,    "stray",     "messages of upstream servers that answer no pending fetch")            \
  X(kNoBuffer, "no_buffer", "connections closed: no buffer was free for a message")
// clang-format on
SLUICE_COUNTERS(Counter, SLUICE_UPSTREAM_TCP_COUNTERS)
using Counters = stats::CounterBlock<Counter>;

}  // namespace upstream_tcp
