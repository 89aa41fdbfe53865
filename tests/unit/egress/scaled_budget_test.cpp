// SPDX-License-Identifier: Apache-2.0
// A budget of which a part is left for the time being.
#include <string>

#include <gtest/gtest.h>

#include "egress/budget_factors.hpp"
#include "fakes.hpp"

namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using test::Bench;

egress::Settings metered(std::uint32_t limit_pps) {
  egress::Settings settings = test::one_server();
  settings.max_fetches = 4'096;
  settings.max_sends = 1;
  settings.uplinks[0].budget.limit_pps = limit_pps;
  return settings;
}

/// What leaves in one second while more is asked than may.
std::size_t rate(Bench& bench, int& asked) {
  bench.advance(1'005ms);  // what was sent before is out of the window
  for (int i = 0; i < 400; ++i) {
    std::string name(1, 'n');
    bench.ask((name += std::to_string(asked++)) += ".example", {.client_timeout = 60s});
  }
  bench.wire.sent.clear();
  bench.advance(1s);
  const std::size_t sent = bench.wire.sent.size();
  bench.advance(8s, 10ms);
  bench.done.clear();
  return sent;
}

TEST(ScaledBudget, RateFallsWithItAndComesBack) {
  Bench bench(metered(200));
  int asked = 0;
  EXPECT_NEAR(static_cast<double>(rate(bench, asked)), 200, 4);
  bench.engine->scale_budget(0, 500);
  EXPECT_NEAR(static_cast<double>(rate(bench, asked)), 100, 3);
  EXPECT_EQ(bench.engine->uplink_stats(0).limit_pps, 100U);
  EXPECT_EQ(bench.engine->uplink_stats(0).configured_pps, 200U);
  bench.engine->scale_budget(0, egress::BudgetFactors::kWhole);
  EXPECT_NEAR(static_cast<double>(rate(bench, asked)), 200, 4);
}

TEST(ScaledBudget, ReloadScalesTheNewLimit) {
  egress::Settings settings = metered(200);
  Bench bench(settings);
  bench.engine->scale_budget(0, 900);
  settings.uplinks[0].budget.limit_pps = 100;
  bench.engine->apply(settings, cache::Settings{});
  bench.advance(100ms);
  EXPECT_EQ(bench.engine->uplink_stats(0).limit_pps, 90U);
}

TEST(ScaledBudget, UnmeteredUplinkStaysSo) {
  Bench bench(metered(0));
  bench.engine->scale_budget(0, 500);
  bench.advance(100ms);
  EXPECT_EQ(bench.engine->uplink_stats(0).limit_pps, 0U);
}

}  // namespace
