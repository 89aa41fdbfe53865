// SPDX-License-Identifier: Apache-2.0
// Fifty clients that need new names, and a flood of nine times the budget.
#include <cmath>

#include <gtest/gtest.h>

#include "flood_sim.hpp"

namespace {

using egress::QueueOrder;
using test::FloodSim;
using test::Source;
using test::Verdict;

constexpr std::uint32_t kClients = 50;
constexpr double kGoodPps = 600;
constexpr double kFloodPps = 9'200;

std::string number(std::mt19937_64& random) { return std::to_string(random()); }

std::string number_below(std::mt19937_64& random, std::uint64_t limit) { return std::to_string(random() % limit); }

Source good(double per_second = kGoodPps) {
  return {.per_second = per_second,
          .is_good = true,
          .name = [](std::mt19937_64& random) { return "g" + number(random) + ".good.example"; },
          .client = [](std::mt19937_64& random) { return static_cast<std::uint32_t>(random() % kClients); }};
}

Source flood(std::function<std::string(std::mt19937_64&)> name, std::function<std::uint32_t(std::mt19937_64&)> client) {
  return {.per_second = kFloodPps, .starts_sec = 2, .name = std::move(name), .client = std::move(client)};
}

std::string in_other_zone(std::mt19937_64& random) { return "x" + number(random) + ".victim.example"; }
std::string in_same_zone(std::mt19937_64& random) { return "x" + number(random) + ".good.example"; }
std::string in_random_zone(std::mt19937_64& random) {
  return "x" + number(random) + "." + number_below(random, 5'000) + ".test";
}
std::string by_wildcard(std::mt19937_64& random) { return "w" + number(random) + ".wild.example"; }
std::uint32_t one_client(std::mt19937_64& /*random*/) { return 1'000'000; }
std::uint32_t good_clients(std::mt19937_64& random) { return static_cast<std::uint32_t>(random() % kClients); }
std::uint32_t spoofed(std::mt19937_64& random) { return static_cast<std::uint32_t>(random() % 16'000'000); }

struct Stats {
  double good_percent = 0;
  double p99_ms = 0;
  double useful_percent = 0;
};

Stats outlive(const Source& attack, QueueOrder order = QueueOrder::kFair, double good_pps = kGoodPps) {
  FloodSim sim(order);
  sim.set_missing([](const std::string& wire) { return wire[1] == 'x'; });
  sim.add(good(good_pps));
  sim.add(attack);
  Verdict verdict = sim.run(3, 9, 5);
  const Stats stats{verdict.good_percent(), verdict.wait_ms(0.99), verdict.useful_percent()};
  ::testing::Test::RecordProperty("good_percent", std::to_string(stats.good_percent));
  std::printf("good %.2f %%, p50 %.1f ms, p99 %.1f ms, useful %.2f %%, packets %zu\n", stats.good_percent,
              verdict.wait_ms(0.5), stats.p99_ms, stats.useful_percent, verdict.packets);
  return stats;
}

TEST(EgressFlood, InAnotherZoneByAnotherClientCostsOtherClientsNothing) {
  const Stats stats = outlive(flood(in_other_zone, one_client));
  EXPECT_GE(stats.good_percent, 99.5);
  EXPECT_LE(stats.p99_ms, 50);
  EXPECT_GE(stats.useful_percent, 99);
}

TEST(EgressFlood, InTheSameZoneByAnotherClientIsThatClientsOwnLoss) {
  const Stats stats = outlive(flood(in_same_zone, one_client));
  EXPECT_GE(stats.good_percent, 99.5);
  EXPECT_LE(stats.p99_ms, 250);
  EXPECT_GE(stats.useful_percent, 99);
}

TEST(EgressFlood, InAnotherZoneByTheSameClientsLeavesTheirOtherNames) {
  const Stats stats = outlive(flood(in_other_zone, good_clients));
  EXPECT_GE(stats.good_percent, 99.5);
  EXPECT_LE(stats.p99_ms, 250);
  EXPECT_GE(stats.useful_percent, 99);
}

TEST(EgressFlood, OverThousandsOfZonesLeavesTheZonesThatAnswer) {
  const Stats stats = outlive(flood(in_random_zone, one_client));
  EXPECT_GE(stats.good_percent, 95);
  EXPECT_LE(stats.p99_ms, 250);
  EXPECT_GE(stats.useful_percent, 99);
}

TEST(EgressFlood, FromSpoofedAddressesInAnotherZoneCostsOtherClientsNothing) {
  const Stats stats = outlive(flood(in_other_zone, spoofed));
  EXPECT_GE(stats.good_percent, 99.5);
  EXPECT_LE(stats.p99_ms, 250);
  EXPECT_GE(stats.useful_percent, 99);
}

TEST(EgressFlood, FromSpoofedAddressesInTheSameZoneCostsUnknownClientsOnly) {
  const Stats stats = outlive(flood(in_same_zone, spoofed));
  EXPECT_GE(stats.good_percent, 99.5);
  EXPECT_LE(stats.p99_ms, 250);
  EXPECT_GE(stats.useful_percent, 99);
}

TEST(EgressFlood, AnsweredByAWildcardQueuesInItsZone) {
  for (const auto& client : {one_client, spoofed}) {
    FloodSim sim(QueueOrder::kFair);
    Source in_ten_zones = good();
    in_ten_zones.name = [](std::mt19937_64& random) {
      return "g" + number(random) + ".z" + number_below(random, 10) + ".test";
    };
    sim.add(in_ten_zones);
    sim.add(flood(by_wildcard, client));
    Verdict verdict = sim.run(3, 9, 5);
    EXPECT_GE(verdict.good_percent(), 99.5);
    EXPECT_LE(verdict.wait_ms(0.99), 250);
    EXPECT_GE(verdict.useful_percent(), 99);
  }
}

TEST(EgressFlood, LeavesRoomForSevenHundredNamesASecondToo) {
  EXPECT_GE(outlive(flood(in_other_zone, one_client), QueueOrder::kFair, 700).good_percent, 99.5);
}

TEST(EgressFlood, IsTheEndOfAPlainQueue) {
  EXPECT_LT(outlive(flood(in_other_zone, one_client), QueueOrder::kFifo).good_percent, 50);
}

TEST(EgressShares, OfFiftyEqualClientsAreEqualInEverySecond) {
  FloodSim sim(QueueOrder::kFair);
  Source source = good(3 * 1'024);
  sim.add(source);
  const Verdict verdict = sim.run(2, 10, 0);
  for (int second = 3; second < 10; ++second) {
    double sum = 0;
    double squares = 0;
    for (const auto& [client, answers] : verdict.answers) {
      const auto found = answers.find(second);
      const double count = found == answers.end() ? 0 : found->second;
      sum += count;
      squares += count * count;
    }
    EXPECT_GE(sum * sum / (kClients * squares), 0.98) << "second " << second;
    EXPECT_GE(sum, 1'000) << "second " << second;
  }
}

TEST(EgressBurst, OfFourThousandNamesOfOneZoneIsServed) {
  FloodSim sim(QueueOrder::kFair);
  for (int i = 0; i < 4'000; ++i) sim.ask("n" + std::to_string(i) + ".burst.example", 7, true);
  const Verdict verdict = sim.run(0, 0, 6);
  EXPECT_GE(verdict.good_percent(), 98);
}

/// Everybody asks for everything at once: three times what the budget serves while they wait.
double cold_start(QueueOrder order, bool many_zones) {
  constexpr int kNames = 1'000'000;
  std::vector<double> weights(kNames);
  for (int i = 0; i < kNames; ++i) weights[static_cast<std::size_t>(i)] = std::pow(i + 1, -0.95);
  std::discrete_distribution<int> zipf(weights.begin(), weights.end());
  FloodSim sim(order);
  sim.add({.per_second = 5'000,
           .is_good = true,
           .name =
               [&](std::mt19937_64& random) {
                 const int name = zipf(random);
                 return "n" + std::to_string(name) + (many_zones ? ".z" + std::to_string(name % 500) : ".one") +
                        ".test";
               },
           .client = [](std::mt19937_64& random) { return static_cast<std::uint32_t>(random() % 1'000); }});
  const Verdict verdict = sim.run(0, 10, 5);
  std::printf("cold start %s zones: %.1f %% of %zu in %zu packets\n", many_zones ? "500" : "1", verdict.good_percent(),
              verdict.good_asked, verdict.packets);
  return verdict.good_percent();
}

TEST(EgressColdStart, AnswersMoreClientsInTimeThanAPlainQueue) {
  for (const bool many_zones : {false, true}) {
    const double fair = cold_start(QueueOrder::kFair, many_zones);
    EXPECT_GE(fair, 1.15 * cold_start(QueueOrder::kFifo, many_zones));
    EXPECT_GE(fair, 1.15 * cold_start(QueueOrder::kFifoLive, many_zones));
  }
}

}  // namespace
