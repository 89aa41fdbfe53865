// SPDX-License-Identifier: Apache-2.0
/// @file counters.hpp – every outcome of a query and of a packet, by name.
///
/// Purpose    one list gives enumerator, metric name and help.
/// Threads    a block belongs to one worker or to the TCP responder; control reads values a moment old.
///
/// Invariants, whenever no poll is under way
///   1. queries = sum of all outcomes (SLUICE_QUERY_OUTCOMES): every query ends in exactly one.
///   2. rx_pkts = queries + responses + punted + sum of all frame drops. Over TCP: rx_pkts = 0.
#pragma once

#include "stats/counter_block.hpp"

namespace answer {

// clang-format off
/// What becomes of a query: a datagram to port 53 of one of our addresses, or a message of a client's TCP connection.
#define SLUICE_QUERY_OUTCOMES(X)                                                                              \
  X(kHit,               "hit",                 "answered from a fresh entry")                              \
  X(kStale,             "stale",               "answered at once from an expired entry")                   \
  X(kJoined,            "joined",              "waits for a question that is already on its way")          \
  X(kDuplicate,         "duplicate",           "a client's own retransmission of a question it waits for") \
  X(kAsked,             "asked",               "opened a question that goes to the egress core")           \
  X(kLocal,             "local",               "answered from local data")                                 \
  X(kAny,               "any",                 "type ANY: answered by one HINFO record (RFC 8482)")        \
  X(kChaos,             "chaos",               "version or identity of this server, class CH")             \
  X(kCookieOnly,        "cookie_only",         "no question but a COOKIE: answered with a cookie")         \
  X(kBadCookie,         "bad_cookie",          "no good server cookie where one is required: BADCOOKIE")   \
  X(kRefusedAcl,        "refused_acl",         "client is not in clients.allow: REFUSED")                  \
  X(kRefusedRd,         "refused_rd",          "RD=0 and not in the cache: REFUSED")                       \
  X(kRefusedClass,      "refused_class",       "class is not IN: REFUSED")                                 \
  X(kRefusedTransfer,   "refused_transfer",    "AXFR or IXFR: REFUSED")                                    \
  X(kRefusedNoRoute,    "refused_no_route",    "no forward zone covers the name: REFUSED")                 \
  X(kFormErr,           "formerr",             "malformed: FORMERR")                                       \
  X(kNotImp,            "notimp",              "opcode is not QUERY: NOTIMP")                              \
  X(kBadVers,           "badvers",             "EDNS version is not 0: BADVERS")                           \
  X(kOverQuestions,     "over_questions",      "in-flight table full: SERVFAIL, EDE 14")                   \
  X(kOverWaiters,       "over_waiters",        "no room for another waiting client: SERVFAIL, EDE 14")     \
  X(kOverPerQuestion,   "over_per_question",   "this question has its most waiters: SERVFAIL, EDE 14")     \
  X(kSpilled,           "spilled",             "this question has all clients_per_query: SERVFAIL, EDE 14") \
  X(kOverPerClient,     "over_per_client",     "this client has its most waiters: SERVFAIL, EDE 14")       \
  X(kOverAllowance,     "over_allowance",      "this client is above its miss allowance: clients.miss_allowance_action") \
  X(kBlockedMiss,       "blocked_miss",        "not in the cache, client is blocked: clients.miss_allowance_action") \
  X(kBlockedRefused,    "blocked_refused",     "client is blocked: REFUSED, EDE 18")                       \
  X(kBlockedDropped,    "blocked_dropped",     "client is blocked: dropped")                               \
  X(kOverEgress,        "over_egress",         "ring to the egress core full: SERVFAIL, EDE 14")           \
  X(kDropShort,         "drop_short",          "shorter than a DNS header: dropped")                       \
  X(kDropIsResponse,    "drop_is_response",    "a response sent to our port 53: dropped")                  \
  X(kDropHeaderOnly,    "drop_header_only",    "a header with nothing behind it: dropped")

/// Packets that never became a query or a response.
#define SLUICE_FRAME_DROPS(X)                                                                              \
  X(kFrameShort,        "frame_short",         "a header or length points past the end")                   \
  X(kFrameIpChecksum,   "frame_ip_checksum",   "IPv4 header checksum wrong")                               \
  X(kFrameUdpChecksum,  "frame_udp_checksum",  "UDP checksum wrong, or 0 over IPv6")                       \
  X(kFrameMartian,      "frame_martian",       "an IPv6 address that embeds an IPv4 address")              \
  X(kFrameDnsFragment,  "frame_dns_fragment",  "a fragment to or from port 53")                            \
  X(kFrameSegmented,    "frame_segmented",     "larger than one buffer")                                   \
  X(kPuntFull,          "punt_full",           "the kernel's side does not keep up")                       \
  X(kResponseFull,      "response_full",       "the egress core does not keep up with replies")

/// Packets received and sent, replies to waiters, parts of other counters, polls.
#define SLUICE_WORKER_FLOWS(X)                                                                             \
  X(kRxPkts,            "rx_pkts",             "packets received")                                         \
  X(kTxPkts,            "tx_pkts",             "packets the port accepted")                                \
  X(kTxFull,            "tx_full",             "packets dropped because the TX ring was full")             \
  X(kQueries,           "queries",             "datagrams to our port 53")                                 \
  X(kResponses,         "responses",           "datagrams from an upstream, handed to the egress core")    \
  X(kPunted,            "punted",              "packets handed to the kernel")                             \
  X(kInjected,          "injected",            "packets from the kernel")                                  \
  X(kRelayed,           "relayed",             "upstream packets sent for the egress core")                \
  X(kAnsweredWaiters,   "answered_waiters",    "waiting clients answered by a completion")                 \
  X(kExpiredWaiters,    "expired_waiters",     "waiting clients whose patience was over: SERVFAIL")        \
  X(kFailedWaiters,     "failed_waiters",      "waiting clients answered SERVFAIL or REFUSED by a completion")        \
  X(kSilentWaiters,     "silent_waiters",      "waiting clients told nothing, as an overload action says") \
  X(kDroppedNewest,     "dropped_newest",      "the newest waiting client dropped for a newcomer: SERVFAIL, EDE 14") \
  X(kDroppedRandom,     "dropped_random",      "any waiting client dropped for a newcomer: SERVFAIL, EDE 14")                                 \
  X(kDroppedOldest,     "dropped_oldest",      "the oldest waiting client dropped for a newcomer: SERVFAIL, EDE 14")                \
  X(kHeldBack,          "held_back",           "answers put off: their address had its share of the burst") \
  X(kHeldFull,          "held_full",           "answers with TTL 0 that found no place: their held-back clients get SERVFAIL") \
  X(kNoBuffer,          "no_buffer",           "replies lost because the packet pool was dry")             \
  X(kNoReplyRoom,       "no_reply_room",       "replies lost because the buffer could not hold them")      \
  X(kCookiesGood,       "cookies_good",        "queries with a good server cookie")                        \
  X(kCookiesBad,        "cookies_bad",         "queries with a server cookie that is not good")            \
  X(kHeldStale,         "held_stale",          "of stale, misses of a client that may not ask upstream")   \
  X(kRefreshAsked,      "refresh_asked",       "refreshes asked for by hits near expiry")                  \
  X(kPolls,             "polls",               "polls")                                                    \
  X(kBusyPolls,         "busy_polls",          "polls that found work")
// clang-format on

// clang-format off
#define SLUICE_WORKER_COUNTERS(X) SLUICE_QUERY_OUTCOMES(X) SLUICE_FRAME_DROPS(X) SLUICE_WORKER_FLOWS(X)
// clang-format on
SLUICE_COUNTERS(Counter, SLUICE_WORKER_COUNTERS)

/// The invariants sum over these.
[[nodiscard]] constexpr bool is_query_outcome(Counter which) noexcept { return which < Counter::kFrameShort; }
[[nodiscard]] constexpr bool is_frame_drop(Counter which) noexcept {
  return which >= Counter::kFrameShort && which < Counter::kRxPkts;
}

using Counters = stats::CounterBlock<Counter>;

}  // namespace answer
