// SPDX-License-Identifier: Apache-2.0
/// @file fields.hpp – names in reports that are no counters, with their lines of docs/metrics.md.
///
/// Purpose    one row for each name: reports take name and value from it, the reference name and help. A new name of
///            these is one row.
/// Threads    constants and pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "egress/stats.hpp"
#include "reports/reports.hpp"

namespace reports {

template <class Source>
struct Field {
  std::string_view name;
  std::string_view help;
  std::uint64_t (*value)(const Source& source);
};

template <class Source, std::size_t N>
void add_fields(Json& json, const std::array<Field<Source>, N>& fields, const Source& source) {
  for (const Field<Source>& field : fields) json[std::string(field.name)] = field.value(source);
}

using ServerField = Field<egress::ServerStats>;
inline constexpr std::array kServerFields{
    ServerField{"srtt_us", "smoothed round-trip time in microseconds; 0: the server has not answered yet",
                [](const egress::ServerStats& s) -> std::uint64_t { return s.srtt_us; }},
    ServerField{"outstanding", "questions that wait for a reply of the server",
                [](const egress::ServerStats& s) -> std::uint64_t { return s.outstanding; }},
    ServerField{"sent", "packets sent to the server",
                [](const egress::ServerStats& s) -> std::uint64_t { return s.sent; }},
    ServerField{"answered", "questions that the server answered",
                [](const egress::ServerStats& s) -> std::uint64_t { return s.answered; }},
    ServerField{"timeouts", "packets without a reply in time",
                [](const egress::ServerStats& s) -> std::uint64_t { return s.timeouts; }},
    ServerField{"timeouts_in_a_row", "timeouts since the last answer",
                [](const egress::ServerStats& s) -> std::uint64_t { return s.timeouts_in_a_row; }},
    ServerField{"quota", "the server's share of egress.fetches_per_server now; 0: there is none",
                [](const egress::ServerStats& s) -> std::uint64_t { return s.quota; }},
    ServerField{"quota_mode", "step of the quota's curve; 0: the whole quota",
                [](const egress::ServerStats& s) -> std::uint64_t { return s.quota_step; }},
    ServerField{"atr_permille", "average share of timeouts, in thousandths",
                [](const egress::ServerStats& s) -> std::uint64_t { return s.atr_permille; }},
    ServerField{"spilled", "times that a question found the server at its quota",
                [](const egress::ServerStats& s) -> std::uint64_t { return s.spilled; }},
};

/// An uplink's budget and how often the closed loop lowered it.
struct BudgetSource {
  egress::UplinkStats stats;
  std::uint64_t lowered = 0;
};
using BudgetField = Field<BudgetSource>;
inline constexpr std::array kBudgetFields{
    BudgetField{"limit_pps", "packets a second that the budget allows now; 0: no limit",
                [](const BudgetSource& s) -> std::uint64_t { return s.stats.limit_pps; }},
    BudgetField{"configured_pps", "limit_pps while the provider drops no packets",
                [](const BudgetSource& s) -> std::uint64_t { return s.stats.configured_pps; }},
    BudgetField{"lowered", "times that the closed loop lowered the budget by a tenth",
                [](const BudgetSource& s) -> std::uint64_t { return s.lowered; }},
    BudgetField{"used_pkts", "packets sent in the last second",
                [](const BudgetSource& s) -> std::uint64_t { return s.stats.used_pkts; }},
    BudgetField{"queued", "questions that wait for budget",
                [](const BudgetSource& s) -> std::uint64_t { return s.stats.queued; }},
    BudgetField{"refreshes", "refreshes that wait for unused budget",
                [](const BudgetSource& s) -> std::uint64_t { return s.stats.refreshes; }},
};

using ClassField = Field<egress::ClassStats>;
inline constexpr std::array kClassFields{
    ClassField{"queued", "questions of the class that wait for budget",
               [](const egress::ClassStats& s) -> std::uint64_t { return s.queued; }},
    ClassField{"limit", "most questions that may wait in the class",
               [](const egress::ClassStats& s) -> std::uint64_t { return s.limit; }},
    ClassField{"wait_msec", "expected wait of a new question, in milliseconds",
               [](const egress::ClassStats& s) -> std::uint64_t { return s.wait_msec; }},
    ClassField{"sent", "questions of the class that were sent",
               [](const egress::ClassStats& s) -> std::uint64_t { return s.sent; }},
    ClassField{"shed", "questions dropped because the class was full",
               [](const egress::ClassStats& s) -> std::uint64_t { return s.shed; }},
};

// clang-format off
#define SLUICE_LIMITS(X)                                                                                          \
  X(kWaitingClients,     "ASKER.waiting_clients",          "clients that wait for an answer")                     \
  X(kWaitingClientsSoft, "ASKER.waiting_clients_soft",     "the same, against the soft quota")                    \
  X(kQuestions,          "ASKER.questions",                "pending queries")                                     \
  X(kWaitingForOne,      "ASKER.waiting_for_one_question", "clients of the pending query with most clients")      \
  X(kClientsPerQuery,    "ASKER.clients_per_query",        "the same, against clients_per_query as it is now")    \
  X(kWaitingAtOne,       "ASKER.waiting_at_one_address",   "pending queries of the client with most of them")     \
  X(kSignedMessages,     "ASKER.signed_messages",          "signed queries that wait for an answer")              \
  X(kMissRing,           "ASKER.miss_ring",                "misses in the ring to the egress core")               \
  X(kCompletionRing,     "ASKER.completion_ring",          "results in the ring from the egress core")            \
  X(kFetches,            "egress.questions",               "questions in the egress core")                        \
  X(kPorts,              "egress.ports",                   "source ports with an outstanding packet")             \
  X(kBudget,             "budget.UPLINK",                  "packets in the last second")                          \
  X(kQueue,              "queue.UPLINK.CLASS",             "questions of the class that wait for budget")         \
  X(kServerQuota,        "fetches.UPLINK.ADDRESS",         "outstanding questions of a server with a quota")      \
  X(kTcpConnections,     "tcp.connections",                "TCP connections of clients")                          \
  X(kBlocks,             "blocks",                         "client blocks")                                       \
  X(kSubscribers,        "egress.askers",                  "subscribers, one for each worker and question")       \
  X(kTcpFetches,         "egress.tcp_questions",           "questions that are asked over TCP")                   \
  X(kZones,              "egress.zones",                   "zones that the egress core remembers")                \
  X(kKnownNames,         "egress.known_names",             "known names that the egress core remembers")          \
  X(kFetchesPerZone,     "egress.fetches_per_zone",        "outstanding questions of the zone with most of them") \
  X(kMissAllowance,      "clients.miss_allowance",         "misses in the last second of the client with most")   \
  X(kMbufs,              "port.mbufs",                     "packet buffers")                                      \
  X(kCacheBytes,         "cache.bytes",                    "bytes of the cache")
// clang-format on

enum class Limit : std::uint8_t {
#define SLUICE_X(id, name, help) id,
  SLUICE_LIMITS(SLUICE_X)
#undef SLUICE_X
};
struct LimitInfo {
  std::string_view name;  // words in capitals stand for names: worker0, tcp, an uplink
  std::string_view help;  // what `used` counts
};
inline constexpr std::array kLimitInfos{
#define SLUICE_X(id, name, help) LimitInfo{name, help},
    SLUICE_LIMITS(SLUICE_X)
#undef SLUICE_X
};

/// The name with its words in capitals replaced by `words`, in order.
[[nodiscard]] std::string limit_name(Limit limit, std::initializer_list<std::string_view> words);

}  // namespace reports
