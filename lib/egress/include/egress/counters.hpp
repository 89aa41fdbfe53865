// SPDX-License-Identifier: Apache-2.0
/// @file counters.hpp – the engine's counters, in one list.
///
/// Purpose    every miss, fetch and packet is counted, and every refused reply with its reason.
/// Threads    written by the egress core, read by any.
///
/// Invariants (counters balance)
///   1. asked = answered_on_arrival + joined + refused_* + opened
///   2. opened + refresh_opened + loop_probes = replied + failed_* + open fetches = sum of cost_* + open fetches
///   3. tcp_asked = tcp_replied + tcp_failed + tcp_timeouts + tcp_left + fetches over TCP now
#pragma once

#include "stats/counter_block.hpp"

namespace egress {

// clang-format off
#define SLUICE_EGRESS_COUNTERS(X)                                                                                                        \
  X(kAsked,                  "asked",                    "misses of workers and of the TCP responder")                                   \
  X(kRefreshAsked,           "refresh_asked",            "cache hits near expiry that asked for a refresh")                              \
  X(kHitOnArrival,           "answered_on_arrival",      "misses that the cache could answer meanwhile")                                 \
  X(kJoined,                 "joined",                   "misses that joined an open fetch")                                             \
  X(kOpened,                 "opened",                   "misses that opened a fetch")                                                   \
  X(kRefreshOpened,          "refresh_opened",           "refreshes that opened a fetch")                                                \
  X(kReplacedHandle,         "replaced_handle",          "misses repeated by the same worker while their fetch was open")                \
  X(kSent,                   "sent",                     "packets sent upstream for fetches")                                            \
  X(kResent,                 "resent",                   "of these, second and later packets of a fetch")                                \
  X(kRefreshSent,            "refresh_sent",             "of these, packets for refreshes")                                              \
  X(kTxRefused,              "tx_refused",               "packets that the port refused; sent again later")                              \
  X(kNoTransaction,          "no_transaction",           "sends postponed because no port or transaction was free")                      \
  X(kBudgetDenied,           "budget_denied",            "times the budget ran dry while fetches were queued")                           \
  X(kPassed,                 "passed",                   "signed messages whose reply was passed on unchanged")                          \
  X(kReplied,                "replied",                  "fetches ended by an upstream's reply")                                         \
  X(kTimeouts,               "timeouts",                 "packets without a reply in time")                                              \
  X(kEarlyRetries,           "early_retries",            "retries sent early because a client retransmitted")                            \
  X(kPlainRetries,           "plain_retries",            "retries without EDNS after FORMERR or NOTIMP")                                 \
  X(kNextServer,             "next_server",              "fetches moved to another server after SERVFAIL, REFUSED or NOTIMP")            \
  X(kTruncated,              "truncated",                "replies with TC")                                                              \
  X(kTcpAsked,               "tcp_asked",                "fetches asked over TCP")                                                       \
  X(kTcpReplied,             "tcp_replied",              "of these, answered over TCP")                                                  \
  X(kTcpFailed,              "tcp_failed",               "of these, without a connection or a usable answer")                            \
  X(kTcpTimeouts,            "tcp_timeouts",             "of these, without an answer in time")                                          \
  X(kTcpLeft,                "tcp_left",                 "of these, dropped because no client waited any more or the appliance stopped") \
  X(kTcpRefused,             "tcp_refused",              "fetches not asked over TCP because too many were already")                     \
  X(kTcpLate,                "tcp_late",                 "ends of TCP fetches that had ended before")                                    \
  X(kNearMiss,               "near_miss",                "fetches that saw a wrong ID on their own addresses and ports")                 \
  X(kReplyUnknownPort,       "reply_unknown_port",       "replies to a port without a transaction")                                      \
  X(kReplyLate,              "reply_late",               "replies that came after their transaction was closed")                         \
  X(kReplyWrongSource,       "reply_wrong_source",       "replies from another address or port than the query went to")                  \
  X(kReplyWrongTarget,       "reply_wrong_target",       "replies to another address of ours than the query came from")                  \
  X(kReplyShort,             "reply_short",              "replies shorter than a DNS header")                                            \
  X(kReplyIsQuery,           "reply_is_query",           "queries in place of a reply")                                                  \
  X(kReplyWrongOpcode,       "reply_wrong_opcode",       "replies with another opcode than QUERY")                                       \
  X(kReplyWrongId,           "reply_wrong_id",           "replies with a wrong ID")                                                      \
  X(kReplyWrongQuestion,     "reply_wrong_question",     "replies with no question or another one")                                      \
  X(kReplyWrongCase,         "reply_wrong_case",         "replies that match except for the letter case of the name")                    \
  X(kCaseStopped,            "case_stopped",             "servers for which 0x20 was switched off")                                      \
  X(kReplyMalformed,         "reply_malformed",          "replies that match but do not parse")                                          \
  X(kRefusedTableFull,       "refused_table_full",       "misses refused: every slot holds a fetch with waiting clients")                \
  X(kRefusedSubscribersFull, "refused_subscribers_full", "misses refused: no room for another subscriber")                               \
  X(kRefusedNoUplink,        "refused_no_uplink",        "misses refused: no such uplink")                                               \
  X(kRefusedZone,            "refused_zone",             "misses refused: their zone is at fetches_per_zone")                            \
  X(kReclaimed,              "reclaimed",                "fetches dropped from the table because no client waited any more")             \
  X(kRefreshDropped,         "refresh_dropped",          "refreshes dropped: no room, or no idle budget in time")                        \
  X(kServedStale,            "served_stale",             "misses and fetches answered from an expired entry")                            \
  X(kFailedTimeout,          "failed_timeout",           "fetches failed: every packet timed out")                                       \
  X(kFailedUnreachable,      "failed_unreachable",       "fetches failed: no path, or only malformed replies")                           \
  X(kFailedOverload,         "failed_overload",          "fetches ended by a limit or a stop")                                           \
  X(kQuotaSpilled,           "quota_spilled",            "of these, every server was at its quota")                                      \
  X(kShedKnown,              "shed_known",               "of these, names answered before, to shorten the queue")                        \
  X(kShedNew,                "shed_new",                 "of these, new names in zones that answer")                                     \
  X(kShedUnknown,            "shed_unknown",             "of these, names in unknown zones or zones that mostly answer NXDOMAIN")        \
  X(kShedZone,               "shed_zone",                "of these, the zone reached fetches_per_zone after the fetch was queued")       \
  X(kFailedAbandoned,        "failed_abandoned",         "fetches dropped because no client waited any more")                            \
  X(kInserted,               "inserted",                 "replies stored in the cache")                                                  \
  X(kInsertFailed,           "insert_failed",            "replies that found no room in the cache")                                      \
  X(kFailureInserted,        "failure_inserted",         "failures stored in the cache")                                                 \
  X(kNotKeptTtlZero,         "not_kept_ttl_zero",        "replies not stored: TTL 0")                                                    \
  X(kNotKeptNoSoa,           "not_kept_no_soa",          "negative replies not stored: no SOA")                                          \
  X(kNotKeptTruncated,       "not_kept_truncated",       "replies not stored: truncated")                                                \
  X(kNotKeptFailureOff,      "not_kept_failure_off",     "failures not stored: servfail_ttl is 0")                                       \
  X(kCost0,                  "cost_0",                   "fetches that ended without a packet")                                          \
  X(kCost1,                  "cost_1",                   "fetches that cost one packet upstream")                                        \
  X(kCost2,                  "cost_2",                   "fetches that cost two packets upstream")                                       \
  X(kCost3,                  "cost_3",                   "fetches that cost three packets upstream")                                     \
  X(kCost4To8,               "cost_4_to_8",              "fetches that cost four to eight packets upstream")                             \
  X(kCostMore,               "cost_more",                "fetches that cost more packets upstream")                                      \
  X(kRebindBlocked,          "rebind_blocked",           "answers with private addresses that were withheld")                            \
  X(kLoopProbes,             "loop_probes",              "loop probes sent")                                                             \
  X(kLoopsSeen,              "loops_seen",               "of these, probes that came back as a client's query")                          \
  X(kForeignCharged,         "foreign_charged",          "packets of other senders that took a token")                                   \
  X(kForeignDenied,          "foreign_denied",           "packets of other senders that found no token")
// clang-format on
SLUICE_COUNTERS(EngineCounter, SLUICE_EGRESS_COUNTERS)
using EngineCounters = stats::CounterBlock<EngineCounter>;

}  // namespace egress
