// SPDX-License-Identifier: Apache-2.0
// The report of the last second: merged over the cores, ranked, as rates.
#include "blocking/watcher.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "frames.hpp"
#include "test_appliance.hpp"

namespace blocking {
namespace {

using topk::Measure;
using topk::Subject;

/// An appliance of two workers whose clients ask for names that are not in the cache.
struct Watched {
  Watched() : in_process(spec()), watcher(in_process.recorders()) {}
  static test::InProcessSpec spec() {
    test::InProcessSpec spec;
    spec.workers = 2;
    spec.egress.uplinks = {};
    return spec;
  }
  void ask(unsigned host, const std::string& name, std::size_t worker, dns::QType type = dns::QType::kA) {
    net::Flow flow;
    flow.source = test::InProcess::v4(10, 77, 0, host);
    flow.destination = test::InProcess::v4(10, 77, 0, 53);
    flow.source_port = base::UdpPort(static_cast<std::uint16_t>(20'000 + ++asked));
    flow.destination_port = base::UdpPort(53);
    in_process.port(worker).arrive(test::udp_frame(flow, test::query_message({.qname = name, .qtype = type})));
    in_process.settle();
  }
  /// Ends the current second; then control merges.
  void end_second() {
    const auto into = base::Duration(in_process.clock.now().ns() % 1'000'000'000);
    in_process.clock.advance(std::chrono::milliseconds(1'100) - into);
    EXPECT_TRUE(watcher.look(in_process.clock.now()));
  }
  [[nodiscard]] Json top(Subject subject, Measure by, std::size_t limit = 20) const {
    return top_report(watcher.last(), subject, by, limit)["rows"];
  }
  test::InProcess in_process;
  Watcher watcher;
  unsigned asked = 0;
};

TEST(Watcher, ClientsAreRankedByMissesOverAllWorkers) {
  Watched watched;
  for (unsigned i = 0; i < 30; ++i) watched.ask(7, "a" + std::to_string(i) + ".example.", i % 2);
  for (unsigned i = 0; i < 5; ++i) watched.ask(8, "b" + std::to_string(i) + ".example.", 0);
  watched.end_second();
  const Json rows = watched.top(Subject::kClient, Measure::kMisses);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["client"], "10.77.0.7/32");
  EXPECT_EQ(rows[0]["misses"], 30);
  EXPECT_EQ(rows[0]["error"], 0);
  EXPECT_EQ(rows[0]["cache_only"], false);
  EXPECT_EQ(rows[1]["client"], "10.77.0.8/32");
  EXPECT_EQ(rows[1]["misses"], 5);
  EXPECT_EQ(watched.top(Subject::kClient, Measure::kMisses, 1).size(), 1U);
}

TEST(Watcher, PacketsUpstreamCountForTheFirstClientAndForNameZoneAndType) {
  Watched watched;
  watched.ask(7, "one.corp.example.", 0);
  watched.ask(8, "one.corp.example.", 1);  // joins: costs nothing
  watched.ask(7, "two.corp.example.", 0, dns::QType::kAaaa);
  watched.end_second();
  const Json clients = watched.top(Subject::kClient, Measure::kUpstream);
  ASSERT_EQ(clients.size(), 1U);
  EXPECT_EQ(clients[0]["client"], "10.77.0.7/32");
  EXPECT_EQ(clients[0]["upstream"], 2);
  const Json zones = watched.top(Subject::kZone, Measure::kUpstream);
  ASSERT_EQ(zones.size(), 1U);
  EXPECT_EQ(zones[0]["zone"], "corp.example.");
  EXPECT_EQ(zones[0]["upstream"], 2);
  EXPECT_EQ(zones[0]["misses"], 3);
  EXPECT_EQ(watched.top(Subject::kName, Measure::kUpstream).size(), 2U);
  EXPECT_EQ(watched.top(Subject::kType, Measure::kMisses)[0]["type"], "A");
}

TEST(Watcher, RatesAreOfTheLastSecondOnly) {
  Watched watched;
  watched.ask(7, "one.example.", 0);
  watched.end_second();
  EXPECT_EQ(watched.top(Subject::kName, Measure::kMisses).size(), 1U);
  EXPECT_FALSE(watched.watcher.look(watched.in_process.clock.now())) << "nothing new within the second";
  watched.end_second();
  EXPECT_TRUE(watched.top(Subject::kName, Measure::kMisses).empty());
}

TEST(Watcher, WithTopkOffNothingIsRecorded) {
  Watched watched;
  answer::Generation off = watched.in_process.generation();
  off.watch.mode = topk::Mode::kOff;
  watched.in_process.publish(off);
  for (unsigned i = 0; i < 100; ++i) watched.ask(7, "a" + std::to_string(i) + ".example.", 0);
  watched.end_second();
  for (const Measure by : {Measure::kQueries, Measure::kMisses, Measure::kUpstream, Measure::kBytes}) {
    EXPECT_TRUE(watched.top(Subject::kClient, by).empty());
  }
}

TEST(Watcher, ClientsMayBeNetworks) {
  Watched watched;
  answer::Generation wide = watched.in_process.generation();
  wide.watch.clients = topk::ClientPrefix::kNetwork;
  watched.in_process.publish(wide);
  watched.ask(7, "one.example.", 0);
  watched.ask(8, "two.example.", 1);
  watched.end_second();
  const Json rows = watched.top(Subject::kClient, Measure::kMisses);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0]["client"], "10.77.0.0/24");
  EXPECT_EQ(rows[0]["misses"], 2);
}

// The weight that a core with a full set may have missed counts as error only. Few enough that none is sampled.
TEST(Watcher, MergedStatsAreNeverTooHighAndTheErrorCoversWhatIsMissing) {
  Watched watched;
  std::unordered_map<std::string, std::uint64_t> truth;
  for (unsigned i = 0; i < 3 * topk::kMissesOneByOne / 2; ++i) {
    const std::string name = (i % 4 == 0 ? "hot" : "n" + std::to_string(i)) + ".example.";
    watched.ask(7, name, i % 3 == 0 ? 1 : 0);
    ++truth[name];
  }
  watched.end_second();
  const Json rows = watched.top(Subject::kName, Measure::kMisses, 4'096);
  EXPECT_EQ(rows[0]["name"], "hot.example.");
  EXPECT_TRUE(std::ranges::any_of(rows, [](const Json& row) { return row["error"] != 0; })) << "no set was full";
  for (const Json& row : rows) {
    const std::uint64_t real = truth.at(row["name"].get<std::string>());
    EXPECT_LE(row["misses"].get<std::uint64_t>(), real);
    EXPECT_GE(row["misses"].get<std::uint64_t>() + row["error"].get<std::uint64_t>(), real);
  }
}

}  // namespace
}  // namespace blocking
