// SPDX-License-Identifier: Apache-2.0
/// @file counters.hpp – every fate of a client's TCP connection, by name.
///
/// Purpose    conservation: accepted = open + sum of all ends      (SLUICE_TCP_ENDS)
/// Threads    written by the slow path thread, read by control.
#pragma once

#include "stats/counter_block.hpp"

namespace tcp_server {

// clang-format off
/// How a connection ends; each accepted one ends in exactly one way.
#define SLUICE_TCP_ENDS(X)                                                                                   \
  X(kEndClient,       "end_client",        "closed by the client")                                           \
  X(kEndReset,        "end_reset",         "broken off: reset, or the client is gone")                       \
  X(kEndIdle,         "end_idle",          "closed: no query for the idle timeout")                          \
  X(kEndMakeRoom,     "end_make_room",     "closed: the longest idle one, for a new connection at the limit") \
  X(kEndSlowQuery,    "end_slow_query",    "closed: a query that did not come whole in time")                \
  X(kEndSlowReader,   "end_slow_reader",   "closed: the client does not read its answers")                   \
  X(kEndBadLength,    "end_bad_length",    "closed: a length that no message has")                           \
  X(kEndQueryLimit,   "end_query_limit",   "closed: as many queries as one connection may ask")              \
  X(kEndNoMemory,     "end_no_memory",     "closed: memory for what is half received or unread is used up")  \
  X(kEndStop,         "end_stop",          "closed: the appliance stopped")

#define SLUICE_TCP_FLOWS(X)                                                                                  \
  X(kAccepted,        "accepted",          "connections of clients")                                         \
  X(kRefusedLimit,    "refused_limit",     "connections refused: as many as there may be, none of them idle") \
  X(kRefusedClient,   "refused_client",    "connections refused: this client has as many as it may have")    \
  X(kAcceptFailed,    "accept_failed",     "connections that the kernel could not hand over")                \
  X(kMessages,        "messages",          "queries received")                                               \
  X(kReplies,         "replies",           "answers handed to the kernel or queued for it")                  \
  X(kPaused,          "paused",            "times that a connection was not read further: too many queries wait") \
  X(kNoConnection,    "no_connection",     "answers dropped: their connection was closed meanwhile")
// clang-format on
#define SLUICE_TCP_COUNTERS(X) SLUICE_TCP_ENDS(X) SLUICE_TCP_FLOWS(X)
SLUICE_COUNTERS(Counter, SLUICE_TCP_COUNTERS)

[[nodiscard]] constexpr bool is_end(Counter which) noexcept { return which < Counter::kAccepted; }

using Counters = stats::CounterBlock<Counter>;

}  // namespace tcp_server
