// SPDX-License-Identifier: Apache-2.0
// A completed question's clients: how many at once, how many at all.
#include <vector>

#include <gtest/gtest.h>

#include "support/inflight_world.hpp"

namespace {

using coalesce::InflightTable;
using coalesce::Join;
using coalesce::Joined;
using coalesce::NextWaiter;
using coalesce::Settings;
using coalesce::Waiter;
using std::chrono_literals::operator""ms;
using test::InflightWorld;
using test::Key;
using test::numbered;

Settings paced(std::uint32_t answers) {
  Settings settings = InflightWorld::small();
  settings.answers_per_burst = answers;
  return settings;
}

struct Walk {
  int taken = 0;
  int held_back = 0;
};

Walk walk(InflightWorld& world, base::Handle handle) {
  Walk counted;
  Waiter out;
  for (;;) {
    switch (world.table.next_waiter(handle, world.now, out)) {
      case NextWaiter::kTaken:
        ++counted.taken;
        break;
      case NextWaiter::kHeldBack:
        ++counted.held_back;
        break;
      case NextWaiter::kNone:
        return counted;
    }
  }
}

// CVE-2024-33655: queries gathered over seconds leave as one pulse of answers.
TEST(Burst, OneAddressGetsNoMoreAnswersThanItsShare) {
  InflightWorld world(paced(4));
  Joined joined;
  for (std::uint16_t id = 0; id < 10; ++id) joined = world.join(Key("www.example"), {1, 1'000, id});
  world.join(Key("www.example"), {2, 1'000, 1});
  ASSERT_TRUE(world.table.begin_answers(joined.handle));
  const Walk first = walk(world, joined.handle);
  EXPECT_EQ(first.taken, 5) << "four of one address, and the other one's";
  EXPECT_EQ(first.held_back, 6);
  EXPECT_TRUE(world.table.has_waiters(joined.handle));
}

TEST(Burst, ShareCountsOverAllQuestionsOfTheAddress) {
  InflightWorld world(paced(4));
  int taken = 0;
  for (std::uint16_t n = 0; n < 3; ++n) {
    for (std::uint16_t id = 0; id < 3; ++id) world.join(numbered(n), {1, n, id});
  }
  for (std::uint16_t n = 0; n < 3; ++n) {
    const Joined joined = world.join(numbered(n), {9, 1, n});
    ASSERT_TRUE(world.table.begin_answers(joined.handle));
    taken += walk(world, joined.handle).taken;
  }
  EXPECT_EQ(taken, 4 + 3);
}

TEST(Burst, RestFollowsInTheNextOnes) {
  InflightWorld world(paced(4));
  Joined joined;
  for (std::uint16_t id = 0; id < 10; ++id) joined = world.join(Key("www.example"), {1, 1'000, id});
  ASSERT_TRUE(world.table.begin_answers(joined.handle));
  EXPECT_EQ(walk(world, joined.handle).taken, 4);
  world.table.put_off(joined.handle);
  std::vector<int> taken;
  base::Handle handle;
  while (world.table.resume_put_off(handle)) {
    ASSERT_EQ(handle, joined.handle);
    world.now = world.now + 5ms;
    taken.push_back(walk(world, handle).taken);
    world.table.has_waiters(handle) ? world.table.put_off(handle) : world.table.close(handle);
  }
  EXPECT_EQ(taken, (std::vector<int>{0, 4, 0, 2}));
  EXPECT_EQ(world.table.pending_queries(), 0U);
  EXPECT_EQ(world.table.waiting_clients(), 0U);
}

TEST(Burst, WhoAsksMeanwhileOpensAQuestionAnew) {
  InflightWorld world(paced(1));
  world.join(Key("www.example"), {1, 1'000, 1});
  const Joined joined = world.join(Key("www.example"), {1, 1'000, 2});
  ASSERT_TRUE(world.table.begin_answers(joined.handle));
  walk(world, joined.handle);
  world.table.put_off(joined.handle);
  const Joined next = world.join(Key("www.example"), {3, 1'000, 1});
  EXPECT_EQ(next.verdict, Join::kOpened);
  EXPECT_NE(next.handle, joined.handle);
  EXPECT_EQ(world.table.key(joined.handle), Key("www.example").view()) << "its name goes into the late answers";
}

TEST(Burst, PatienceEndsForThoseWhoArePutOffToo) {
  InflightWorld world(paced(1));
  world.join(Key("www.example"), {1, 1'000, 1});
  const Joined joined = world.join(Key("www.example"), {1, 1'000, 2});
  ASSERT_TRUE(world.table.begin_answers(joined.handle));
  walk(world, joined.handle);
  world.table.put_off(joined.handle);
  world.now = world.now + 4'800ms;
  Waiter out;
  base::Handle handle;
  EXPECT_TRUE(world.table.pop_expired(world.now, 16, out, handle));
  ASSERT_TRUE(world.table.resume_put_off(handle));
  EXPECT_FALSE(world.table.has_waiters(handle));
}

TEST(Burst, ClientsOverTcpHaveNoShare) {
  InflightWorld world(paced(2));
  Joined joined;
  for (std::uint16_t id = 0; id < 9; ++id) {
    Waiter waiter = test::waiter({1, 1'000, id}, world.now);
    waiter.stream = {3, 1};
    joined = world.table.join(Key("www.example").hash(), Key("www.example").view(), waiter, world.now);
  }
  ASSERT_TRUE(world.table.begin_answers(joined.handle));
  EXPECT_EQ(walk(world, joined.handle).taken, 9);
}

TEST(Burst, ZeroIsNoLimit) {
  InflightWorld world(paced(0));
  Joined joined;
  for (std::uint16_t id = 0; id < 50; ++id) joined = world.join(Key("www.example"), {1, 1'000, id});
  ASSERT_TRUE(world.table.begin_answers(joined.handle));
  EXPECT_EQ(walk(world, joined.handle).taken, 50);
}

Settings spilling(std::uint32_t limit, std::uint32_t max) {
  Settings settings = InflightWorld::small();
  settings.per_query = {limit, max};
  settings.answers_per_burst = 0;
  return settings;
}

/// Returns how many clients of a new question are admitted; then answers it.
std::uint32_t admitted(InflightWorld& world, std::size_t name, std::uint16_t clients) {
  std::uint32_t in = 0;
  base::Handle handle;
  for (std::uint16_t i = 0; i < clients; ++i) {
    const Joined joined = world.join(numbered(name), {static_cast<std::uint8_t>(i), 1, i});
    if (joined.verdict == Join::kSpilled) continue;
    ++in;
    handle = joined.handle;
  }
  EXPECT_TRUE(world.table.begin_answers(handle));
  walk(world, handle);
  world.table.close(handle);
  return in;
}

TEST(ClientsPerQuery, LimitGrowsByFiveWhenAFullListIsAnsweredUpToItsMaximum) {
  InflightWorld world(spilling(10, 22));
  EXPECT_EQ(admitted(world, 1, 40), 10U);
  EXPECT_EQ(admitted(world, 2, 40), 15U);
  EXPECT_EQ(admitted(world, 3, 40), 20U);
  EXPECT_EQ(admitted(world, 4, 40), 22U);
  EXPECT_EQ(admitted(world, 5, 40), 22U);
}

TEST(ClientsPerQuery, ListThatSpilledNobodyMovesNothing) {
  InflightWorld world(spilling(10, 100));
  EXPECT_EQ(admitted(world, 1, 10), 10U);
  EXPECT_EQ(admitted(world, 2, 40), 10U);
}

TEST(ClientsPerQuery, ListThatIsNoLongerFullMovesNothing) {
  InflightWorld world(spilling(10, 100));
  Joined joined;
  for (std::uint8_t i = 0; i < 11; ++i) {
    const Joined one = world.join(numbered(1), {i, 1, 1});
    if (one.verdict != Join::kSpilled) joined = one;
  }
  Waiter out;
  ASSERT_TRUE(world.table.pop_waiter(joined.handle, out));  // out of patience, say
  ASSERT_TRUE(world.table.begin_answers(joined.handle));
  walk(world, joined.handle);
  world.table.close(joined.handle);
  EXPECT_EQ(admitted(world, 2, 40), 10U);
}

TEST(ClientsPerQuery, LimitFallsByOneEveryTwentyMinutesToWhereItBegan) {
  InflightWorld world(spilling(10, 100));
  EXPECT_EQ(admitted(world, 1, 40), 10U);
  EXPECT_EQ(world.table.gauges().per_query.read(), 15U);
  world.now = world.now + std::chrono::minutes(20) - 1ms;
  world.join(numbered(9), {1, 1, 1});
  EXPECT_EQ(world.table.gauges().per_query.read(), 15U);
  world.now = world.now + 1ms;
  world.join(numbered(9), {2, 1, 1});
  EXPECT_EQ(world.table.gauges().per_query.read(), 14U);
  world.now = world.now + std::chrono::hours(24);
  world.join(numbered(9), {3, 1, 1});
  EXPECT_EQ(world.table.gauges().per_query.read(), 10U);
}

TEST(ClientsPerQuery, ZeroIsOff) {
  InflightWorld world(spilling(0, 100));
  EXPECT_EQ(admitted(world, 1, 60), 60U);
}

TEST(ClientsPerQuery, ReloadMovesTheLimitIntoItsNewRange) {
  InflightWorld world(spilling(10, 100));
  EXPECT_EQ(admitted(world, 1, 40), 10U);
  Settings next = spilling(3, 12);
  world.table.apply(next);
  EXPECT_EQ(admitted(world, 2, 40), 12U);
  next.per_query = {0, 100};
  world.table.apply(next);
  EXPECT_EQ(admitted(world, 3, 60), 60U);
}

}  // namespace
