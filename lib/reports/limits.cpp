// SPDX-License-Identifier: Apache-2.0
// The use of every limit, and the servers and zones that are at their quota.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "blocking/blocks.hpp"
#include "dns/text.hpp"
#include "fields.hpp"
#include "net/text.hpp"
#include "parts.hpp"
#include "policy/allowance.hpp"
#include "policy/block_table.hpp"
#include "reports/reports.hpp"

namespace reports {
namespace {

Json limit_json(Limit which, std::initializer_list<std::string_view> words, std::uint64_t limit, std::uint64_t used) {
  const std::string name = limit_name(which, words);
  return {{"name", name}, {"limit", limit}, {"used", used}, {"headroom", limit > used ? limit - used : 0}};
}

void add_asker(Json& list, const std::string& of, const coalesce::InflightTable& table,
               const answer::OpaquePool& signed_messages, std::uint32_t per_query) {
  const coalesce::Settings& settings = table.settings();
  const coalesce::InflightGauges& gauges = table.gauges();
  list.push_back(limit_json(Limit::kWaitingClients, {of}, settings.max_waiting, gauges.waiting.read()));
  if (settings.soft_waiting != 0) {
    list.push_back(limit_json(Limit::kWaitingClientsSoft, {of}, settings.soft_waiting, gauges.waiting.read()));
  }
  list.push_back(limit_json(Limit::kQuestions, {of}, settings.max_pending, gauges.queries.read()));
  const std::uint64_t of_question = gauges.fullest_query.read();
  list.push_back(limit_json(Limit::kWaitingForOne, {of}, settings.max_waiters_per_query, of_question));
  if (per_query != 0) {  // the table may have raised it
    const auto now = std::max<std::uint64_t>(per_query, gauges.per_query.read());
    list.push_back(limit_json(Limit::kClientsPerQuery, {of}, now, of_question));
  }
  list.push_back(limit_json(Limit::kWaitingAtOne, {of}, settings.max_waiting_per_client, gauges.fullest_client.read()));
  list.push_back(limit_json(Limit::kSignedMessages, {of}, answer::OpaquePool::kSlots, signed_messages.in_use()));
}

template <class Ring>
void add_rings(Json& list, Limit which, std::span<Ring* const> rings) {
  for (std::size_t i = 0; i < rings.size(); ++i) {
    list.push_back(limit_json(which, {"asker" + std::to_string(i)}, rings[i]->capacity(), rings[i]->size()));
  }
}

void add_servers(Json& list, const View& view) {
  for (const egress::ServerStats& server : servers_of(view)) {
    if (server.quota == 0) continue;
    const std::string address(net::to_text(server.address).view());
    list.push_back(limit_json(Limit::kServerQuota, {uplink_name(*view.settings, server.uplink), address}, server.quota,
                              server.outstanding));
  }
}

void add_shared(Json& list, const View& view) {
  const egress::LimitStats of = view.engine->limit_stats();
  list.push_back(limit_json(Limit::kSubscribers, {}, of.subscribers_limit, of.subscribers_used));
  list.push_back(limit_json(Limit::kTcpFetches, {}, of.tcp_fetches_limit, of.tcp_fetches_used));
  list.push_back(limit_json(Limit::kZones, {}, of.zones_limit, of.zones_used));
  list.push_back(limit_json(Limit::kKnownNames, {}, of.known_limit, of.known_used));
  const std::uint32_t quota = view.settings->egress.fetches_per_zone;
  if (quota != 0) list.push_back(limit_json(Limit::kFetchesPerZone, {}, quota, of.fullest_zone));
}

// A burst may exceed the rate for a moment, so `used` can be above `limit`.
void add_allowance(Json& list, const View& view) {
  if (view.settings->allowance.misses_per_sec == 0 || view.watcher == nullptr) return;
  const bool is_by_host = view.settings->topk.clients == topk::ClientPrefix::kHost;
  const std::uint64_t allowed =
      std::uint64_t{view.settings->allowance.misses_per_sec} * (is_by_host ? 1U : policy::MissAllowance::kNetworkShare);
  std::uint64_t most = 0;
  for (const auto& [tag, key] : view.watcher->last().of(topk::Subject::kClient)) {
    most = std::max(most, key.at_least[static_cast<std::size_t>(topk::Measure::kMisses)]);
  }
  list.push_back(limit_json(Limit::kMissAllowance, {}, allowed, most));
}

void add_tcp(Json& list, const View& view) {
  if (view.tcp == nullptr) return;
  const std::array blocks{view.tcp};
  const std::uint64_t open = open_connections(stats::sum<tcp_server::Counter>(blocks));
  list.push_back(limit_json(Limit::kTcpConnections, {}, view.settings->tcp.max_connections, open));
}

}  // namespace

std::string limit_name(Limit limit, std::initializer_list<std::string_view> words) {
  const auto* word = words.begin();
  std::string name;
  for (const char c : kLimitInfos[static_cast<std::size_t>(limit)].name) {
    const bool is_capital = c >= 'A' && c <= 'Z';
    if (!is_capital) name += c;
    const bool begins = is_capital && (name.empty() || name.back() == '.');
    if (begins && word != words.end()) name += *word++;
  }
  return name;
}

Json limits_json(const View& view) {
  Json list = Json::array();
  const std::uint32_t per_query = view.settings->coalesce.per_query.limit;
  for (std::size_t i = 0; i < view.workers.size(); ++i) {
    const worker::Worker& worker = *view.workers[i];
    add_asker(list, "worker" + std::to_string(i), worker.inflight(), worker.signed_messages(), per_query);
  }
  if (view.tcp_responder != nullptr) {
    add_asker(list, "tcp", view.tcp_responder->inflight(), view.tcp_responder->signed_messages(), per_query);
  }
  add_rings(list, Limit::kMissRing, view.misses);
  add_rings(list, Limit::kCompletionRing, view.completions);
  const egress::Settings& egress = view.settings->egress;
  list.push_back(limit_json(Limit::kFetches, {}, egress.max_fetches, view.engine->open_gauge()));
  std::uint64_t pairs = 0;
  for (const egress::ServerStats& server : servers_of(view)) pairs += server.outstanding;
  constexpr std::uint64_t kPorts = 65'536;
  list.push_back(limit_json(Limit::kPorts, {}, kPorts - egress.first_port, pairs));
  for (std::size_t i = 0; i < egress.uplinks.size(); ++i) {
    const egress::UplinkStats stats = view.engine->uplink_stats(i);
    if (stats.limit_pps == 0) continue;
    list.push_back(limit_json(Limit::kBudget, {uplink_name(*view.settings, i)}, stats.limit_pps, stats.used_pkts));
    for (std::size_t c = 0; c < stats.classes.size(); ++c) {
      list.push_back(limit_json(Limit::kQueue, {uplink_name(*view.settings, i), kClassNames[c]}, stats.classes[c].limit,
                                stats.classes[c].queued));
    }
  }
  add_servers(list, view);
  add_tcp(list, view);
  if (view.blocks != nullptr) list.push_back(limit_json(Limit::kBlocks, {}, policy::kMaxBlocks, view.blocks->active()));
  add_shared(list, view);
  add_allowance(list, view);
  const PortStats port = view.port();
  list.push_back(limit_json(Limit::kMbufs, {}, port.mbufs_total, port.mbufs_in_use));
  const cache::Stats cache = view.cache->stats();
  list.push_back(
      limit_json(Limit::kCacheBytes, {}, cache[cache::Gauge::kBytesCapacity], cache[cache::Gauge::kBytesUsed]));
  return list;
}

Json fetchlimit_report(const View& view, std::span<const egress::ZoneRow> zones) {
  Json servers = Json::array();
  for (const egress::ServerStats& server : servers_of(view)) {
    const bool is_limited = server.quota != 0 && (server.quota_step != 0 || server.outstanding >= server.quota);
    if (!is_limited) continue;
    servers.push_back({{"uplink", uplink_name(*view.settings, server.uplink)},
                       {"address", net::to_text(server.address).view()},
                       {"outstanding", server.outstanding},
                       {"quota", server.quota},
                       {"atr", server.atr_permille / 1'000.0},
                       {"mode", server.quota_step},
                       {"spilled", server.spilled}});
  }
  Json list = Json::array();
  for (const egress::ZoneRow& zone : zones) {
    dns::NameText name;
    list.push_back({{"uplink", uplink_name(*view.settings, zone.uplink)},
                    {"zone", dns::name_to_text(zone.wire_name(), name)},
                    {"outstanding", zone.outstanding},
                    {"quota", zone.quota},
                    {"allowed", zone.allowed},
                    {"dropped", zone.dropped}});
  }
  return {{"servers", std::move(servers)}, {"zones", std::move(list)}};
}

}  // namespace reports
