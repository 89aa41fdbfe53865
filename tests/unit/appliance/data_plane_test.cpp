// SPDX-License-Identifier: Apache-2.0
// Plans and what is built of them. What a data plane does with packets is tested through test::InProcess.
#include "appliance/data_plane.hpp"

#include <memory>

#include <gtest/gtest.h>

#include "in_process.hpp"

namespace {

using appliance::DataPlane;
using appliance::EgressTx;
using appliance::Part;
using appliance::Plan;

Plan plan_with(std::uint16_t workers) {
  Plan plan;
  plan.workers = workers;
  plan.coalesce = {.max_waiting = 256, .max_pending = 64};
  plan.egress.max_fetches = 64;
  egress::UplinkSettings uplink;
  SLUICE_REQUIRE(uplink.servers.push_back(test::InProcess::v4(10, 77, 0, 2)));
  SLUICE_REQUIRE(plan.egress.uplinks.push_back(uplink));
  plan.cache.size_bytes = 1U << 20U;
  return plan;
}

Plan full_plan(std::uint16_t workers) {
  Plan plan = plan_with(workers);
  plan.tcp_responder = plan.tcp_fetches = plan.kernel = Part::kBuilt;
  plan.egress_tx = EgressTx::kRelayed;
  return plan;
}

/// Ports, clock and memory of a data plane.
struct World {
  explicit World(const Plan& plan, std::size_t missing_bytes = 0)
      : tables(DataPlane::bytes_needed(plan)), cache(plan.cache.size_bytes) {
    for (std::size_t i = 0; i < plan.workers; ++i) with.worker_ports.push_back(&ports.emplace_back(lent, 2'048));
    with.table_memory = tables.bytes().first(tables.bytes().size() - missing_bytes);
    with.cache_memory = cache.bytes();
    with.egress_port = with.worker_ports.front();
    with.clock = &clock;
    with.hash = &hash;
    with.entropy = &entropy;
    with.generation = [this](std::size_t) { return answer::GenerationReader(&published); };
  }
  test::FakeClock clock;
  base::KeyedHash hash{base::KeyedHash::Secret{}};
  test::CountingEntropy entropy;
  test::Lent lent;
  std::deque<test::HeapPort> ports;
  test::AlignedMemory tables;
  test::AlignedMemory cache;
  std::atomic<const answer::Generation*> published{nullptr};
  appliance::Dependencies with;
};

TEST(DataPlane, MeasuredBytesAreEnoughForEveryPart) {
  const Plan plan = full_plan(3);
  World world(plan);
  DataPlane plane(plan, world.with);
  EXPECT_EQ(plane.workers().size(), 3U);
}

TEST(DataPlaneDeathTest, OneCacheLineLessThanMeasuredAborts) {
  const Plan plan = full_plan(1);
  World world(plan, base::kCacheLineBytes);
  EXPECT_DEATH(DataPlane(plan, world.with), "");
}

TEST(DataPlane, EachWorkerCostsTheSameAndEachPartCostsMemory) {
  const std::size_t one = DataPlane::bytes_needed(plan_with(1));
  const std::size_t two = DataPlane::bytes_needed(plan_with(2));
  EXPECT_EQ(DataPlane::bytes_needed(plan_with(3)) - two, two - one);
  Plan tcp = plan_with(1);
  tcp.tcp_responder = Part::kBuilt;
  EXPECT_GT(DataPlane::bytes_needed(tcp), one);
  EXPECT_GT(DataPlane::bytes_needed(full_plan(1)), DataPlane::bytes_needed(tcp));
}

TEST(DataPlane, PartsThatThePlanLeavesOutHaveNoRings) {
  const Plan plan = plan_with(2);
  World world(plan);
  DataPlane plane(plan, world.with);
  EXPECT_EQ(plane.tcp_responder(), nullptr);
  EXPECT_EQ(plane.tcp_fetches(), nullptr);
  EXPECT_EQ(plane.tcp_replies(), nullptr);
  EXPECT_EQ(plane.injects(), nullptr);
  EXPECT_EQ(plane.worker_spec(0).links.punts, nullptr);
  EXPECT_EQ(plane.worker_spec(0).links.relays, nullptr);
  EXPECT_EQ(plane.misses().size(), 2U);
  EXPECT_EQ(plane.recorders().size(), 3U) << "one of the egress core, one of each worker";
}

TEST(DataPlane, TheFirstWorkerInjectsAndRelaysAndTheTcpResponderIsTheLastSubscriber) {
  const Plan plan = full_plan(2);
  World world(plan);
  DataPlane plane(plan, world.with);
  EXPECT_NE(plane.tcp_responder(), nullptr);
  EXPECT_NE(plane.worker_spec(0).links.injects, nullptr);
  EXPECT_NE(plane.worker_spec(0).links.relays, nullptr);
  EXPECT_EQ(plane.worker_spec(1).links.injects, nullptr);
  EXPECT_EQ(plane.worker_spec(1).links.relays, nullptr);
  EXPECT_EQ(plane.misses().size(), 3U);
  EXPECT_EQ(plane.completions().size(), 3U);
}

// Every question may be completed in one poll of the egress core.
TEST(DataPlane, CompletionRingsHoldACompletionOfEveryOpenQuestion) {
  const Plan plan = plan_with(1);
  World world(plan);
  DataPlane plane(plan, world.with);
  egress::CompletionRing& ring = *plane.completions().front();
  for (std::uint32_t i = 0; i < plan.coalesce.max_pending; ++i) EXPECT_TRUE(ring.push({})) << i;
}

}  // namespace
