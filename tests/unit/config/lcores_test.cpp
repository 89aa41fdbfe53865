// SPDX-License-Identifier: Apache-2.0
// Roles to CPUs, CPUs to polling threads.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace config::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

LcoreSettings lcores_on(const profile::Machine& machine, std::string_view lines = {}) {
  const auto settings = load_on(machine, minimal(lines));
  EXPECT_TRUE(settings) << settings.error().sentence();
  return settings ? settings->lcores : LcoreSettings{};
}

TEST(ConfigLcores, OneCpuDoesEverything) {
  const LcoreSettings lcores = lcores_on(machine_with(1));
  EXPECT_THAT(lcores.worker_cpus, ElementsAre(0));
  EXPECT_EQ(lcores.egress_cpu, 0U);
  EXPECT_EQ(lcores.control_cpu, 0U);
  ASSERT_EQ(lcores.threads.size(), 1U);
  EXPECT_TRUE(lcores.threads[0].egress);
  EXPECT_THAT(lcores.threads[0].workers, ElementsAre(base::WorkerId(0)));
}

TEST(ConfigLcores, OfTwoCpusOnePollsAndOneIsLeftForControl) {
  const LcoreSettings lcores = lcores_on(machine_with(2));
  EXPECT_THAT(lcores.worker_cpus, ElementsAre(1));
  EXPECT_EQ(lcores.egress_cpu, 1U);
  EXPECT_EQ(lcores.control_cpu, 0U);
  EXPECT_EQ(lcores.threads.size(), 1U);
}

TEST(ConfigLcores, OnManyCpusEachRoleHasItsOwn) {
  const LcoreSettings lcores = lcores_on(machine_with(6));
  EXPECT_EQ(lcores.control_cpu, 0U);
  EXPECT_EQ(lcores.egress_cpu, 1U);
  EXPECT_THAT(lcores.worker_cpus, ElementsAre(2, 3, 4, 5));
  ASSERT_EQ(lcores.threads.size(), 5U);
  EXPECT_EQ(lcores.threads[4].cpu, 1U);
  EXPECT_TRUE(lcores.threads[4].egress);
  EXPECT_TRUE(lcores.threads[4].workers.empty());
}

TEST(ConfigLcores, WorkersAreNoMoreThanTheDriverHasQueues) {
  EXPECT_EQ(lcores_on(machine_with(64)).worker_cpus.size(), 16U);
}

TEST(ConfigLcores, OnlyCpusOfTheAffinityMaskAreUsed) {
  profile::Machine machine = machine_with(0);
  machine.cpus = {5, 7, 9};
  const LcoreSettings lcores = lcores_on(machine);
  EXPECT_EQ(lcores.control_cpu, 5U);
  EXPECT_EQ(lcores.egress_cpu, 7U);
  EXPECT_THAT(lcores.worker_cpus, ElementsAre(9));
}

TEST(ConfigLcores, SeveralRolesMayShareACpu) {
  const LcoreSettings lcores = lcores_on(machine_with(2), "lcores: {workers: [0, 1], egress: 1, control: 0}\n");
  ASSERT_EQ(lcores.threads.size(), 2U);
  EXPECT_EQ(lcores.threads[0].lcore, base::LcoreId(0));
  EXPECT_EQ(lcores.threads[0].cpu, 0U);
  EXPECT_THAT(lcores.threads[0].workers, ElementsAre(base::WorkerId(0)));
  EXPECT_FALSE(lcores.threads[0].egress);
  EXPECT_EQ(lcores.threads[1].cpu, 1U);
  EXPECT_THAT(lcores.threads[1].workers, ElementsAre(base::WorkerId(1)));
  EXPECT_TRUE(lcores.threads[1].egress);
}

TEST(ConfigLcores, SeveralWorkersMayShareACpu) {
  const LcoreSettings lcores = lcores_on(machine_with(1), "lcores: {workers: [0, 0, 0, 0]}\n");
  ASSERT_EQ(lcores.threads.size(), 1U);
  EXPECT_EQ(lcores.threads[0].workers.size(), 4U);
  EXPECT_TRUE(lcores.threads[0].egress);
}

TEST(ConfigLcores, EgressGetsACpuOfItsOwnOnlyWhenOneIsLeftForControl) {
  const LcoreSettings two = lcores_on(machine_with(2), "lcores: {workers: [1]}\n");
  EXPECT_EQ(two.egress_cpu, 1U);
  EXPECT_EQ(two.control_cpu, 0U);
  const LcoreSettings three = lcores_on(machine_with(3), "lcores: {workers: [1]}\n");
  EXPECT_EQ(three.egress_cpu, 0U);
  EXPECT_EQ(three.control_cpu, 2U);
}

TEST(ConfigLcores, WhatIsGivenStaysAndTheRestFollows) {
  const LcoreSettings lcores = lcores_on(machine_with(4), "lcores: {egress: 0}\n");
  EXPECT_EQ(lcores.egress_cpu, 0U);
  EXPECT_EQ(lcores.control_cpu, 1U);
  EXPECT_THAT(lcores.worker_cpus, ElementsAre(2, 3));
}

TEST(ConfigLcores, CpusThatTheMachineLacksAreErrors) {
  EXPECT_EQ(
      error_of(minimal("lcores: {workers: [0, 9], egress: 8}\n")),
      "t.yaml:3:23: lcores.workers[1]: CPU 9 is not in the affinity mask of this process; allowed: CPUs 0, 1, 2, 3\n"
      "t.yaml:3:35: lcores.egress: CPU 8 is not in the affinity mask of this process; allowed: CPUs 0, 1, 2, 3");
}

TEST(ConfigLcores, AnEmptyListOfWorkersIsAnError) {
  EXPECT_THAT(
      error_of(minimal("lcores: {workers: []}\n")),
      HasSubstr("t.yaml:3:19: lcores.workers: 0 elements are too few; allowed: a list of 1 to 32 elements, or auto"));
}

TEST(ConfigLcores, MoreWorkersThanQueuesAreAnError) {
  EXPECT_EQ(error_of("port: {profile: pcap, device: /tmp/x.pcap, addresses: [10.77.0.53/24]}\n" +
                     std::string(kUplinks) + "lcores: {workers: [0, 1]}\n"),
            "t.yaml:3:19: lcores.workers: 2 workers, but profile pcap has queues for 1; allowed: 1 to 1 workers");
}

TEST(ConfigIdle, ComesFromTheFileOrElseFromTheProfile) {
  const LcoreSettings lcores = lcores_on(machine_with(2), "lcores: {idle: {sleep_after: 0}}\n");
  EXPECT_EQ(lcores.idle.polls_before_sleep, 0U);
  EXPECT_EQ(lcores.idle.polls_before_pause, 64U);
  EXPECT_EQ(lcores.idle.sleep, std::chrono::microseconds(50));
}

}  // namespace
}  // namespace config::test
