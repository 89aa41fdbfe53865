// SPDX-License-Identifier: Apache-2.0
// Uplinks with their servers and budgets, and the outstanding questions.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dns/question_key.hpp"
#include "dns/text.hpp"
#include "fields.hpp"
#include "net/text.hpp"
#include "parts.hpp"
#include "reports/reports.hpp"

namespace reports {
namespace {

Json classes_json(const egress::UplinkStats& stats) {
  Json classes = Json::object();
  for (std::size_t i = 0; i < stats.classes.size(); ++i) {
    Json each = Json::object();
    add_fields(each, kClassFields, stats.classes[i]);
    classes[kClassNames[i]] = std::move(each);
  }
  return classes;
}

Json budget_json(const View& view, std::size_t uplink) {
  const BudgetSource source{.stats = view.engine->uplink_stats(uplink),
                            .lowered = view.closed_loop == nullptr ? 0 : view.closed_loop->lowered[uplink].read()};
  Json json = {{"uplink", uplink_name(*view.settings, uplink)}};
  add_fields(json, kBudgetFields, source);
  json["classes"] = classes_json(source.stats);
  return json;
}

// The order of the checks is the order in which an operator would look for the cause.
std::string_view state_of(const egress::ServerStats& server) noexcept {
  if (server.path_resolved == 0) return "no_path";
  if (server.loops != 0) return "loop";
  if (server.timeouts_in_a_row >= kSilentAfterTimeouts) return "silent";
  return server.answered == 0 ? "untried" : "up";
}

// Finished questions by the number of packets that they cost.
Json cost_json(const View& view) {
  using egress::EngineCounter;
  const egress::EngineCounters& counters = view.engine->counters();
  return {
      {"cost_0", counters.read(EngineCounter::kCost0)},         {"cost_1", counters.read(EngineCounter::kCost1)},
      {"cost_2", counters.read(EngineCounter::kCost2)},         {"cost_3", counters.read(EngineCounter::kCost3)},
      {"cost_4_to_8", counters.read(EngineCounter::kCost4To8)}, {"cost_more", counters.read(EngineCounter::kCostMore)}};
}

std::string_view state_name(egress::InflightState state) noexcept {
  switch (state) {
    case egress::InflightState::kQueued:
      return "queued";
    case egress::InflightState::kRefresh:
      return "refresh";
    case egress::InflightState::kTcp:
      return "tcp";
    case egress::InflightState::kSent:
      break;
  }
  return "sent";
}

Json row_json(const View& view, const egress::InflightRow& row) {
  const dns::KeyView key = row.key.view();
  dns::NameText name;
  dns::TypeText type;
  dns::TypeText qclass;
  const bool sent = row.server != net::IpAddress();
  const bool has_client = row.client != net::IpAddress();
  return {{"name", dns::name_to_text(key.qname(), name)},
          {"type", dns::type_to_text(key.qtype(), type)},
          {"class", dns::class_to_text(key.qclass(), qclass)},
          {"do", (key.flags() & dns::kKeyFlagDo) != 0},
          {"cd", (key.flags() & dns::kKeyFlagCd) != 0},
          {"uplink", uplink_name(*view.settings, key.uplink().value())},
          {"state", state_name(row.state)},
          {"age_us", row.age_us},
          {"waiters", row.waiters},
          {"others", row.others},
          {"client", has_client ? Json(net::to_text(row.client).view()) : Json(nullptr)},
          {"askers", row.subscribers},
          {"sends", row.sends},
          {"server", sent ? Json(net::to_text(row.server).view()) : Json(nullptr)}};
}

}  // namespace

std::vector<egress::ServerStats> servers_of(const View& view) {
  std::vector<egress::ServerStats> servers(egress::kMaxUplinks * egress::kMaxServersPerUplink);
  servers.resize(view.engine->server_stats(servers));
  return servers;
}

bool is_up(const egress::ServerStats& server) noexcept {
  return server.path_resolved != 0 && server.loops == 0 && server.timeouts_in_a_row < kSilentAfterTimeouts;
}

std::string uplink_name(const config::Settings& settings, std::size_t uplink) {
  return uplink < settings.uplink_names.size() ? settings.uplink_names[uplink] : std::to_string(uplink);
}

Json server_json(const egress::ServerStats& server) {
  Json json = {{"address", net::to_text(server.address).view()}, {"state", state_of(server)}};
  add_fields(json, kServerFields, server);
  return json;
}

Json budgets_json(const View& view) {
  Json list = Json::array();
  for (std::size_t i = 0; i < view.settings->egress.uplinks.size(); ++i) list.push_back(budget_json(view, i));
  return list;
}

Json upstream_totals_json(const View& view) {
  const auto servers = servers_of(view);
  const auto up = std::count_if(servers.begin(), servers.end(), is_up);
  return {{"up", up}, {"total", servers.size()}};
}

Json upstreams_report(const View& view) {
  const auto servers = servers_of(view);
  Json uplinks = Json::array();
  for (std::size_t i = 0; i < view.settings->egress.uplinks.size(); ++i) {
    Json uplink = budget_json(view, i);
    Json& list = uplink["servers"] = Json::array();
    for (const egress::ServerStats& server : servers) {
      if (server.uplink == i) list.push_back(server_json(server));
    }
    uplinks.push_back(std::move(uplink));
  }
  return {{"uplinks", std::move(uplinks)}, {"questions_by_packets", cost_json(view)}};
}

Json inflight_report(const View& view, std::span<const egress::InflightRow> rows) {
  Json list = Json::array();
  for (const egress::InflightRow& row : rows) list.push_back(row_json(view, row));
  return {{"questions", std::move(list)}};
}

}  // namespace reports
