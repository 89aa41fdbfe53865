// SPDX-License-Identifier: Apache-2.0
// Many configurations at once; policies compared where one of them must be the best.
#include <gtest/gtest.h>

#include "model_store.hpp"
#include "next_use.hpp"
#include "real_store.hpp"
#include "traces.hpp"

namespace rig {
namespace {

using test::TraceWorld;
using test::unlimited;

constexpr std::uint64_t kMiB = 1U << 20U;
constexpr std::array kEvicting{Policy::kS3FifoModel, Policy::kSieve, Policy::kClock, Policy::kLru, Policy::kFifo};

TEST(NextUse, IsTheNextEventOfTheSameItemOrNever) {
  TraceWorld trace;
  trace.ask(0, "a.example");
  trace.ask(1, "b.example");
  trace.ask(2, "a.example");
  trace.ask(3, "a.example");
  Catalogue catalogue(trace.dictionary, trace.world);
  auto next_use = NextUse::build(trace.source, catalogue, 1, "/tmp", [] {}).value();
  std::vector<Step> steps(4);
  catalogue.take(trace.source.events, steps);
  next_use.fill(steps);
  EXPECT_EQ(steps[0].next_at_ns, 2'000'000'000);
  EXPECT_EQ(steps[1].next_at_ns, Step::kNever);
  EXPECT_EQ(steps[2].next_at_ns, 3'000'000'000);
  EXPECT_EQ(steps[3].next_at_ns, Step::kNever);
}

TEST(Run, ManyConfigurationsOnTwoThreadsGiveWhatEachGivesAlone) {
  TraceWorld trace;
  trace.ask_many(300'000, 40'000, 20'000, 3, {5, 60, 300}, 100);
  std::vector<Configuration> cells;
  for (const Policy policy : {Policy::kS3Fifo, Policy::kLru, Policy::kBelady}) {
    cells.push_back({.policy = policy, .size_bytes = 4 * kMiB});
    cells.push_back({.policy = policy, .size_bytes = 8 * kMiB, .budget_pps = 300});
  }
  const auto together = trace.simulate(cells, 2);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Stats alone = trace.simulate(cells[i]);
    EXPECT_EQ(together[i].hits, alone.hits) << label_of(cells[i]);
    EXPECT_EQ(together[i].packets_by_second, alone.packets_by_second) << label_of(cells[i]);
  }
}

TEST(Run, BeladyIsRefusedWithSeveralNumbersOfAppliances) {
  TraceWorld trace;
  trace.ask(0, "a.example");
  const RunSpec spec{.world = trace.world,
                     .cells = {{.policy = Policy::kBelady}, {.policy = Policy::kBelady, .appliances = 2}},
                     .on_progress = {},
                     .on_outcome = {}};
  const auto done = run(trace.source, trace.dictionary, spec);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().sentence().find("--appliances"), std::string::npos);
}

class Knowing : public testing::TestWithParam<std::uint64_t> {};

// Answers of one size that do not expire: no policy does better than one that knows the future (Belady 1966).
TEST_P(Knowing, BeladyIsNeverBelowAnyOther) {
  TraceWorld trace;
  trace.world = test::instant_world();
  trace.ask_many(60'000, 40'000, 1'000, GetParam());
  std::vector<Configuration> cells{unlimited(Policy::kBelady, 1 * kMiB)};
  for (const Policy policy : kEvicting) cells.push_back(unlimited(policy, 1 * kMiB));
  const auto stats = trace.simulate(cells);
  EXPECT_GT(stats[0].evictions, 1'000U);
  for (std::size_t i = 1; i < cells.size(); ++i) EXPECT_GE(stats[0].hits, stats[i].hits) << label_of(cells[i]);
}

// With TTLs a miss brings a later expiry, so that the rule is no longer the best in every case; it is close.
TEST_P(Knowing, BeladyWithTtlsIsNotBelowAnyOtherByAThousandthOfTheQueries) {
  TraceWorld trace;
  trace.world = test::instant_world();
  trace.ask_many(60'000, 40'000, 1'000, GetParam(), {5, 20, 60});
  std::vector<Configuration> cells{unlimited(Policy::kBelady, 1 * kMiB)};
  for (const Policy policy : kEvicting) cells.push_back(unlimited(policy, 1 * kMiB));
  cells.push_back(unlimited(Policy::kInfinite));
  const auto stats = trace.simulate(cells);
  for (std::size_t i = 1; i + 1 < cells.size(); ++i) {
    EXPECT_GE(stats[0].hits + 60, stats[i].hits) << label_of(cells[i]);
  }
  EXPECT_LE(stats[0].hits, stats.back().hits + 60);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Knowing, testing::Range<std::uint64_t>(1, 9));

/// The same steps through both, with as much room as the real cache has come to use.
TEST(RealCache, AgreesWithAnIndependentModelOfS3FifoWithinHalfAPoint) {
  TraceWorld trace;
  trace.world = test::instant_world();
  trace.ask_many(400'000, 200'000, 1'000, 5);
  Catalogue catalogue(trace.dictionary, trace.world);
  std::vector<Step> steps(trace.source.events.size());
  catalogue.take(trace.source.events, steps);

  const Configuration cell = unlimited(Policy::kS3Fifo, 8 * kMiB);
  RealStore real(cell, catalogue);
  std::uint64_t real_hits = 0;
  const auto ask = [&](auto& store, const Step& step, std::uint64_t& hits) {
    const base::Instant at = instant_of(step.at_ns);
    if (store.look_up(step, at).what == Found::What::kFresh) {
      ++hits;
    } else {
      store.keep(step.item, step.asked, step.answer, at);
    }
  };
  for (const Step& step : steps) ask(real, step, real_hits);

  const std::uint64_t block = chunk_bytes(catalogue[steps[0].asked].view(), steps[0].answer);
  ModelStore<S3FifoOrder> model(real.stats().entries * block, cache_settings(cell), catalogue,
                                S3FifoOrder(Promotion::kOnce));
  model.grow(catalogue.size());
  std::uint64_t model_hits = 0;
  for (const Step& step : steps) ask(model, step, model_hits);

  EXPECT_GT(real.stats().evictions, 10'000U);
  const auto percent = [&](std::uint64_t hits) { return 100.0 * static_cast<double>(hits) / 400'000; };
  EXPECT_NEAR(percent(real_hits), percent(model_hits), 0.5);
}

}  // namespace
}  // namespace rig
