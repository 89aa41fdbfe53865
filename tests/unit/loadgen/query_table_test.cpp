// SPDX-License-Identifier: Apache-2.0
// What is outstanding: found by its key, due at its moment, in fixed room.
#include "loadgen/query_table.hpp"

#include <map>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"

namespace {

using base::Duration;
using base::Instant;
using loadgen::QueryTable;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Instant kBegin{5'000'000'000'000};

std::vector<std::uint32_t> due_at(QueryTable& table, Instant now) {
  std::vector<std::uint32_t> slots;
  table.expire(now, [&](std::uint32_t slot) {
    slots.push_back(slot);
    table.close(slot);
  });
  return slots;
}

TEST(QueryTableKeys, EndpointAndIdTogetherFindAQuestion) {
  QueryTable table(8);
  const std::uint32_t one = table.open(3, 7);
  const std::uint32_t other = table.open(7, 3);
  EXPECT_EQ(table.find(3, 7), one);
  EXPECT_EQ(table.find(7, 3), other);
  EXPECT_EQ(table.find(3, 3), QueryTable::kNone);
  table.close(one);
  EXPECT_EQ(table.find(3, 7), QueryTable::kNone);
  EXPECT_EQ(table.find(7, 3), other);
}

TEST(QueryTableRoom, AFullTableSaysSoAndAClosedQuestionMakesRoom) {
  QueryTable table(2);
  const std::uint32_t first = table.open(1, 1);
  ASSERT_NE(table.open(1, 2), QueryTable::kNone);
  EXPECT_EQ(table.open(1, 3), QueryTable::kNone);
  table.close(first);
  EXPECT_NE(table.open(1, 3), QueryTable::kNone);
  EXPECT_EQ(table.size(), 2U);
}

TEST(QueryTableRoom, AllIdsOfAPortCanBeOutAtOnce) {
  QueryTable table(70'000);
  for (std::uint32_t id = 0; id <= 0xffff; ++id) {
    ASSERT_NE(table.open(9, static_cast<std::uint16_t>(id)), QueryTable::kNone);
  }
  for (std::uint32_t id = 0; id <= 0xffff; ++id) {
    ASSERT_EQ(table[table.find(9, static_cast<std::uint16_t>(id))].id, id);
  }
}

TEST(QueryTableDeadlines, AQuestionIsDueAtItsMomentAndNotBefore) {
  QueryTable table(4);
  static_cast<void>(due_at(table, kBegin));
  const std::uint32_t slot = table.open(0, 0);
  table.set_deadline(slot, kBegin + 5s);
  EXPECT_THAT(due_at(table, kBegin + 5s - Duration(1)), IsEmpty());
  EXPECT_THAT(due_at(table, kBegin + 5s), ElementsAre(slot));
}

TEST(QueryTableDeadlines, OneBeyondTheWheelIsDueAtItsMomentToo) {
  QueryTable table(4);
  static_cast<void>(due_at(table, kBegin));
  const std::uint32_t slot = table.open(0, 0);
  table.set_deadline(slot, kBegin + 60s);
  for (Duration at = 1s; at < 60s; at += 1s) ASSERT_THAT(due_at(table, kBegin + at), IsEmpty());
  EXPECT_THAT(due_at(table, kBegin + 60s), ElementsAre(slot));
}

TEST(QueryTableDeadlines, NoneIsLostWhenTimeJumps) {
  QueryTable table(100);
  static_cast<void>(due_at(table, kBegin));
  for (std::uint16_t id = 0; id < 100; ++id) table.set_deadline(table.open(0, id), kBegin + id * 997ms);
  EXPECT_EQ(due_at(table, kBegin + 200s).size(), 100U);
}

TEST(QueryTableDeadlines, ANewDeadlineThatHasPassedIsDueInTheNextTurn) {
  QueryTable table(4);
  static_cast<void>(due_at(table, kBegin));
  table.set_deadline(table.open(0, 0), kBegin + 1s);
  int turns = 0;
  for (int i = 0; i < 10; ++i) {
    table.expire(kBegin + 10s, [&](std::uint32_t due) {
      ++turns;
      table.set_deadline(due, kBegin + 2s);
    });
  }
  EXPECT_GE(turns, 9);
}

// A map and a list of moments are the model.
TEST(QueryTableModel, ItAgreesWithAMapThroughAHundredThousandSteps) {
  QueryTable table(500);
  base::Random random(42);
  std::map<std::pair<std::uint32_t, std::uint16_t>, Instant> model;
  Instant now = kBegin;
  static_cast<void>(due_at(table, now));
  for (int step = 0; step < 100'000; ++step) {
    const std::uint32_t endpoint = random.below(4);
    const auto id = static_cast<std::uint16_t>(random.below(256));
    const auto known = model.find({endpoint, id});
    ASSERT_EQ(table.find(endpoint, id) != QueryTable::kNone, known != model.end());
    if (known != model.end() && random.below(2) == 0) {
      table.close(table.find(endpoint, id));
      model.erase(known);
    } else if (known == model.end() && model.size() < 500) {
      const Instant deadline = now + Duration(random.below(30'000) * 1'000'000LL);
      table.set_deadline(table.open(endpoint, id), deadline);
      model[{endpoint, id}] = deadline;
    }
    now = now + Duration(random.below(20'000'000));
    table.expire(now, [&](std::uint32_t slot) {
      const auto due = model.find({table[slot].endpoint, table[slot].id});
      ASSERT_NE(due, model.end());
      ASSERT_LE(due->second, now);
      model.erase(due);
      table.close(slot);
    });
    ASSERT_EQ(table.size(), model.size());
  }
  for (const auto& [key, deadline] : model) EXPECT_GT(deadline, now);
}

}  // namespace
