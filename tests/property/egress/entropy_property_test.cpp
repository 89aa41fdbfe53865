// SPDX-License-Identifier: Apache-2.0
// Ports and IDs are uniform, overall and seen through what an observer may know: the asking worker, the name's hash.
// The source here is a good generator, so what is tested is that the engine spoils nothing. RFC 5452 §9.2.
#include <array>
#include <cmath>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "unit/egress/fakes.hpp"

namespace {

using test::Bench;
using test::SentPacket;

constexpr int kQuestions = 60'000;
constexpr std::size_t kBins = 64;
constexpr double kSuspicious = 4.5;  // standard deviations

/// How many standard deviations the chi-square of equally likely bins lies from its mean.
double deviation(const std::array<int, kBins>& bins) {
  double total = 0;
  for (const int count : bins) total += count;
  const double expected = total / kBins;
  double chi_square = 0;
  for (const int count : bins) chi_square += (count - expected) * (count - expected) / expected;
  const double freedom = kBins - 1;
  return (chi_square - freedom) / std::sqrt(2 * freedom);
}

struct Observed {
  std::size_t port_bin;
  std::size_t id_bin;
  std::size_t worker;
  std::size_t name_hash;
};

const std::vector<Observed>& observed() {
  static const std::vector<Observed> all = [] {
    egress::Settings settings = test::one_server();
    settings.uplinks[0].budget.limit_pps = 0;
    Bench bench(settings, {}, 20'251'121);
    std::vector<Observed> seen;
    for (int i = 0; i < kQuestions; ++i) {
      const auto worker = static_cast<std::uint16_t>(i % 3);
      const std::string name = "n" + std::to_string(i) + ".example";
      bench.ask(name, {.worker = worker});
      bench.poll();
      const SentPacket sent = bench.wire.sent.back();
      const std::size_t range = 65'536U - settings.first_port;
      seen.push_back({(sent.port() - settings.first_port) * kBins / range, sent.id.value() * kBins / 65'536, worker,
                      std::hash<std::string>()(name) % 4});
      bench.deliver(sent, bench.positive(sent, 0));
      bench.wire.sent.clear();
      bench.done.clear();
    }
    return seen;
  }();
  return all;
}

void expect_uniform(const std::function<bool(const Observed&)>& seen) {
  std::array<int, kBins> ports{};
  std::array<int, kBins> ids{};
  std::array<int, kBins> sums{};  // a port must say nothing about its ID
  for (const Observed& one : observed()) {
    if (!seen(one)) continue;
    ++ports[one.port_bin];
    ++ids[one.id_bin];
    ++sums[(one.port_bin + one.id_bin) % kBins];
  }
  for (const auto& bins : {ports, ids, sums}) {
    EXPECT_LT(deviation(bins), kSuspicious);
    EXPECT_GT(deviation(bins), -kSuspicious);
  }
}

TEST(EntropyProperty, PortsAndIdsAreUniform) {
  expect_uniform([](const Observed&) { return true; });
}

TEST(EntropyProperty, KnowingTheWorkerDoesNotHelpAnAttacker) {
  for (std::size_t worker = 0; worker < 3; ++worker) {
    expect_uniform([=](const Observed& one) { return one.worker == worker; });
  }
}

TEST(EntropyProperty, KnowingTheNameDoesNotHelpAnAttacker) {
  for (std::size_t hash = 0; hash < 4; ++hash) {
    expect_uniform([=](const Observed& one) { return one.name_hash == hash; });
  }
}

TEST(EntropyProperty, KnowingTheTransactionBeforeDoesNotHelpAnAttacker) {
  std::array<int, kBins> steps{};
  for (std::size_t i = 1; i < observed().size(); ++i) {
    ++steps[(observed()[i].port_bin + kBins - observed()[i - 1].port_bin) % kBins];
  }
  EXPECT_LT(deviation(steps), kSuspicious);
}

TEST(EntropyProperty, LopsidedBinsAreFound) {
  std::array<int, kBins> bins;
  bins.fill(900);
  bins[3] = 1'300;
  EXPECT_GT(deviation(bins), kSuspicious);
}

}  // namespace
