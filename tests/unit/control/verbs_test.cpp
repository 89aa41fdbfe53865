// SPDX-License-Identifier: Apache-2.0
// Requests carried out on the appliance, the egress core's part by its mailbox.
#include "verbs.hpp"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "loop.hpp"
#include "test_appliance.hpp"
#include "verbs/table.hpp"

namespace control {
namespace {

using cache::FlushScope;
using reports::testing::TestAppliance;
using reports::testing::wire;
using testing::Loop;
using verbs::find_verb;
using verbs::kDefaultInflightRows;

constexpr std::chrono::milliseconds kEgressTimeout{5};  // counted in checks: a loaded machine does not shorten it

class ControlVerbs : public ::testing::Test {
 protected:
  /// A place for the reply; the verbs must be gone before it.
  using Place = std::optional<diag::Result<Json>>;

  static Reply into(Place& place) {
    return [&place](diag::Result<Json> result) { place = std::move(result); };
  }
  static Request flush(FlushScope scope, std::string_view name = {}) {
    Request request;
    request.verb = find_verb("cache_flush");
    request.scope = scope;
    if (!name.empty()) request.qname = wire(name);
    return request;
  }
  static Request inflight(std::size_t limit = kDefaultInflightRows) {
    Request request;
    request.verb = find_verb("inflight");
    request.limit = limit;
    return request;
  }
  /// The egress core works, as its thread would.
  bool run(const std::vector<Place*>& places) {
    return loop_.run_until([&] {
      appliance_.in_process.settle();
      return std::all_of(places.begin(), places.end(), [](const Place* place) { return place->has_value(); });
    });
  }
  /// The egress role is not polled.
  bool run_dead(const std::vector<Place*>& places) {
    return loop_.run_until(
        [&] { return std::all_of(places.begin(), places.end(), [](const Place* p) { return p->has_value(); }); });
  }
  Json result(const Request& request) {
    Place place;
    verbs_.handle(request, into(place));
    EXPECT_TRUE(run({&place}));
    EXPECT_TRUE(place && *place);
    return place && *place ? **place : Json();
  }
  [[nodiscard]] std::uint64_t entries() const { return appliance_.view.cache->stats()[cache::Gauge::kEntries]; }

  Loop loop_;
  TestAppliance appliance_;
  Verbs verbs_{loop_.raw(), appliance_.view, {.mailbox = &appliance_.in_process.mailbox()}, kEgressTimeout};
};

TEST_F(ControlVerbs, ReportsFromCountersAreAnsweredAtOnce) {
  for (const char* verb : {"status", "stats", "upstreams", "version"}) {
    Place place;
    Request request;
    request.verb = find_verb(verb);
    verbs_.handle(request, into(place));
    ASSERT_TRUE(place) << verb;
    ASSERT_TRUE(*place);
    EXPECT_TRUE((*place)->is_object()) << (*place)->dump();
  }
}

TEST_F(ControlVerbs, QuestionsOnTheirWayAreListed) {
  appliance_.ask("Slow.example.");
  const Json questions = result(inflight())["questions"];
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_EQ(questions[0]["name"], "slow.example.");
  EXPECT_EQ(questions[0]["type"], "A");
  EXPECT_EQ(questions[0]["class"], "IN");
  EXPECT_EQ(questions[0]["uplink"], "vpc");
  EXPECT_EQ(questions[0]["state"], "sent");
  EXPECT_EQ(questions[0]["waiters"], 1);
  EXPECT_EQ(questions[0]["others"], 0);
  EXPECT_EQ(questions[0]["client"], "10.77.0.100");
  EXPECT_EQ(questions[0]["sends"], 1);
  EXPECT_EQ(questions[0]["server"], "10.77.0.2");
}

TEST_F(ControlVerbs, ZonesAtTheirQuotaAreAskedOfTheEgressCore) {
  Request request;
  request.verb = find_verb("fetchlimit");
  const Json limited = result(request);
  EXPECT_TRUE(limited["servers"].is_array());
  EXPECT_TRUE(limited["zones"].empty());
}

TEST_F(ControlVerbs, AListHasAtMostTheRequestedNumberOfRows) {
  for (const char* name : {"a.example.", "b.example.", "c.example."}) appliance_.ask(name);
  EXPECT_EQ(result(inflight(2))["questions"].size(), 2U);
  EXPECT_EQ(result(inflight(4'096))["questions"].size(), 3U);
}

TEST_F(ControlVerbs, FlushingANameLeavesWhatIsBelow) {
  for (const char* name : {"example.", "a.example.", "b.a.example.", "other."}) appliance_.store(name, 60);
  appliance_.store("a.example.", 60, dns::kKeyFlagDo);
  EXPECT_EQ(result(flush(FlushScope::kName, "a.example."))["flushed"], 2);
  EXPECT_EQ(entries(), 3U);
}

TEST_F(ControlVerbs, FlushingASubtreeTakesTheNameAndAllBelow) {
  for (const char* name : {"example.", "a.example.", "b.a.example.", "ba.example.", "other."}) {
    appliance_.store(name, 60);
  }
  EXPECT_EQ(result(flush(FlushScope::kSubtree, "a.example."))["flushed"], 2);
  EXPECT_EQ(entries(), 3U);
}

TEST_F(ControlVerbs, FlushingEverythingEmptiesTheCache) {
  for (const char* name : {"example.", "a.example.", "."}) appliance_.store(name, 60);
  EXPECT_EQ(result(flush(FlushScope::kEverything))["flushed"], 3);
  EXPECT_EQ(entries(), 0U);
}

TEST_F(ControlVerbs, AFlushOfOneTypeLeavesTheOthers) {
  for (const char* name : {"example.", "a.example.", "other."}) appliance_.store(name, 60);
  Request of_mx = flush(FlushScope::kEverything);
  of_mx.only = dns::QType::kMx;
  EXPECT_EQ(result(of_mx)["flushed"], 0);
  Request of_a = flush(FlushScope::kSubtree, "example.");
  of_a.only = dns::QType::kA;
  EXPECT_EQ(result(of_a)["flushed"], 2);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(ControlVerbs, AReloadRunsTheReloadAction) {
  Request reload;
  reload.verb = find_verb("reload");
  Place refused;
  verbs_.handle(reload, into(refused));
  ASSERT_TRUE(refused);
  EXPECT_FALSE(*refused);
  verbs_.on_reload([](const Reply& reply) { reply(Json{{"generation", 2}}); });
  EXPECT_EQ(result(reload)["generation"], 2);
}

TEST_F(ControlVerbs, RequestsToTheEgressCoreQueueUp) {
  appliance_.store("a.example.", 60);
  appliance_.ask("slow.example.");
  Place first;
  Place second;
  Place third;
  verbs_.handle(inflight(), into(first));
  verbs_.handle(flush(FlushScope::kEverything), into(second));
  verbs_.handle(inflight(), into(third));
  ASSERT_TRUE(run({&first, &second, &third}));
  ASSERT_TRUE(*first && *second && *third);
  EXPECT_EQ((**first)["questions"].size(), 1U);
  EXPECT_EQ((**second)["flushed"], 1);
  EXPECT_EQ((**third)["questions"].size(), 1U);
}

TEST_F(ControlVerbs, AStuckEgressCoreFailsAllPendingRequestsAndServesLaterOnes) {
  appliance_.store("a.example.", 60);
  Place first;
  Place second;
  verbs_.handle(flush(FlushScope::kEverything), into(first));
  verbs_.handle(inflight(), into(second));
  ASSERT_TRUE(run_dead({&first, &second}));
  ASSERT_FALSE(*first);
  ASSERT_FALSE(*second);
  EXPECT_EQ(first->error().code(), diag::Code::kUnavailable);
  EXPECT_EQ(entries(), 1U);

  // The egress core resumes and finishes the abandoned request; the next request gets its own result.
  appliance_.ask("slow.example.");
  const Json questions = result(inflight())["questions"];
  EXPECT_EQ(questions.size(), 1U);
  EXPECT_EQ(entries(), 0U);
}

TEST(ControlVerbsEnd, PendingRequestsFailWhenTheApplianceStops) {
  Loop loop;
  TestAppliance appliance;
  std::optional<diag::Result<Json>> place;
  {
    Verbs verbs(loop.raw(), appliance.view, {.mailbox = &appliance.in_process.mailbox()});
    Request request;
    request.verb = find_verb("inflight");
    verbs.handle(request, [&](diag::Result<Json> result) { place = std::move(result); });
    EXPECT_FALSE(place);
  }
  ASSERT_TRUE(place);
  ASSERT_FALSE(*place);
  EXPECT_EQ(place->error().sentence(), "the appliance is stopping");
}

}  // namespace
}  // namespace control
