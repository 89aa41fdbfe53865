// SPDX-License-Identifier: Apache-2.0
// Reports of the appliance.
#include "reports/reports.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_appliance.hpp"

namespace reports {
namespace {

using ::testing::ElementsAre;
using testing::TestAppliance;

std::vector<std::string> keys(const Json& json) {
  std::vector<std::string> names;
  for (const auto& [key, value] : json.items()) names.push_back(key);
  return names;
}

void set(WorkerSums& sums, answer::Counter which, std::uint64_t value) {
  sums[static_cast<std::size_t>(which)] = value;
}

TEST(ControlConservation, HoldsWhenEveryQueryAndPacketHasOneOutcome) {
  WorkerSums sums{};
  set(sums, answer::Counter::kQueries, 7);
  set(sums, answer::Counter::kHit, 4);
  set(sums, answer::Counter::kAsked, 2);
  set(sums, answer::Counter::kDropHeaderOnly, 1);  // the last outcome of the list
  set(sums, answer::Counter::kResponses, 2);
  set(sums, answer::Counter::kPunted, 1);
  set(sums, answer::Counter::kFrameShort, 1);  // the first and the last frame drop
  set(sums, answer::Counter::kResponseFull, 1);
  set(sums, answer::Counter::kRxPkts, 12);
  set(sums, answer::Counter::kTxPkts, 99);  // in neither invariant
  const Json json = conservation_json(sums);
  EXPECT_EQ(json["queries"], Json::parse(R"({"holds":true,"counted":7,"accounted":7,"difference":0})"));
  EXPECT_EQ(json["rx_pkts"], Json::parse(R"({"holds":true,"counted":12,"accounted":12,"difference":0})"));
}

TEST(ControlConservation, AQueryWithoutAnOutcomeIsDetected) {
  WorkerSums sums{};
  set(sums, answer::Counter::kQueries, 3);
  set(sums, answer::Counter::kHit, 2);
  set(sums, answer::Counter::kRxPkts, 3);
  const Json json = conservation_json(sums);
  EXPECT_EQ(json["queries"]["holds"], false);
  EXPECT_EQ(json["queries"]["difference"], 1);
  EXPECT_EQ(json["rx_pkts"]["holds"], true);
}

TEST(ControlConservation, APacketCountedTwiceIsDetected) {
  WorkerSums sums{};
  set(sums, answer::Counter::kRxPkts, 1);
  set(sums, answer::Counter::kPunted, 1);
  set(sums, answer::Counter::kPuntFull, 1);
  EXPECT_EQ(conservation_json(sums)["rx_pkts"]["holds"], false);
  EXPECT_EQ(conservation_json(sums)["rx_pkts"]["difference"], -1);
}

TEST(ControlReport, VersionNamesTheProgramAndDpdk) {
  const Json report = version_report("DPDK 99.11.0");
  EXPECT_EQ(report["version"], SLUICE_VERSION);
  EXPECT_EQ(report["dpdk"], "DPDK 99.11.0");
}

// Names are an interface: a renamed one must be listed in docs/control-protocol.md and the changelog.
TEST(ControlReport, NamesOfStatusAreStable) {
  TestAppliance appliance;
  const Json status = status_report(appliance.view);
  EXPECT_THAT(keys(status), ElementsAre("version", "uptime_sec", "healthy", "profile", "device", "driver", "link_up",
                                        "addresses", "config_file", "reload", "workers", "lcores", "queries", "hits",
                                        "stale", "tcp", "cache", "budgets", "upstreams", "mbufs"));
  EXPECT_THAT(keys(status["cache"]), ElementsAre("entries", "bytes_used", "bytes_capacity", "fill_percent"));
  EXPECT_THAT(keys(status["budgets"][0]), ElementsAre("uplink", "limit_pps", "configured_pps", "lowered", "used_pkts",
                                                      "queued", "refreshes", "classes"));
  EXPECT_THAT(keys(status["budgets"][0]["classes"]), ElementsAre("known", "new", "unknown"));
  EXPECT_THAT(keys(status["budgets"][0]["classes"]["new"]),
              ElementsAre("queued", "limit", "wait_msec", "sent", "shed"));
  EXPECT_EQ(status["addresses"], Json::parse(R"(["10.77.0.53/24","fd77::53/64"])"));
  EXPECT_EQ(status["upstreams"], Json::parse(R"({"up":1,"total":1})"));
  EXPECT_EQ(status["mbufs"], Json::parse(R"({"in_use":5,"total":64})"));
  EXPECT_EQ(status["budgets"][0]["uplink"], "vpc");
}

TEST(ControlReport, NamesOfStatsAreStable) {
  TestAppliance appliance(2);
  const Json stats = stats_report(appliance.view);
  EXPECT_THAT(keys(stats), ElementsAre("uptime_sec", "queries", "frame_drops", "flows", "conservation", "workers",
                                       "tcp", "egress", "egress_role", "budgets", "allowance_exceeded", "upstreams",
                                       "limits", "cache", "config", "blocks", "slowpath", "upstream_tcp", "port"));
  EXPECT_THAT(keys(stats["queries"]), ElementsAre("total", "outcomes"));
  EXPECT_THAT(keys(stats["workers"][1]), ElementsAre("worker", "queries", "frame_drops", "flows"));
  EXPECT_THAT(keys(stats["conservation"]["queries"]), ElementsAre("holds", "counted", "accounted", "difference"));
  EXPECT_THAT(keys(stats["port"]), ElementsAre("driver", "link_up", "mbufs", "xstats"));
  EXPECT_EQ(stats["port"]["xstats"]["rx_good_packets"], 7);
  EXPECT_TRUE(stats["slowpath"].is_null());
}

TEST(ControlReport, EveryCounterOfTheListsStandsInStatsOnce) {
  TestAppliance appliance;
  const Json stats = stats_report(appliance.view);
  EXPECT_EQ(stats["queries"]["outcomes"].size() + stats["frame_drops"].size() + stats["flows"].size(),
            stats::kCounters<answer::Counter>);
  EXPECT_EQ(keys(stats["queries"]["outcomes"]).front(), "hit");
  EXPECT_EQ(keys(stats["frame_drops"]).front(), "frame_short");
  EXPECT_EQ(keys(stats["flows"]).front(), "rx_pkts");
  EXPECT_EQ(stats["egress"].size(), stats::kCounters<egress::EngineCounter>);
  EXPECT_EQ(stats["egress_role"].size(), stats::kCounters<worker::EgressRoleCounter>);
}

TEST(ControlReport, AFailedReloadAndKeysThatNeedARestartAreShown) {
  TestAppliance appliance;
  appliance.view.reload = [] {
    return ReloadStatus{.generation = 3,
                        .ok = 2,
                        .failed = 1,
                        .last_failed = true,
                        .last_at_sec = 1'700'000'000,
                        .last_error = "s.yaml:3:1: one",
                        .restart_needed = {"port.mtu"}};
  };
  EXPECT_EQ(status_report(appliance.view)["reload"],
            Json::parse(R"({"generation":3,"ok":2,"failed":1,"last_at_sec":1700000000,"last_failed":true,
                            "last_error":"s.yaml:3:1: one","restart_needed":["port.mtu"]})"));
  EXPECT_EQ(stats_report(appliance.view)["config"],
            Json::parse(R"({"generation":3,"reload_ok":2,"reload_failed":1,"config_last_reload_success":0,
                            "config_last_reload_time_sec":1700000000,"restart_needed":1})"));
}

TEST(ControlReport, WithoutReloadTheStartsSettingsAreGenerationOne) {
  TestAppliance appliance;
  EXPECT_EQ(stats_report(appliance.view)["config"]["generation"], 1);
  EXPECT_EQ(stats_report(appliance.view)["config"]["config_last_reload_success"], 1);
}

TEST(ControlReport, WorkersAreShownEachAndSummed) {
  TestAppliance appliance(2);
  appliance.store("a.example.", 60);
  appliance.ask("a.example.", 0);
  appliance.ask("a.example.", 1);
  appliance.ask("b.example.", 1);
  const Json stats = stats_report(appliance.view);
  EXPECT_EQ(stats["queries"]["total"], 3);
  EXPECT_EQ(stats["queries"]["outcomes"]["hit"], 2);
  EXPECT_EQ(stats["queries"]["outcomes"]["asked"], 1);
  EXPECT_EQ(stats["workers"][0]["queries"]["total"], 1);
  EXPECT_EQ(stats["workers"][1]["queries"]["total"], 2);
  EXPECT_EQ(stats["egress"]["asked"], 1);
  EXPECT_EQ(stats["conservation"]["queries"]["holds"], true);
  EXPECT_EQ(stats["conservation"]["rx_pkts"]["holds"], true);
  const Json status = status_report(appliance.view);
  EXPECT_EQ(status["queries"], 3);
  EXPECT_EQ(status["hits"], 2);
  EXPECT_EQ(status["cache"]["entries"], 1);
}

// TCP queries are counted apart from the workers'; the status report adds both.
TEST(ControlReport, TcpHasItsOwnStatsAndInvariant) {
  TestAppliance appliance;
  appliance.store("a.example.", 60);
  appliance.ask("a.example.");
  appliance.ask_by_tcp("a.example.");
  appliance.tcp_counters.add(tcp_server::Counter::kAccepted, 5);
  appliance.tcp_counters.add(tcp_server::Counter::kEndClient, 1);
  appliance.tcp_counters.add(tcp_server::Counter::kEndIdle, 2);
  const Json stats = stats_report(appliance.view);
  EXPECT_THAT(keys(stats["tcp"]), ElementsAre("open", "connections", "queries", "flows"));
  EXPECT_EQ(stats["tcp"]["open"], 2);
  EXPECT_EQ(stats["tcp"]["connections"]["accepted"], 5);
  EXPECT_EQ(stats["tcp"]["connections"].size(), stats::kCounters<tcp_server::Counter>);
  EXPECT_EQ(stats["tcp"]["queries"]["total"], 1);
  EXPECT_EQ(stats["tcp"]["queries"]["outcomes"]["hit"], 1);
  EXPECT_EQ(stats["queries"]["total"], 1);
  EXPECT_EQ(stats["conservation"]["tcp_queries"]["counted"], 1);
  EXPECT_EQ(stats["conservation"]["tcp_queries"]["holds"], true);
  const Json status = status_report(appliance.view);
  EXPECT_EQ(status["queries"], 2);
  EXPECT_EQ(status["hits"], 2);
  EXPECT_EQ(status["tcp"], Json::parse(R"({"connections":2,"max_connections":10000,"queries":1})"));
}

TEST(ControlReport, WithoutTcpItsPlaceIsEmpty) {
  TestAppliance appliance;
  appliance.view.tcp = nullptr;
  appliance.view.tcp_responder = nullptr;
  EXPECT_TRUE(stats_report(appliance.view)["tcp"].is_null());
  EXPECT_TRUE(status_report(appliance.view)["tcp"].is_null());
}

TEST(ControlReport, UptimeCountsFromTheStart) {
  TestAppliance appliance;
  appliance.in_process.clock.advance(std::chrono::milliseconds(61'999));
  EXPECT_EQ(status_report(appliance.view)["uptime_sec"], 61);
}

TEST(ControlReport, LcoresShowTheRolesOfAThreadAndItsLoad) {
  TestAppliance appliance(2);
  appliance.ask("a.example.");
  const Json lcores = lcores_report(appliance.view)["lcores"];
  ASSERT_EQ(lcores.size(), 1U);
  EXPECT_EQ(lcores[0]["roles"], Json::parse(R"(["worker 0","worker 1","egress"])"));
  EXPECT_GT(lcores[0]["busy_polls"], 0);
  EXPECT_LT(lcores[0]["busy_polls"], lcores[0]["polls"]);
}

TEST(ControlReport, UpstreamsStandUnderTheirUplink) {
  TestAppliance appliance;
  appliance.ask("a.example.");
  const Json report = upstreams_report(appliance.view);
  ASSERT_EQ(report["uplinks"].size(), 1U);
  const Json& uplink = report["uplinks"][0];
  EXPECT_EQ(uplink["uplink"], "vpc");
  EXPECT_EQ(uplink["limit_pps"], 1024);
  ASSERT_EQ(uplink["servers"].size(), 1U);
  EXPECT_THAT(keys(uplink["servers"][0]),
              ElementsAre("address", "state", "srtt_us", "outstanding", "sent", "answered", "timeouts",
                          "timeouts_in_a_row", "quota", "quota_mode", "atr_permille", "spilled"));
  EXPECT_EQ(uplink["servers"][0]["address"], "10.77.0.2");
  EXPECT_EQ(uplink["servers"][0]["sent"], 1);
  EXPECT_EQ(uplink["servers"][0]["outstanding"], 1);
  EXPECT_THAT(keys(report["questions_by_packets"]),
              ElementsAre("cost_0", "cost_1", "cost_2", "cost_3", "cost_4_to_8", "cost_more"));
}

TEST(ControlReport, EverythingThatCanRunOutHasItsHeadroom) {
  TestAppliance appliance(2);
  appliance.ask("a.example.");
  const Json limits = limits_json(appliance.view);
  std::vector<std::string> names;
  for (const Json& limit : limits) {
    names.push_back(limit["name"]);
    EXPECT_GT(limit["limit"], 0) << names.back();
    EXPECT_EQ(limit["headroom"].get<std::uint64_t>() + limit["used"].get<std::uint64_t>(), limit["limit"]) << limit;
  }
  EXPECT_THAT(names,
              ::testing::IsSupersetOf({"worker0.waiting_clients", "worker0.questions", "worker1.waiting_clients",
                                       "egress.questions", "egress.ports", "budget.vpc", "port.mbufs", "cache.bytes"}));
  EXPECT_EQ(limits[0]["used"], 1) << "one client waits";
}

// Each client, question and zone has a limit of its own: the report shows the fullest one.
TEST(ControlReport, LimitsOfEachClientQuestionAndZoneShowTheFullestOne) {
  TestAppliance appliance;
  appliance.settings.egress.fetches_per_zone = 10;
  for (const char* name : {"a.one.test.", "a.one.test.", "b.one.test.", "other."}) {
    appliance.ask(name, 0, static_cast<std::uint16_t>(5'000 + appliance.in_process.count(answer::Counter::kQueries)));
  }
  appliance.in_process.run_for(std::chrono::seconds(1), std::chrono::milliseconds(1));
  const auto used = [&](std::string_view name) -> Json {
    for (const Json& limit : limits_json(appliance.view)) {
      if (limit["name"] == name) return limit["used"];
    }
    return nullptr;
  };
  EXPECT_EQ(used("worker0.waiting_for_one_question"), 2);
  EXPECT_EQ(used("worker0.waiting_at_one_address"), 4);
  EXPECT_EQ(used("worker0.signed_messages"), 0);
  EXPECT_TRUE(used("worker0.clients_per_query").is_null()) << "off";
  EXPECT_EQ(used("egress.fetches_per_zone"), 2);
  EXPECT_EQ(used("egress.askers"), 3);
  EXPECT_EQ(used("egress.tcp_questions"), 0);
}

TEST(ControlReport, ClientsPerQueryShowsItsLimitAsItIsNow) {
  test::InProcessSpec spec = TestAppliance::spec_of(1);
  spec.coalesce.per_query = {.limit = 3, .max = 100};
  TestAppliance appliance(spec);
  appliance.settings.coalesce = spec.coalesce;
  for (std::uint16_t port = 1; port <= 5; ++port) appliance.ask("a.example.", 0, port);
  appliance.in_process.run_for(std::chrono::milliseconds(100), std::chrono::milliseconds(1));
  for (const Json& limit : limits_json(appliance.view)) {
    if (limit["name"] != "worker0.clients_per_query") continue;
    EXPECT_EQ(limit["limit"], 3);
    EXPECT_EQ(limit["used"], 3);
    return;
  }
  ADD_FAILURE() << "no such limit";
}

TEST(ControlReport, QuotaOfAServerIsALimitLikeOthers) {
  TestAppliance appliance;
  const auto has_quota = [&] {
    for (const Json& limit : limits_json(appliance.view)) {
      if (limit["name"] == "fetches.vpc.10.77.0.2") return limit["limit"] == 200;
    }
    return false;
  };
  EXPECT_FALSE(has_quota());
  answer::Generation next = appliance.in_process.generation();
  next.egress.fetch_quota.per_server = 200;
  appliance.in_process.publish(std::move(next));
  appliance.in_process.settle();
  EXPECT_TRUE(has_quota());
}

TEST(ControlReport, FetchLimitNamesServersAndZonesThatAreHeldBack) {
  TestAppliance appliance;
  EXPECT_EQ(fetchlimit_report(appliance.view, {}), Json::parse(R"({"servers":[],"zones":[]})"));
  egress::ZoneRow zone;
  const std::array wire{std::byte{1}, std::byte{'a'}, std::byte{0}};
  std::copy(wire.begin(), wire.end(), zone.name.begin());
  zone.name_bytes = wire.size();
  zone.outstanding = 5;
  zone.quota = 5;
  zone.allowed = 70;
  zone.dropped = 7;
  const std::array zones{zone};
  EXPECT_EQ(fetchlimit_report(appliance.view, zones)["zones"],
            Json::parse(R"([{"uplink":"vpc","zone":"a.","outstanding":5,"quota":5,"allowed":70,"dropped":7}])"));
}

TEST(ControlReport, AServersStateNamesTheFirstThingToLookFor) {
  egress::ServerStats server;
  EXPECT_EQ(server_json(server)["state"], "no_path");
  EXPECT_FALSE(is_up(server));
  server.path_resolved = 1;
  EXPECT_EQ(server_json(server)["state"], "untried");
  EXPECT_TRUE(is_up(server));
  server.answered = 1;
  EXPECT_EQ(server_json(server)["state"], "up");
  server.timeouts_in_a_row = kSilentAfterTimeouts;
  EXPECT_EQ(server_json(server)["state"], "silent");
  EXPECT_FALSE(is_up(server));
  server.loops = 1;
  EXPECT_EQ(server_json(server)["state"], "loop");
  EXPECT_FALSE(is_up(server));
}

}  // namespace
}  // namespace reports
