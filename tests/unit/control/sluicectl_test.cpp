// SPDX-License-Identifier: Apache-2.0
// The program sluicectl against a control socket that gives prepared answers.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "loop.hpp"
#include "reports/reports.hpp"
#include "server.hpp"
#include "verbs/table.hpp"

namespace control {
namespace {

using cache::FlushScope;
using reports::version_report;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Outcome {
  int status = -1;
  std::string output;  // of stdout and stderr
};

Outcome run(const std::string& arguments) {
  const std::string command = std::string(std::getenv("SLUICECTL")) + " " + arguments + " 2>&1";
  FILE* const pipe = ::popen(command.c_str(), "r");
  Outcome outcome;
  std::array<char, 4'096> room{};
  for (std::size_t got = 1; got != 0;) {
    got = std::fread(room.data(), 1, room.size(), pipe);
    outcome.output.append(room.data(), got);
  }
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

/// A control socket on a thread of its own that gives every request the same reply and remembers the request.
class FakeAppliance {
 public:
  FakeAppliance(const std::filesystem::path& socket, diag::Result<Json> reply) : reply_(std::move(reply)) {
    uv_loop_init(&loop_);
    uv_async_init(&loop_, &stop_, [](uv_async_t* async) { uv_stop(async->loop); });
    auto made =
        Server::create(loop_, {.socket = socket, .handler = [this](const Request& request, const Reply& answer) {
                                 request_ = request;
                                 answer(reply_);
                               }});
    EXPECT_TRUE(made);
    server_ = std::move(*made);
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  }
  ~FakeAppliance() {
    uv_async_send(&stop_);
    thread_.join();
    server_.reset();
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): every libuv handle begins with uv_handle_t
    uv_close(reinterpret_cast<uv_handle_t*>(&stop_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  FakeAppliance(const FakeAppliance&) = delete;
  FakeAppliance& operator=(const FakeAppliance&) = delete;

  /// Valid once a run of the program has ended: its reply came after the request was noted.
  [[nodiscard]] const Request& request() const noexcept { return request_; }

 private:
  diag::Result<Json> reply_;
  Request request_;
  uv_loop_t loop_{};
  uv_async_t stop_{};
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

class Sluicectl : public ::testing::Test {
 protected:
  [[nodiscard]] std::string at_socket() const { return "--socket " + path_.string() + " "; }

  testing::Directory directory_;
  std::filesystem::path path_ = directory_ / "control.sock";
};

TEST_F(Sluicectl, WithoutApplianceTheErrorSaysWhatToDoAndTheStatusIsTwo) {
  const Outcome outcome = run(at_socket() + "status");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.output, StartsWith("sluicectl: no appliance answers on " + path_.string()));
  EXPECT_THAT(outcome.output, HasSubstr("systemctl status sluice"));
}

TEST_F(Sluicectl, TheSocketMayComeFromTheEnvironment) {
  const FakeAppliance appliance(path_, version_report("DPDK 99.11.0"));
  ::setenv("SLUICE_CONTROL", path_.c_str(), 1);
  const Outcome outcome = run("version");
  ::unsetenv("SLUICE_CONTROL");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("DPDK 99.11.0"));
}

TEST_F(Sluicectl, AWrongCommandLineExitsWithOne) {
  EXPECT_EQ(run("").status, 1);
  EXPECT_EQ(run("stat").status, 1);
  EXPECT_EQ(run("cache").status, 1);
  EXPECT_EQ(run("cache lookup www.example.").status, 1);
  EXPECT_EQ(run("cache flush --suffix").status, 1);
  EXPECT_EQ(run("inflight --limit many").status, 1);
  EXPECT_EQ(run("recursing --limit -1").status, 1);
  EXPECT_EQ(run("--help").status, 0);
  EXPECT_EQ(run("--version").status, 0);
}

// The subcommands are made from the table: a verb that lacks one cannot be used from a shell.
TEST_F(Sluicectl, EveryVerbHasASubcommandWithItsHelp) {
  for (const verbs::VerbSpec& verb : verbs::kVerbs) {
    std::string command(verb.name);
    std::replace(command.begin(), command.end(), '_', ' ');
    const Outcome outcome = run(command + " --help");
    EXPECT_EQ(outcome.status, 0) << command;
    EXPECT_THAT(outcome.output, HasSubstr(std::string(verb.help))) << command;
    for (const verbs::ArgSpec& arg : verb.arguments()) {
      if (arg.kind != verbs::ArgKind::kScope) EXPECT_THAT(outcome.output, HasSubstr(std::string(arg.option)));
    }
  }
}

TEST_F(Sluicectl, ARequestThatTheApplianceRefusesExitsWithOne) {
  const FakeAppliance appliance(path_, Json());
  const Outcome outcome = run(at_socket() + "cache lookup www.example. AAAAA");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.output, "sluicectl: type: 'AAAAA' is not a record type; A, AAAA, ... or TYPE123\n");
}

TEST_F(Sluicectl, NoRowsAtAllIsNotTheDefaultNumberOfRows) {
  const FakeAppliance appliance(path_, Json());
  for (const char* verb : {"top", "inflight"}) {
    const Outcome outcome = run(at_socket() + verb + " --limit 0");
    EXPECT_EQ(outcome.status, 1) << verb;
    EXPECT_EQ(outcome.output, "sluicectl: limit: a number from 1 to 4096 is needed\n") << verb;
  }
}

TEST_F(Sluicectl, AnApplianceThatCannotAnswerExitsWithTwo) {
  const FakeAppliance appliance(path_, diag::fail(diag::Code::kUnavailable, "the egress core did not answer"));
  const Outcome outcome = run(at_socket() + "inflight");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.output, "sluicectl: the egress core did not answer\n");
}

TEST_F(Sluicectl, JsonPrintsTheDataAsItCame) {
  const Json data = {{"b", 1}, {"a", Json::array({"x", 2})}};
  const FakeAppliance appliance(path_, data);
  for (const char* arguments : {"--json stats", "stats --json"}) {
    const Outcome outcome = run(at_socket() + arguments);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.output, data.dump(2) + "\n") << arguments;
  }
}

TEST_F(Sluicectl, EachWayToFlushReachesAsFarAsItSays) {
  const FakeAppliance appliance(path_, Json{{"flushed", 1'234}});
  EXPECT_EQ(run(at_socket() + "cache flush").output, "1,234 entries removed\n");
  EXPECT_EQ(appliance.request().scope, FlushScope::kEverything);
  run(at_socket() + "cache flush a.example");
  EXPECT_EQ(appliance.request().scope, FlushScope::kName);
  EXPECT_EQ(appliance.request().qname.size(), 11U);
  run(at_socket() + "cache flush a.example --suffix");
  EXPECT_EQ(appliance.request().scope, FlushScope::kSubtree);
}

TEST_F(Sluicectl, AFlushMayBeOfOneType) {
  const FakeAppliance appliance(path_, Json{{"flushed", 2}});
  EXPECT_EQ(run(at_socket() + "cache flush --type mx").status, 0);
  EXPECT_EQ(appliance.request().scope, FlushScope::kEverything);
  EXPECT_EQ(appliance.request().only, dns::QType::kMx);
  run(at_socket() + "cache flush a.example --subtree --type A");
  EXPECT_EQ(appliance.request().scope, FlushScope::kSubtree);
  EXPECT_EQ(appliance.request().only, dns::QType::kA);
  run(at_socket() + "cache flush --all");
  EXPECT_EQ(appliance.request().scope, FlushScope::kEverything);
  EXPECT_EQ(appliance.request().only, std::nullopt);
  EXPECT_EQ(run(at_socket() + "cache flush a.example --all").status, 1);
}

TEST_F(Sluicectl, TopSendsItsSubjectAndMarksCacheOnlyClients) {
  const FakeAppliance appliance(path_, Json{{"subject", "clients"},
                                            {"by", "misses"},
                                            {"rows",
                                             {{{"client", "10.0.0.7/32"},
                                               {"queries", 4'112},
                                               {"misses", 3'987},
                                               {"upstream", 870},
                                               {"bytes", 2'048},
                                               {"held", 1'939},
                                               {"cache_only", true}}}}});
  const Outcome outcome = run(at_socket() + "top clients --by misses --limit 3");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(appliance.request().verb->name, "top");
  EXPECT_EQ(appliance.request().by, topk::Measure::kMisses);
  EXPECT_EQ(appliance.request().limit, 3U);
  EXPECT_THAT(outcome.output, HasSubstr("clients by misses, in the last second"));
  EXPECT_THAT(outcome.output, HasSubstr("3,987"));
  EXPECT_THAT(outcome.output, HasSubstr("10.0.0.7/32  cache-only, 1,939 misses held"));
  EXPECT_EQ(run(at_socket() + "top hosts").status, 1);
  EXPECT_EQ(run(at_socket() + "top --by cost").status, 1);
}

TEST_F(Sluicectl, BlocksAreAddedForATimeAndClearedOneOrAll) {
  const FakeAppliance appliance(path_, Json{{"blocks", Json::array()}, {"cleared", 1}});
  EXPECT_EQ(run(at_socket() + "blocks add 10.0.0.0/24 --action drop --for 10m --reason 'it floods'").status, 0);
  EXPECT_EQ(appliance.request().verb->name, "blocks_add");
  EXPECT_EQ(appliance.request().block.prefix.length, 120);
  EXPECT_EQ(appliance.request().block.action, policy::BlockAction::kDrop);
  EXPECT_EQ(appliance.request().block.duration, std::chrono::minutes(10));
  EXPECT_EQ(appliance.request().block.reason, "it floods");
  EXPECT_THAT(run(at_socket() + "blocks clear 10.0.0.0/24").output, HasSubstr("1 block cleared"));
  EXPECT_TRUE(appliance.request().prefix.has_value());
  EXPECT_THAT(run(at_socket() + "blocks list").output, HasSubstr("no client is blocked"));
  EXPECT_EQ(run(at_socket() + "blocks clear").status, 0);
  EXPECT_FALSE(appliance.request().prefix.has_value());
  EXPECT_EQ(run(at_socket() + "blocks add 10.0.0.7").status, 1) << "a block has a reason";
}

TEST_F(Sluicectl, AReloadListsAppliedKeysAndKeysThatNeedARestart) {
  const FakeAppliance appliance(path_, Json::parse(R"({"generation":4,"settled":true,
      "changed":[{"key":"cache.max_ttl","before":"1d","after":"6h"}],
      "restart_needed":[{"key":"port.mtu","before":"1500","after":"9000"}]})"));
  const Outcome outcome = run(at_socket() + "reload");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.output,
            "generation 4 is in force\nchanged:\n  cache.max_ttl  1d -> 6h\n"
            "takes effect after a restart:\n  port.mtu  1500 -> 9000\n");
  EXPECT_EQ(appliance.request().verb->name, "reload");
}

TEST_F(Sluicectl, ARefusedReloadShowsEveryProblemAndExitsWithOne) {
  const FakeAppliance appliance(
      path_, diag::fail(diag::Code::kInvalid, "the configuration is refused\ns.yaml:3:1: one\ns.yaml:4:1: two"));
  const Outcome outcome = run(at_socket() + "reload");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.output, "sluicectl: the configuration is refused\ns.yaml:3:1: one\ns.yaml:4:1: two\n");
}

TEST_F(Sluicectl, StatusShowsAFailedReloadAndKeysThatNeedARestart) {
  const Json data = Json::parse(R"({"config_file":"/etc/s.yaml","reload":{"generation":3,"ok":2,"failed":1,
      "last_at_sec":1700000000,"last_failed":true,"last_error":"/etc/s.yaml:3:1: one\n/etc/s.yaml:4:1: two",
      "restart_needed":["port.mtu"]}})");
  const FakeAppliance appliance(path_, data);
  const std::string output = run(at_socket() + "status").output;
  EXPECT_THAT(output, HasSubstr("config     /etc/s.yaml, generation 3\n"));
  EXPECT_THAT(output, HasSubstr("last reload failed: 2023-11-1"));
  EXPECT_THAT(output, HasSubstr("  /etc/s.yaml:3:1: one\n"));
  EXPECT_THAT(output, HasSubstr("  /etc/s.yaml:4:1: two\n"));
  EXPECT_THAT(output, HasSubstr("needs a restart: port.mtu\n"));
}

// A script's unset variable must not empty the cache.
TEST_F(Sluicectl, AnEmptyNameIsNoFlushOfEverything) {
  const FakeAppliance appliance(path_, Json{{"flushed", 1}});
  const Outcome outcome = run(at_socket() + "cache flush ''");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("is not a domain name"));
}

TEST_F(Sluicectl, LookupFlagsReachTheAppliance) {
  const FakeAppliance appliance(path_, Json::parse(R"({"name":"a.","type":"MX","do":true,"cd":true,"uplink":"vpc",
      "entry":null,"stored_for":[{"do":false,"cd":false}]})"));
  const Outcome outcome = run(at_socket() + "cache lookup a. mx --do --cd");
  EXPECT_EQ(outcome.output, "a. MX DO=1 CD=1 uplink vpc\nnot in the cache\nbut stored for DO=0 CD=0\n");
  EXPECT_EQ(appliance.request().key_flags, 3);
}

TEST_F(Sluicectl, StatusFitsOnAScreenAndMarksWhatIsWrong) {
  const Json data = Json::parse(R"({"version":"0.1.0","uptime_sec":93784,"healthy":false,"profile":"af_xdp",
      "device":"eth1","driver":"net_af_xdp","link_up":false,"addresses":["10.77.0.53/24"],"config_file":"/etc/s.yaml",
      "workers":2,"lcores":1,"queries":1000,"hits":987,"stale":0,
      "tcp":{"connections":12,"max_connections":10000,"queries":1},
      "cache":{"entries":1,"bytes_used":1536,"bytes_capacity":268435456,"fill_percent":0},
      "budgets":[{"uplink":"vpc","limit_pps":1024,"used_pkts":12,"queued":1500,"refreshes":0}],
      "upstreams":{"up":1,"total":2},"mbufs":{"in_use":2048,"total":8191}})");
  const FakeAppliance appliance(path_, data);
  EXPECT_EQ(run(at_socket() + "status").output,
            "sluice     0.1.0, up 1 d 02:03:04, NOT HEALTHY: a polling thread is stuck\n"
            "port       eth1 (af_xdp, net_af_xdp), link DOWN\n"
            "addresses  10.77.0.53/24\n"
            "threads    2 workers on 1 polling thread\n"
            "queries    1,000, 98.7 % hits, 0.0 % stale\n"
            "tcp        12 connections of 10,000, 1 query\n"
            "cache      1 entry, 1.5 KiB of 256.0 MiB (0 %)\n"
            "budget     vpc: 12 of 1024 packets in the last second, 1,500 queued\n"
            "upstreams  1 of 2 up\n"
            "packets    2,048 of 8,191 buffers in use\n"
            "config     /etc/s.yaml\n");
}

TEST_F(Sluicectl, StatsLeaveOutZerosAndShowWhetherTheCountersBalance) {
  const Json data =
      Json::parse(R"({"queries":{"total":5,"outcomes":{"hit":5,"stale":0}},"frame_drops":{"frame_short":0},
      "tcp":{"open":1,"connections":{"accepted":1,"end_idle":0},"queries":{"total":1,"outcomes":{"hit":1}}},
      "conservation":{"queries":{"holds":true,"counted":5,"accounted":5,"difference":0},
                      "tcp_queries":{"holds":true,"counted":1,"accounted":1,"difference":0},
                      "rx_pkts":{"holds":false,"counted":7,"accounted":6,"difference":1}}})");
  const FakeAppliance appliance(path_, data);
  EXPECT_EQ(run(at_socket() + "stats").output,
            "queries by outcome\n  hit  5\ntcp connections\n  accepted  1\ntcp queries by outcome\n  hit  1\n"
            "3 counters are 0; --json shows all\n"
            "queries: balanced (5)\ntcp_queries: balanced (1)\nrx_pkts: 7 counted, 6 "
            "accounted for\n");
}

TEST_F(Sluicectl, TablesHaveAlignedColumns) {
  const Json data = Json::parse(R"({"questions":[
      {"name":"a.example.","type":"A","state":"sent","age_us":450,"waiters":2000,"others":7,"client":"10.0.0.7","sends":1,"server":"10.77.0.2"},
      {"name":"b.example.","type":"AAAA","state":"queued","age_us":2300000,"waiters":1,"others":0,"client":null,"sends":0,"server":null}]})");
  const FakeAppliance appliance(path_, data);
  for (const char* verb : {"inflight", "recursing"}) {
    EXPECT_EQ(run(at_socket() + verb).output,
              "   age  state   sends  waiters  others  client    server     type  name\n"
              "450 us  sent        1    2,000       7  10.0.0.7  10.77.0.2  A     a.example.\n"
              " 2.3 s  queued      0        1       0  -         -          AAAA  b.example.\n");
  }
}

TEST_F(Sluicectl, ServersAndZonesAtTheirQuotaAreTwoTables) {
  const FakeAppliance appliance(path_, Json::parse(R"({"servers":[{"uplink":"vpc","address":"10.77.0.2",
      "outstanding":173,"quota":173,"atr":0.7,"mode":1,"spilled":20}],"zones":[]})"));
  EXPECT_EQ(run(at_socket() + "fetchlimit").output,
            "server     uplink  waiting         quota  timeouts  spilled\n"
            "10.77.0.2  vpc         173  173 (step 1)    70.0 %       20\n"
            "no zone is at its quota\n");
}

// A program of another version may lack names: what is missing is shown as such.
TEST_F(Sluicectl, AReplyWithoutTheExpectedNamesIsStillShown) {
  const FakeAppliance appliance(path_, Json::parse(R"({"surprise":[1,2]})"));
  for (const char* verb : {"status", "stats", "inflight", "recursing", "fetchlimit", "upstreams", "cache lookup a. A",
                           "cache flush a.", "version"}) {
    const Outcome outcome = run(at_socket() + verb);
    EXPECT_EQ(outcome.status, 0) << verb << outcome.output;
    EXPECT_THAT(outcome.output, EndsWith("\n")) << verb;
  }
}

TEST_F(Sluicectl, SomethingElseOnTheSocketIsNamed) {
  const int other = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = testing::address_of(path_);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API takes the generic address
  ASSERT_EQ(::bind(other, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(other, 1), 0);
  std::thread answer([other] {
    const int client = ::accept(other, nullptr, nullptr);
    std::array<char, 256> room{};
    static_cast<void>(::recv(client, room.data(), room.size(), 0));
    static_cast<void>(::send(client, "hello\n", 6, MSG_NOSIGNAL));
    ::close(client);
  });
  const Outcome outcome = run(at_socket() + "status");
  answer.join();
  ::close(other);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.output, HasSubstr("is not sluice"));
}

}  // namespace
}  // namespace control
