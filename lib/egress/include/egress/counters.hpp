// SPDX-License-Identifier: Apache-2.0
/// @file counters.hpp – what the engine counts, one list.
///
/// Purpose    every question asked, joined, sent, answered or failed, every reply refused with its reason.
/// Threads    written by the egress core, read by any.
///
///   asked = answered_on_arrival + joined + refused_* + opened
///   opened + refresh_opened + loop_probes = replied + failed_* + those still open = sum of cost_* + those still open
///   stream_asked = stream_replied + stream_failed + stream_timeouts + stream_left + those still asked over TCP
#pragma once

#include "stats/counter_block.hpp"

namespace egress {

// clang-format off
#define SLUICE_EGRESS_COUNTERS(X)                                                                             \
  X(kAsked,             "asked",               "questions that a worker or the slow path asked")             \
  X(kRefreshAsked,      "refresh_asked",       "hits near expiry that asked for a refresh")                  \
  X(kHitOnArrival,      "answered_on_arrival", "questions that the cache could answer by now")               \
  X(kJoined,            "joined",              "questions that joined one already queued or sent")           \
  X(kOpened,            "opened",              "questions that started an attempt of their own")             \
  X(kRefreshOpened,     "refresh_opened",      "refreshes that found room to wait for idle budget")          \
  X(kReplacedHandle,    "replaced_handle",     "questions asked again by the same worker before their end")  \
  X(kSent,              "sent",                "packets sent upstream for questions")                        \
  X(kResent,            "resent",              "of these, second and later packets of a question")           \
  X(kRefreshSent,       "refresh_sent",        "of these, packets for refreshes")                            \
  X(kTxRefused,         "tx_refused",          "packets that the port refused; tried again")                 \
  X(kNoTransaction,            "no_pair",             "sends put off because no port or attempt was free")          \
  X(kBudgetDenied,      "budget_denied",       "times the budget ran dry while questions waited")            \
  X(kPassed,           "passed",              "signed messages whose reply was passed on as it came")       \
  X(kReplied,           "replied",             "questions ended by an upstream's reply")                     \
  X(kTimeouts,          "timeouts",            "packets that no reply came to in time")                      \
  X(kEarlyRetries,            "nudged",              "retries pulled forward by a client's retransmission")        \
  X(kPlainRetries,      "plain_retries",       "retries without EDNS after FORMERR or NOTIMP")               \
  X(kNextServer,        "next_server",         "questions moved on after SERVFAIL, REFUSED or NOTIMP")       \
  X(kTruncated,         "truncated",           "replies with TC")                                            \
  X(kTcpAsked,       "stream_asked",        "questions asked over TCP")                                   \
  X(kTcpReplied,     "stream_replied",      "of these, answered over TCP")                                \
  X(kTcpFailed,      "stream_failed",       "of these, without a connection or a usable answer")          \
  X(kTcpTimeouts,    "stream_timeouts",     "of these, without an answer in time")                        \
  X(kTcpLeft,        "stream_left",         "of these, given up because nobody waited any more")          \
  X(kTcpRefused,     "stream_refused",      "questions not asked over TCP: too many are already")         \
  X(kTcpLate,        "stream_late",         "ends of questions over TCP that nobody waited for any more") \
  X(kNearMiss,          "near_miss",           "questions that saw a wrong ID on their own ports")           \
  X(kReplyUnknownPort,  "reply_unknown_port",  "replies to a port of no question")                           \
  X(kReplyLate,         "reply_late",          "replies that came after their question had ended")           \
  X(kReplyWrongSource,  "reply_wrong_source",  "replies from another address or port than was asked")        \
  X(kReplyWrongTarget,  "reply_wrong_target",  "replies to another address of ours than was used")           \
  X(kReplyShort,        "reply_short",         "replies shorter than a header")                              \
  X(kReplyIsQuery,      "reply_is_query",      "queries that came in place of a reply")                      \
  X(kReplyWrongOpcode,  "reply_wrong_opcode",  "replies with another opcode than QUERY")                     \
  X(kReplyWrongId,      "reply_wrong_id",      "replies with a wrong ID")                                    \
  X(kReplyWrongQuestion, "reply_wrong_question", "replies with no or another question")                      \
  X(kReplyWrongCase,    "reply_wrong_case",    "replies that match but for the letter case of the name")     \
  X(kCaseStopped,       "case_stopped",        "servers whose names go out in lower case from then on")      \
  X(kReplyMalformed,    "reply_malformed",     "replies that match but do not parse")                        \
  X(kRefusedTableFull,  "refused_table_full",  "questions refused: every slot is taken by a waited-for one") \
  X(kRefusedSubscribersFull, "refused_askers_full", "questions refused: no room for another asker")               \
  X(kRefusedNoUplink,   "refused_no_uplink",   "questions refused: no such uplink")                          \
  X(kRefusedZone,       "refused_zone",        "questions refused: their zone is at fetches_per_zone")       \
  X(kReclaimed,         "reclaimed",           "questions given up because nobody waited any more")          \
  X(kRefreshDropped,    "refresh_dropped",     "refreshes dropped: no room, or no idle budget in time")      \
  X(kServedStale,       "served_stale",        "questions answered from an expired entry")                   \
  X(kFailedTimeout,     "failed_timeout",      "questions failed: every packet timed out")                   \
  X(kFailedUnreachable, "failed_unreachable",  "questions failed: no path, or only malformed replies")       \
  X(kFailedOverload,    "failed_overload",     "open questions failed by a limit or a stop")                 \
  X(kQuotaSpilled,      "quota_spilled",       "of these, every server was at its quota")                    \
  X(kShedKnown,         "shed_known",          "of these, names known before, to keep the queue short")      \
  X(kShedNew,           "shed_new",            "of these, new names in zones that answer")                   \
  X(kShedUnknown,       "shed_unknown",        "of these, names in unknown zones or ones that say no")       \
  X(kShedZone,          "shed_zone",           "of these, whose zone had reached fetches_per_zone meanwhile") \
  X(kFailedAbandoned,   "failed_abandoned",    "questions dropped because nobody waited any more")           \
  X(kInserted,          "inserted",            "replies kept in the cache")                                  \
  X(kInsertFailed,      "insert_failed",       "replies that found no room in the cache")                    \
  X(kFailureInserted,   "failure_inserted",    "failures kept in the cache")                                 \
  X(kNotKeptTtlZero,    "not_kept_ttl_zero",   "replies not kept: TTL 0")                                    \
  X(kNotKeptNoSoa,      "not_kept_no_soa",     "negative replies not kept: no SOA")                          \
  X(kNotKeptTruncated,  "not_kept_truncated",  "replies not kept: truncated")                                \
  X(kNotKeptFailureOff, "not_kept_failure_off", "failures not kept: servfail_ttl is 0")                      \
  X(kCost0,             "cost_0",              "questions that ended without a packet of their own")         \
  X(kCost1,             "cost_1",              "questions that cost one packet upstream")                    \
  X(kCost2,             "cost_2",              "questions that cost two packets upstream")                   \
  X(kCost3,             "cost_3",              "questions that cost three packets upstream")                 \
  X(kCost4To8,          "cost_4_to_8",         "questions that cost four to eight packets upstream")         \
  X(kCostMore,          "cost_more",           "questions that cost more packets upstream")                  \
  X(kRebindBlocked,     "rebind_blocked",      "answers with private addresses that were kept back")         \
  X(kLoopProbes,        "loop_probes",         "names asked of a server to see whether they come back")      \
  X(kLoopsSeen,         "loops_seen",          "of these, that came back as a client's question")            \
  X(kForeignCharged,    "foreign_charged",     "packets of other senders that took a token")                 \
  X(kForeignDenied,     "foreign_denied",      "times a packet of another sender found no token")
// clang-format on
SLUICE_COUNTERS(EngineCounter, SLUICE_EGRESS_COUNTERS)
using EngineCounters = stats::CounterBlock<EngineCounter>;

}  // namespace egress
