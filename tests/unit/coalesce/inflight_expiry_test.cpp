// SPDX-License-Identifier: Apache-2.0
// How waiting ends: answered in order, out of patience, or gone with the question.
#include <vector>

#include <gtest/gtest.h>

#include "support/inflight_world.hpp"

namespace {

using coalesce::Join;
using coalesce::Joined;
using coalesce::Waiter;
using std::chrono_literals::operator""ms;
using test::Asker;
using test::InflightWorld;
using test::Key;
using test::numbered;

std::vector<Asker> pop_all(InflightWorld& world, base::Handle handle) {
  std::vector<Asker> askers;
  Waiter out;
  while (world.table.pop_waiter(handle, out)) askers.push_back(test::asker_of(out));
  return askers;
}

/// Everybody whose patience is over, with the question each waited for.
std::vector<std::pair<Asker, base::Handle>> expire_all(InflightWorld& world, std::size_t questions = 1'000) {
  std::vector<std::pair<Asker, base::Handle>> expired;
  Waiter out;
  base::Handle question;
  while (world.table.pop_expired(world.now, questions, out, question))
    expired.emplace_back(test::asker_of(out), question);
  return expired;
}

TEST(InflightPop, LongestWaitingClientIsAnsweredFirst) {
  InflightWorld world;
  Joined joined;
  const std::vector<Asker> askers{{3, 1'000, 1}, {1, 1'000, 1}, {2, 1'000, 1}};
  for (const Asker& asker : askers) {
    joined = world.join(Key("www.example"), asker);
    world.now = world.now + 1ms;
  }
  EXPECT_EQ(pop_all(world, joined.handle), askers);
  EXPECT_TRUE(world.table.is_open(joined.handle)) << "until its completion is done with it";
}

TEST(InflightPop, WaiterComesBackAsItWasGiven) {
  InflightWorld world;
  Waiter waiter = test::waiter({9, 5'353, 0xbeef}, world.now);
  waiter.letter_case.words = {1, 2, 3, 4};
  waiter.reply_flow.vlan_tci = 12;
  waiter.reply_flow.source_port = base::UdpPort(53);
  waiter.client.query_flags = 0x0110;
  waiter.client.edns.present = true;
  waiter.client.limit_bytes = 1'232;
  const Key key("www.example");
  const Joined joined = world.table.join(key.hash(), key.view(), waiter, world.now);
  Waiter out;
  ASSERT_TRUE(world.table.pop_waiter(joined.handle, out));
  EXPECT_EQ(out.letter_case, waiter.letter_case);
  EXPECT_EQ(out.arrived, waiter.arrived);
  EXPECT_EQ(out.reply_flow.vlan_tci, 12);
  EXPECT_EQ(out.reply_flow.destination, waiter.reply_flow.destination);
  EXPECT_EQ(out.reply_flow.source_port, base::UdpPort(53));
  EXPECT_EQ(out.client.id, base::TxId(0xbeef));
  EXPECT_EQ(out.client.query_flags, 0x0110);
  EXPECT_TRUE(out.client.edns.present);
  EXPECT_EQ(out.client.limit_bytes, 1'232);
}

TEST(InflightPop, WaiterThatArrivedEarlierElsewhereTakesItsPlaceInTheOrder) {
  InflightWorld world;
  const Key key("www.example");
  const auto join_at = [&](std::uint8_t host, std::chrono::milliseconds before) {
    return world.table.join(key.hash(), key.view(), test::waiter({host, 1, 1}, world.now - before), world.now);
  };
  join_at(1, 50ms);
  join_at(2, 10ms);
  join_at(3, 30ms);
  const Joined joined = join_at(4, 90ms);
  EXPECT_EQ(pop_all(world, joined.handle), (std::vector<Asker>{{4, 1, 1}, {1, 1, 1}, {3, 1, 1}, {2, 1, 1}}));
}

TEST(InflightExpiry, PatienceEndsAfterItsTimeAndNotBefore) {
  InflightWorld world;
  const Joined joined = world.join(Key("www.example"), {1, 1'000, 1});
  world.now = world.now + 4'799ms;
  EXPECT_TRUE(expire_all(world).empty());
  world.now = world.now + 1ms;
  const auto expired = expire_all(world);
  ASSERT_EQ(expired.size(), 1U);
  EXPECT_EQ(expired[0].first, (Asker{1, 1'000, 1}));
  EXPECT_EQ(expired[0].second, joined.handle);
  EXPECT_EQ(world.table.waiting_clients(), 0U);
}

TEST(InflightExpiry, OnlyThoseWhoseTimeIsOverLeave) {
  InflightWorld world;
  const Joined joined = world.join(Key("www.example"), {1, 1'000, 1});
  world.now = world.now + 1'000ms;
  world.join(Key("www.example"), {2, 1'000, 1});
  world.now = world.now + 3'800ms;
  EXPECT_EQ(expire_all(world).size(), 1U);
  EXPECT_EQ(pop_all(world, joined.handle), (std::vector<Asker>{{2, 1'000, 1}}));
}

// The upstream answer still counts: forgetting the question would ask the same name twice.
TEST(InflightExpiry, QuestionWithoutWaitersStaysOpenForItsCompletion) {
  InflightWorld world;
  const Joined joined = world.join(Key("www.example"), {1, 1'000, 1});
  world.now = world.now + 5'000ms;
  expire_all(world);
  EXPECT_TRUE(world.table.is_open(joined.handle));
  EXPECT_EQ(joined.interest->waiters.load(), 0U);
  const Joined late = world.join(Key("www.example"), {1, 1'000, 1});
  EXPECT_EQ(late.verdict, Join::kJoined);
  EXPECT_EQ(late.handle, joined.handle);
  EXPECT_EQ(joined.interest->deadline_ns.load(), (world.now + 4'800ms).ns());
}

TEST(InflightExpiry, ExpiredWaiterNoLongerCountsForItsClient) {
  coalesce::Settings settings = InflightWorld::small();
  settings.max_waiting_per_client = 1;
  InflightWorld world(settings);
  world.join(numbered(1), {1, 1'000, 1});
  ASSERT_EQ(world.join(numbered(2), {1, 1'000, 2}).verdict, Join::kClientFull);
  world.now = world.now + 5'000ms;
  expire_all(world);
  EXPECT_EQ(world.join(numbered(2), {1, 1'000, 2}).verdict, Join::kOpened);
}

TEST(InflightExpiry, EachLookIsBoundedAndTheNextGoesOnBehindIt) {
  InflightWorld world;
  for (std::size_t i = 0; i < 12; ++i) {
    if (i != 7) world.now = test::kStart + 1'000ms;
    world.join(numbered(i), {1, 1'000, static_cast<std::uint16_t>(i)});
    world.now = test::kStart;
  }
  world.now = test::kStart + 4'800ms;  // question 7 alone
  Waiter out;
  base::Handle question;
  for (int look = 0; look < 3; ++look) EXPECT_FALSE(world.table.pop_expired(world.now, 2, out, question));
  ASSERT_TRUE(world.table.pop_expired(world.now, 2, out, question));
  EXPECT_EQ(question.index, 7U);
}

TEST(InflightExpiry, AllWaitersOfOneQuestionLeaveInOneRound) {
  InflightWorld world;
  for (std::uint16_t i = 0; i < 20; ++i) world.join(Key("www.example"), {1, 1'000, i});
  world.now = world.now + 5'000ms;
  EXPECT_EQ(expire_all(world, 1).size(), 20U);
}

TEST(InflightExpiry, LookThatFindsNothingMovesOn) {
  InflightWorld world;
  for (std::size_t i = 0; i < 8; ++i) world.join(numbered(i), {1, 1'000, static_cast<std::uint16_t>(i)});
  world.now = world.now + 1'000ms;
  Waiter out;
  base::Handle question;
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(world.table.pop_expired(world.now, 2, out, question));
  world.now = world.now + 4'000ms;
  EXPECT_FALSE(world.table.pop_expired(world.now, 0, out, question));
  EXPECT_EQ(expire_all(world).size(), 8U);
}

TEST(InflightFullest, IsTheQuestionAndTheClientWithMostWaitersAndTheNextOnesWhenTheyAreGone) {
  InflightWorld world;
  const auto first = world.join(numbered(1), {1, 1'000, 1});
  for (std::uint16_t id = 2; id <= 3; ++id) world.join(numbered(1), {1, 1'000, id});
  for (const std::uint8_t host : {2, 3}) world.join(numbered(2), {host, 1'000, 1});
  const auto look = [&] {
    Waiter out;
    base::Handle question;
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(world.table.pop_expired(world.now, 16, out, question));
  };
  look();
  EXPECT_EQ(world.table.gauges().fullest_query.read(), 3U);
  EXPECT_EQ(world.table.gauges().fullest_client.read(), 3U);
  world.table.close(first.handle);
  look();
  EXPECT_EQ(world.table.gauges().fullest_query.read(), 2U);
  EXPECT_EQ(world.table.gauges().fullest_client.read(), 1U);
}

TEST(InflightExpiry, EmptyTableHasNobodyToExpire) {
  InflightWorld world;
  EXPECT_TRUE(expire_all(world).empty());
}

TEST(InflightClose, RemainingWaitersGoWithTheQuestion) {
  InflightWorld world;
  Joined joined;
  for (std::uint16_t i = 0; i < 5; ++i) joined = world.join(Key("www.example"), {1, 1'000, i});
  world.join(Key("other.example"), {1, 1'000, 1});
  world.table.close(joined.handle);
  EXPECT_EQ(world.table.waiting_clients(), 1U);
  EXPECT_EQ(world.table.pending_queries(), 1U);
  world.now = world.now + 10'000ms;
  EXPECT_EQ(expire_all(world).size(), 1U);
}

}  // namespace
