// SPDX-License-Identifier: Apache-2.0
/// @file counters.hpp – what client TCP counts; every connection ends in one outcome.
///
/// Purpose    the counters balance: accepted = open + sum of all ends (SLUICE_TCP_ENDS).
/// Threads    written by the slow path thread, read by control.
#pragma once

#include "stats/counter_block.hpp"

namespace tcp_server {

// clang-format off
/// How a connection ends; each accepted one ends in exactly one way.
#define SLUICE_TCP_ENDS(X)                                                                                   \
  X(kEndClient,       "end_client",        "closed by the client")                                           \
  X(kEndReset,        "end_reset",         "reset by the client, or an error of the socket")                       \
  X(kEndIdle,         "end_idle",          "closed: no query for the idle timeout")                          \
  X(kEndMakeRoom,     "end_make_room",     "closed: the longest idle one, for a new connection at the limit") \
  X(kEndSlowQuery,    "end_slow_query",    "closed: a query did not arrive completely within query_timeout")                \
  X(kEndSlowReader,   "end_slow_reader",   "closed: the client does not read its answers")                   \
  X(kEndBadLength,    "end_bad_length",    "closed: the length of a message was below 12")                           \
  X(kEndQueryLimit,   "end_query_limit",   "closed: the connection reached its maximum of queries")              \
  X(kEndNoMemory,     "end_no_memory",     "closed: the memory for incomplete queries and unread answers was full")  \
  X(kEndStop,         "end_stop",          "closed: the appliance stopped")

#define SLUICE_TCP_FLOWS(X)                                                                                  \
  X(kAccepted,        "accepted",          "connections accepted from clients")                                         \
  X(kRefusedLimit,    "refused_limit",     "connections refused: max_connections are open, none of them idle") \
  X(kRefusedClient,   "refused_client",    "connections refused: this client has max_connections_per_client")    \
  X(kAcceptFailed,    "accept_failed",     "connections that accept() failed for: no descriptor or memory")                \
  X(kMessages,        "messages",          "queries received")                                               \
  X(kReplies,         "replies",           "answers handed to the kernel or queued for it")                  \
  X(kPaused,          "paused",            "times that reading from a connection paused: max_in_flight queries waited") \
  X(kNoConnection,    "no_connection",     "answers dropped: their connection was closed meanwhile")
// clang-format on
#define SLUICE_TCP_COUNTERS(X) SLUICE_TCP_ENDS(X) SLUICE_TCP_FLOWS(X)
SLUICE_COUNTERS(Counter, SLUICE_TCP_COUNTERS)

[[nodiscard]] constexpr bool is_end(Counter which) noexcept { return which < Counter::kAccepted; }

using Counters = stats::CounterBlock<Counter>;

}  // namespace tcp_server
