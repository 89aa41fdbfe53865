// SPDX-License-Identifier: Apache-2.0
// What there is a limit for: how much of it is used, and who is at one now.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "blocking/blocks.hpp"
#include "dns/text.hpp"
#include "net/text.hpp"
#include "parts.hpp"
#include "policy/allowance.hpp"
#include "policy/block_table.hpp"
#include "reports/reports.hpp"

namespace reports {
namespace {

Json limit_json(std::string_view name, std::uint64_t limit, std::uint64_t used) {
  return {{"name", name}, {"limit", limit}, {"used", used}, {"headroom", limit > used ? limit - used : 0}};
}

void add_asker(Json& list, const std::string& of, const coalesce::InflightTable& table,
               const answer::OpaquePool& signed_messages, std::uint32_t per_query) {
  const coalesce::Settings& settings = table.settings();
  const coalesce::InflightGauges& gauges = table.gauges();
  list.push_back(limit_json(of + ".waiting_clients", settings.max_waiting, gauges.waiting.read()));
  if (settings.soft_waiting != 0) {
    list.push_back(limit_json(of + ".waiting_clients_soft", settings.soft_waiting, gauges.waiting.read()));
  }
  list.push_back(limit_json(of + ".questions", settings.max_pending, gauges.queries.read()));
  const std::uint64_t of_question = gauges.fullest_query.read();
  list.push_back(limit_json(of + ".waiting_for_one_question", settings.max_waiters_per_query, of_question));
  if (per_query != 0) {  // it has grown, perhaps
    const auto now = std::max<std::uint64_t>(per_query, gauges.per_query.read());
    list.push_back(limit_json(of + ".clients_per_query", now, of_question));
  }
  list.push_back(
      limit_json(of + ".waiting_at_one_address", settings.max_waiting_per_client, gauges.fullest_client.read()));
  list.push_back(limit_json(of + ".signed_messages", answer::OpaquePool::kSlots, signed_messages.in_use()));
}

template <class Ring>
void add_rings(Json& list, std::string_view name, std::span<Ring* const> rings) {
  for (std::size_t i = 0; i < rings.size(); ++i) {
    list.push_back(
        limit_json("asker" + std::to_string(i) + "." + std::string(name), rings[i]->capacity(), rings[i]->size()));
  }
}

void add_servers(Json& list, const View& view) {
  for (const egress::ServerStats& server : servers_of(view)) {
    if (server.quota == 0) continue;
    const std::string address(net::to_text(server.address).view());
    const std::string name = "fetches." + uplink_name(*view.settings, server.uplink) + "." + address;
    list.push_back(limit_json(name, server.quota, server.outstanding));
  }
}

void add_shared(Json& list, const View& view) {
  const egress::LimitStats of = view.engine->limit_stats();
  list.push_back(limit_json("egress.askers", of.subscribers_limit, of.subscribers_used));
  list.push_back(limit_json("egress.tcp_questions", of.tcp_fetches_limit, of.tcp_fetches_used));
  list.push_back(limit_json("egress.zones", of.zones_limit, of.zones_used));
  list.push_back(limit_json("egress.known_names", of.known_limit, of.known_used));
  const std::uint32_t quota = view.settings->egress.fetches_per_zone;
  if (quota != 0) list.push_back(limit_json("egress.fetches_per_zone", quota, of.fullest_zone));
}

// Of the client with most misses in the last second; what it may have at once is more for a moment.
void add_allowance(Json& list, const View& view) {
  if (view.settings->allowance.misses_per_sec == 0 || view.watcher == nullptr) return;
  const bool is_by_host = view.settings->topk.clients == topk::ClientPrefix::kHost;
  const std::uint64_t allowed =
      std::uint64_t{view.settings->allowance.misses_per_sec} * (is_by_host ? 1U : policy::MissAllowance::kNetworkShare);
  std::uint64_t most = 0;
  for (const auto& [tag, key] : view.watcher->last().of(topk::Subject::kClient)) {
    most = std::max(most, key.at_least[static_cast<std::size_t>(topk::Measure::kMisses)]);
  }
  list.push_back(limit_json("clients.miss_allowance", allowed, most));
}

void add_tcp(Json& list, const View& view) {
  if (view.tcp == nullptr) return;
  const std::array blocks{view.tcp};
  const std::uint64_t open = open_connections(stats::sum<tcp_server::Counter>(blocks));
  list.push_back(limit_json("tcp.connections", view.settings->tcp.max_connections, open));
}

}  // namespace

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
  add_rings(list, "miss_ring", view.misses);
  add_rings(list, "completion_ring", view.completions);
  const egress::Settings& egress = view.settings->egress;
  list.push_back(limit_json("egress.questions", egress.max_fetches, view.engine->open_gauge()));
  std::uint64_t pairs = 0;
  for (const egress::ServerStats& server : servers_of(view)) pairs += server.outstanding;
  constexpr std::uint64_t kPorts = 65'536;
  list.push_back(limit_json("egress.ports", kPorts - egress.first_port, pairs));
  for (std::size_t i = 0; i < egress.uplinks.size(); ++i) {
    const egress::UplinkStats stats = view.engine->uplink_stats(i);
    if (stats.limit_pps == 0) continue;
    list.push_back(limit_json("budget." + uplink_name(*view.settings, i), stats.limit_pps, stats.used_pkts));
    for (std::size_t c = 0; c < stats.classes.size(); ++c) {
      const std::string name = "queue." + uplink_name(*view.settings, i) + "." + std::string(kClassNames[c]);
      list.push_back(limit_json(name, stats.classes[c].limit, stats.classes[c].queued));
    }
  }
  add_servers(list, view);
  add_tcp(list, view);
  if (view.blocks != nullptr) list.push_back(limit_json("blocks", policy::kMaxBlocks, view.blocks->active()));
  add_shared(list, view);
  add_allowance(list, view);
  const PortStats port = view.port();
  list.push_back(limit_json("port.mbufs", port.mbufs_total, port.mbufs_in_use));
  const cache::Stats cache = view.cache->stats();
  list.push_back(limit_json("cache.bytes", cache[cache::Gauge::kBytesCapacity], cache[cache::Gauge::kBytesUsed]));
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
