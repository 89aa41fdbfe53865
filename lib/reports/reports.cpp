// SPDX-License-Identifier: Apache-2.0
// Reports of counters and state: status, stats, cache, threads.
#include "reports/reports.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "net/text.hpp"
#include "parts.hpp"

namespace reports {
namespace {

std::uint64_t read(const WorkerSums& sums, answer::Counter which) noexcept {
  return sums[static_cast<std::size_t>(which)];
}

template <class Select>
Json part(const WorkerSums& sums, Select select) {
  Json json = Json::object();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto which = static_cast<answer::Counter>(i);
    if (select(which)) json[std::string(counter_info(which).name)] = sums[i];
  }
  return json;
}

template <class Select>
std::uint64_t total(const WorkerSums& sums, Select select) noexcept {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (select(static_cast<answer::Counter>(i))) result += sums[i];
  }
  return result;
}

Json balance_json(const Balance& balance) {
  return {{"holds", balance.holds()},
          {"counted", balance.counted},
          {"accounted", balance.accounted},
          {"difference", static_cast<std::int64_t>(balance.counted - balance.accounted)}};
}

std::uint64_t uptime_sec(const View& view) {
  const auto up = view.clock->now() - view.started_at;
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(up).count());
}

std::uint64_t percent(std::uint64_t part_of, std::uint64_t whole) noexcept {
  return whole == 0 ? 0 : part_of * 100 / whole;
}

struct AllWorkers {
  std::vector<WorkerSums> each;
  WorkerSums sum{};
};

AllWorkers read_workers(const View& view) {
  AllWorkers all;
  for (const worker::Worker* worker : view.workers) {
    const WorkerSums& sums = all.each.emplace_back(read_settled(worker->counters()));
    for (std::size_t i = 0; i < sums.size(); ++i) all.sum[i] += sums[i];
  }
  return all;
}

/// A reading between two queries; zeros without TCP.
WorkerSums read_tcp(const View& view) {
  WorkerSums sums{};
  if (view.tcp_responder == nullptr) return sums;
  const std::array blocks{&view.tcp_responder->counters()};
  for (std::size_t i = 0; i < kMaxReadings; ++i) {
    sums = stats::sum<answer::Counter>(blocks);
    if (query_balance(sums).holds()) break;
  }
  return sums;
}

Json tcp_json(const View& view, const WorkerSums& asker) {
  if (view.tcp_responder == nullptr || view.tcp == nullptr) return nullptr;
  const std::array blocks{view.tcp};
  const auto sums = stats::sum<tcp_server::Counter>(blocks);
  Json json = {{"open", open_connections(sums)}, {"connections", counters_json<tcp_server::Counter>(sums)}};
  const Json queries = worker_json(asker);
  json["queries"] = queries["queries"];
  json["flows"] = queries["flows"];
  return json;
}

Json tcp_status_json(const View& view, const WorkerSums& asker) {
  if (view.tcp == nullptr) return nullptr;
  const std::array blocks{view.tcp};
  return {{"connections", open_connections(stats::sum<tcp_server::Counter>(blocks))},
          {"max_connections", view.settings->tcp.max_connections},
          {"queries", read(asker, answer::Counter::kQueries)}};
}

Json mbufs_json(const PortStats& port) { return {{"in_use", port.mbufs_in_use}, {"total", port.mbufs_total}}; }

// Shows a rejected file and the keys that need a restart.
Json reload_json(const View& view) {
  const ReloadStatus status = view.reload ? view.reload() : ReloadStatus{};
  return {{"generation", status.generation},
          {"ok", status.ok},
          {"failed", status.failed},
          {"last_at_sec", status.last_at_sec},
          {"last_failed", status.last_failed},
          {"last_error", status.last_error},
          {"restart_needed", status.restart_needed}};
}

Json port_json(const PortStats& port) {
  Json xstats = Json::object();
  for (const auto& [name, value] : port.xstats) xstats[name] = value;
  return {
      {"driver", port.driver}, {"link_up", port.link_up}, {"mbufs", mbufs_json(port)}, {"xstats", std::move(xstats)}};
}

Json addresses_json(const config::Settings& settings) {
  Json list = Json::array();
  for (const config::InterfaceAddress& own : settings.port.addresses) {
    list.push_back(std::string(net::to_text(own.address).view()) + "/" + std::to_string(own.prefix_bits));
  }
  return list;
}

Json roles_json(const config::PollThread& thread) {
  Json roles = Json::array();
  for (const base::WorkerId id : thread.workers) roles.push_back("worker " + std::to_string(id.value()));
  if (thread.egress) roles.push_back("egress");
  return roles;
}

}  // namespace

Balance query_balance(const WorkerSums& sums) noexcept {
  return {.counted = read(sums, answer::Counter::kQueries), .accounted = total(sums, answer::is_query_outcome)};
}

Balance packet_balance(const WorkerSums& sums) noexcept {
  return {.counted = read(sums, answer::Counter::kRxPkts),
          .accounted = read(sums, answer::Counter::kQueries) + read(sums, answer::Counter::kResponses) +
                       read(sums, answer::Counter::kPunted) + total(sums, answer::is_frame_drop)};
}

Json conservation_json(const WorkerSums& sums) {
  return {{"queries", balance_json(query_balance(sums))}, {"rx_pkts", balance_json(packet_balance(sums))}};
}

WorkerSums read_settled(const answer::Counters& counters) noexcept {
  const std::array blocks{&counters};
  WorkerSums sums{};
  for (std::size_t i = 0; i < kMaxReadings; ++i) {
    sums = stats::sum<answer::Counter>(blocks);
    if (query_balance(sums).holds() && packet_balance(sums).holds()) break;
  }
  return sums;
}

std::uint64_t open_connections(const stats::CounterSums<tcp_server::Counter>& sums) noexcept {
  std::uint64_t ended = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (tcp_server::is_end(static_cast<tcp_server::Counter>(i))) ended += sums[i];
  }
  const std::uint64_t accepted = sums[static_cast<std::size_t>(tcp_server::Counter::kAccepted)];
  return accepted > ended ? accepted - ended : 0;  // read a moment apart
}

Json worker_json(const WorkerSums& sums) {
  return {{"queries",
           {{"total", read(sums, answer::Counter::kQueries)}, {"outcomes", part(sums, answer::is_query_outcome)}}},
          {"frame_drops", part(sums, answer::is_frame_drop)},
          {"flows", part(sums, [](answer::Counter which) {
             return !answer::is_query_outcome(which) && !answer::is_frame_drop(which);
           })}};
}

Json cache_json(const cache::Stats& read) {
  Json json = Json::object();
  const auto add = [&](std::span<const stats::CounterInfo> infos, std::span<const std::uint64_t> values) {
    for (std::size_t i = 0; i < infos.size(); ++i) json[std::string(infos[i].name)] = values[i];
  };
  add(counter_infos(cache::Gauge::kCount), read.gauges);
  add(counter_infos(cache::Counter::kCount), read.counters);
  json["fill_percent"] = percent(read[cache::Gauge::kBytesUsed], read[cache::Gauge::kBytesCapacity]);
  return json;
}

Json reload_stats_json(const View& view) {
  const ReloadStatus status = view.reload ? view.reload() : ReloadStatus{};
  Json json = Json::object();
  add_fields(json, kReloadStats, status);
  return json;
}

Json version_report(std::string_view dpdk) { return {{"version", SLUICE_VERSION}, {"dpdk", dpdk}}; }

Json cache_report(const View& view) { return cache_json(view.cache->stats()); }

Json status_report(const View& view) {
  const config::Settings& settings = *view.settings;
  const PortStats port = view.port();
  const WorkerSums sums = read_workers(view).sum;
  const WorkerSums tcp = read_tcp(view);
  const auto both = [&](answer::Counter which) { return read(sums, which) + read(tcp, which); };
  const cache::Stats cache = view.cache->stats();
  return {{"version", SLUICE_VERSION},
          {"uptime_sec", uptime_sec(view)},
          {"healthy", view.healthy()},
          {"profile", settings.profile.name},
          {"device", settings.port.device},
          {"driver", port.driver},
          {"link_up", port.link_up},
          {"addresses", addresses_json(settings)},
          {"config_file", settings.file.string()},
          {"reload", reload_json(view)},
          {"workers", view.workers.size()},
          {"lcores", settings.lcores.threads.size()},
          {"queries", both(answer::Counter::kQueries)},
          {"hits", both(answer::Counter::kHit)},
          {"stale", both(answer::Counter::kStale)},
          {"tcp", tcp_status_json(view, tcp)},
          {"cache",
           {{"entries", cache[cache::Gauge::kEntries]},
            {"bytes_used", cache[cache::Gauge::kBytesUsed]},
            {"bytes_capacity", cache[cache::Gauge::kBytesCapacity]},
            {"fill_percent", percent(cache[cache::Gauge::kBytesUsed], cache[cache::Gauge::kBytesCapacity])}}},
          {"budgets", budgets_json(view)},
          {"upstreams", upstream_totals_json(view)},
          {"mbufs", mbufs_json(port)}};
}

Json stats_report(const View& view) {
  const AllWorkers workers = read_workers(view);
  Json json = {{"uptime_sec", uptime_sec(view)}};
  json.update(worker_json(workers.sum));
  json["conservation"] = conservation_json(workers.sum);
  Json& each = json["workers"] = Json::array();
  for (const WorkerSums& sums : workers.each) {
    Json one = {{"worker", each.size()}};
    one.update(worker_json(sums));
    each.push_back(std::move(one));
  }
  const WorkerSums tcp = read_tcp(view);
  json["tcp"] = tcp_json(view, tcp);
  json["conservation"]["tcp_queries"] = balance_json(query_balance(tcp));
  json["egress"] = counters_json(view.engine->counters());
  json["egress_role"] = counters_json(*view.egress_role);
  json["budgets"] = budgets_json(view);
  json["allowance_exceeded"] = view.closed_loop == nullptr ? 0 : view.closed_loop->exceeded.read();
  json["upstreams"] = upstreams_report(view)["uplinks"];
  json["limits"] = limits_json(view);
  json["cache"] = cache_report(view);
  json["config"] = reload_stats_json(view);
  json["blocks"] = view.blocks == nullptr ? Json(nullptr) : counters_json(view.blocks->counters());
  if (view.blocks != nullptr) json["blocks"]["active"] = view.blocks->active();
  json["slowpath"] = view.slowpath == nullptr ? Json(nullptr) : counters_json(*view.slowpath);
  json["upstream_tcp"] = view.upstream_tcp == nullptr ? Json(nullptr) : counters_json(*view.upstream_tcp);
  json["port"] = port_json(view.port());
  return json;
}

Json lcores_report(const View& view) {
  const AllWorkers workers = read_workers(view);
  Json list = Json::array();
  for (const config::PollThread& thread : view.settings->lcores.threads) {
    std::uint64_t polls = 0;
    std::uint64_t busy = 0;
    for (const base::WorkerId id : thread.workers) {
      if (id.value() >= workers.each.size()) continue;
      polls += read(workers.each[id.value()], answer::Counter::kPolls);
      busy += read(workers.each[id.value()], answer::Counter::kBusyPolls);
    }
    if (thread.egress) {
      polls += view.egress_role->read(worker::EgressRoleCounter::kPolls);
      busy += view.egress_role->read(worker::EgressRoleCounter::kBusyPolls);
    }
    list.push_back({{"lcore", thread.lcore.value()},
                    {"cpu", thread.cpu},
                    {"roles", roles_json(thread)},
                    {"polls", polls},
                    {"busy_polls", busy}});
  }
  return {{"lcores", std::move(list)}};
}

}  // namespace reports
