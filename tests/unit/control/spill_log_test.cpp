// SPDX-License-Identifier: Apache-2.0
// Log lines about zones that exceed egress.fetches_per_zone.
#include "spill_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_appliance.hpp"

namespace {

using std::chrono_literals::operator""s;
using control::SpillLog;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

egress::ZoneRow zone(std::uint64_t dropped, const std::string& label = "busy") {
  egress::ZoneRow row{.uplink = 0, .outstanding = 10, .quota = 10, .allowed = 50, .dropped = dropped};
  const std::vector<std::byte> wire = reports::testing::wire(label + ".example");
  std::copy(wire.begin(), wire.end(), row.name.begin());
  row.name_bytes = static_cast<std::uint8_t>(wire.size());
  return row;
}

std::vector<std::string> look(SpillLog& log, const egress::ZoneRow& row, base::Instant now) {
  return log.look(std::span(&row, 1), now);
}

TEST(SpillLog, FirstRefusalOfAZoneIsLoggedAtOnce) {
  SpillLog log;
  EXPECT_THAT(look(log, zone(3), base::Instant(1'000'000'000)),
              ElementsAre("zone busy.example.: exceeds egress.fetches_per_zone: 10 fetches outstanding (quota 10); "
                          "50 allowed and 3 refused so far"));
}

TEST(SpillLog, ZoneThatStaysAboveItsLimitIsLoggedOnceAMinute) {
  SpillLog log;
  base::Instant now(1'000'000'000);
  std::vector<int> seconds;
  for (int second = 0; second < 150; ++second, now = now + 1s) {
    if (!look(log, zone(1 + static_cast<std::uint64_t>(second)), now).empty()) seconds.push_back(second);
  }
  EXPECT_THAT(seconds, ElementsAre(0, 60, 120));
}

TEST(SpillLog, ZoneBelowItsLimitIsNotLogged) {
  SpillLog log;
  base::Instant now(1'000'000'000);
  EXPECT_THAT(look(log, zone(3), now), SizeIs(1));
  for (int second = 1; second < 100; ++second) EXPECT_THAT(look(log, zone(3), now + second * 1s), IsEmpty());
}

TEST(SpillLog, ZonesHaveALineEachAndManyAtOnceASummary) {
  SpillLog log;
  std::vector<egress::ZoneRow> rows;
  for (int i = 0; i < 20; ++i) rows.push_back(zone(1, "z" + std::to_string(i)));
  const base::Instant now(1'000'000'000);
  const auto first = log.look(rows, now);
  ASSERT_THAT(first, SizeIs(SpillLog::kLinesAtOnce + 1));
  EXPECT_THAT(first.back(), HasSubstr("12 more zones"));
  EXPECT_THAT(log.look(rows, now + 1s), SizeIs(SpillLog::kLinesAtOnce + 1))
      << "the lines left out come at the next look";
}

TEST(SpillLog, RowsAreFetchedOnlyAfterACounterHasMoved) {
  SpillLog log;
  egress::EngineCounters counters;
  EXPECT_FALSE(log.has_news(counters));
  counters.add(egress::EngineCounter::kRefusedZone);
  EXPECT_TRUE(log.has_news(counters));
  EXPECT_FALSE(log.has_news(counters));
  counters.add(egress::EngineCounter::kShedZone);
  EXPECT_TRUE(log.has_news(counters));
}

}  // namespace
