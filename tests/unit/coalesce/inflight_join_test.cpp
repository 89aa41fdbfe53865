// SPDX-License-Identifier: Apache-2.0
// Who opens a question, who joins it, who is turned away.
#include <gtest/gtest.h>

#include "support/inflight_world.hpp"

namespace {

using coalesce::InflightTable;
using coalesce::Join;
using coalesce::Joined;
using coalesce::Scope;
using coalesce::Settings;
using coalesce::Waiter;
using std::chrono_literals::operator""ms;
using test::Asker;
using test::InflightWorld;
using test::Key;
using test::numbered;

// RFC 5452 §5: one question in flight, or a forger's chance grows with the square of their number.
TEST(InflightJoin, SecondAskerOfAQuestionJoinsTheFirst) {
  InflightWorld world;
  const Joined first = world.join(Key("www.example"), {1, 1'000, 1});
  const Joined second = world.join(Key("www.example"), {2, 1'000, 1});
  EXPECT_EQ(first.verdict, Join::kOpened);
  EXPECT_EQ(second.verdict, Join::kJoined);
  EXPECT_EQ(first.handle, second.handle);
  EXPECT_EQ(first.interest, second.interest);
  EXPECT_EQ(world.table.pending_queries(), 1U);
  EXPECT_EQ(world.table.waiting_clients(), 2U);
}

TEST(InflightJoin, DifferentQuestionsAreOpenedApart) {
  InflightWorld world;
  for (const Key& key :
       {Key("a.example"), Key("b.example"), Key("a.example", 28), Key("a.example", 1, 1), Key("a.example", 1, 0, 2)}) {
    EXPECT_EQ(world.join(key).verdict, Join::kOpened);
  }
  EXPECT_EQ(world.table.pending_queries(), 5U);
}

TEST(InflightJoin, EqualHashesOfDifferentNamesDoNotMixThem) {
  InflightWorld world;
  const Waiter waiter = test::waiter({}, world.now);
  EXPECT_EQ(world.table.join(7, Key("a.example").view(), waiter, world.now).verdict, Join::kOpened);
  EXPECT_EQ(world.table.join(7, Key("b.example").view(), waiter, world.now).verdict, Join::kOpened);
}

TEST(InflightJoin, KeyOfAQuestionIsTheTablesOwnCopy) {
  InflightWorld world;
  Joined joined;
  {
    const Key gone("www.example", 28, 1, 3);
    joined = world.join(gone);
  }
  EXPECT_EQ(world.table.key(joined.handle), Key("www.example", 28, 1, 3).view());
}

TEST(InflightJoin, NewcomerFilledInPlaceIsTheOneThatWaits) {
  InflightWorld world;
  const Key key("www.example");
  for (const std::uint16_t id : {1, 2}) {
    world.table.newcomer() = test::waiter({1, 1'000, id}, world.now);
    static_cast<void>(world.table.join(key.hash(), key.view(), world.now));
  }
  world.table.newcomer() = test::waiter({1, 1'000, 3}, world.now);  // has not joined
  const Joined joined = world.join(key, {1, 1'000, 2});
  EXPECT_EQ(joined.verdict, Join::kDuplicate);
  Waiter waiter;
  for (const std::uint16_t id : {1, 2}) {
    ASSERT_TRUE(world.table.pop_waiter(joined.handle, waiter));
    EXPECT_EQ(test::asker_of(waiter), (Asker{1, 1'000, id}));
  }
  EXPECT_FALSE(world.table.pop_waiter(joined.handle, waiter));
}

// Waiting clients, as many as may be dropped before anybody looks, and the newcomer: each has a place of its own.
TEST(InflightJoin, NewcomerHasAPlaceWhenAllOthersAreTaken) {
  Settings settings = InflightWorld::small();
  settings.max_waiting = 4;
  InflightWorld world(settings);
  for (std::uint16_t id = 0; id < 1'000; ++id) static_cast<void>(world.join(Key("www.example"), {1, 1'000, id}));
  EXPECT_LE(world.table.waiting_clients(), 4U);
  Waiter waiter;
  base::Handle question;
  coalesce::Drop by{};
  std::size_t dropped = 0;
  while (world.table.pop_dropped(waiter, question, by)) ++dropped;
  EXPECT_EQ(dropped, 256U);
}

TEST(InflightJoin, LongestKeyIsKeptWhole) {
  InflightWorld world;
  const std::string label(63, 'x');
  const Key key(label + "." + label + "." + label + "." + std::string(61, 'y'));
  const Joined joined = world.join(key);
  world.join(numbered(1));
  EXPECT_EQ(world.table.key(joined.handle), key.view());
}

TEST(InflightJoin, ClientsRetransmissionWaitsOnceAndNudges) {
  InflightWorld world;
  const Joined first = world.join(Key("www.example"), {1, 1'000, 7});
  const Joined again = world.join(Key("www.example"), {1, 1'000, 7});
  EXPECT_EQ(again.verdict, Join::kDuplicate);
  EXPECT_EQ(again.handle, first.handle);
  EXPECT_EQ(again.interest, first.interest);
  EXPECT_EQ(world.table.waiting_clients(), 1U);
  EXPECT_EQ(first.interest->retransmits.load(), 1U);
}

TEST(InflightJoin, AddressPortIdAndQuestionTellARetransmission) {
  InflightWorld world;
  world.join(Key("www.example"), {1, 1'000, 7});
  EXPECT_EQ(world.join(Key("www.example"), {2, 1'000, 7}).verdict, Join::kJoined);
  EXPECT_EQ(world.join(Key("www.example"), {1, 1'001, 7}).verdict, Join::kJoined);
  EXPECT_EQ(world.join(Key("www.example"), {1, 1'000, 8}).verdict, Join::kJoined);
  EXPECT_EQ(world.join(Key("other.example"), {1, 1'000, 7}).verdict, Join::kOpened);
}

TEST(InflightOthers, WaitersFromAnotherAddressThanTheFirstAskersAreCounted) {
  InflightWorld world;
  const Joined first = world.join(Key("www.example"), {1, 1'000, 1});
  EXPECT_EQ(first.interest->others.load(), 0U);
  world.join(Key("www.example"), {1, 2'000, 2});
  EXPECT_EQ(first.interest->others.load(), 0U) << "the same client, from another port";
  world.join(Key("www.example"), {2, 1'000, 1});
  world.join(Key("www.example"), {3, 1'000, 1});
  EXPECT_EQ(first.interest->others.load(), 2U);
  world.join(Key("www.example"), {3, 1'000, 1});
  EXPECT_EQ(first.interest->others.load(), 2U) << "a retransmission is no new client";
}

TEST(InflightOthers, WhoAskedFirstIsRememberedWhenItHasGone) {
  InflightWorld world;
  const Joined first = world.join(Key("www.example"), {1, 1'000, 1});
  world.join(Key("www.example"), {2, 1'000, 1});
  Waiter out;
  ASSERT_TRUE(world.table.pop_waiter(first.handle, out));
  EXPECT_EQ(first.interest->others.load(), 1U);
  world.join(Key("www.example"), {1, 3'000, 3});
  EXPECT_EQ(first.interest->others.load(), 1U) << "it has come back";
  ASSERT_TRUE(world.table.pop_waiter(first.handle, out));
  EXPECT_EQ(first.interest->others.load(), 0U);
}

TEST(InflightOthers, ThoseWhosePatienceIsOverCountNoMore) {
  InflightWorld world;
  const Joined first = world.join(Key("www.example"), {1, 1'000, 1});
  world.join(Key("www.example"), {2, 1'000, 1});
  world.now = world.now + 4'800ms;
  Waiter out;
  base::Handle question;
  while (world.table.pop_expired(world.now, 16, out, question)) continue;
  EXPECT_EQ(first.interest->others.load(), 0U);
}

TEST(InflightOthers, NextQuestionInAPlaceBeginsWithNone) {
  InflightWorld world;
  const Joined first = world.join(Key("www.example"), {1, 1'000, 1});
  world.join(Key("www.example"), {2, 1'000, 1});
  world.table.close(first.handle);
  const Joined next = world.join(Key("next.example"), {2, 1'000, 1});
  ASSERT_EQ(next.interest, first.interest);
  EXPECT_EQ(next.interest->others.load(), 0U);
}

TEST(InflightJoin, AnsweredClientMayAskAgain) {
  InflightWorld world;
  const Joined first = world.join(Key("www.example"));
  Waiter out;
  ASSERT_TRUE(world.table.pop_waiter(first.handle, out));
  EXPECT_EQ(world.join(Key("www.example")).verdict, Join::kJoined);
}

TEST(InflightLimits, FullTableOfQuestionsRefusesANewOneButLetsOthersJoin) {
  InflightWorld world;
  for (std::size_t i = 0; i < 16; ++i) ASSERT_EQ(world.join(numbered(i)).verdict, Join::kOpened);
  const Joined refused = world.join(numbered(16));
  EXPECT_EQ(refused.verdict, Join::kTableFull);
  EXPECT_EQ(refused.interest, nullptr);
  EXPECT_EQ(world.join(numbered(3), {2, 1, 1}).verdict, Join::kJoined);
  EXPECT_EQ(world.table.waiting_clients(), 17U);
}

TEST(InflightLimits, FullTableOfWaitersRefusesANewcomerWithoutOpening) {
  Settings settings = InflightWorld::small();
  settings.drop_policy = {0, 0, 100};
  InflightWorld world(settings);
  for (std::uint16_t i = 0; i < 64; ++i) world.join(Key("www.example"), {1, 1'000, i});
  EXPECT_EQ(world.join(Key("www.example"), {1, 1'000, 5}).verdict, Join::kDuplicate)
      << "who waits already is no newcomer";
  EXPECT_EQ(world.join(Key("new.example"), {2, 1, 1}).verdict, Join::kWaitersFull);
  EXPECT_EQ(world.table.pending_queries(), 1U);
  EXPECT_EQ(world.table.waiting_clients(), 63U);
}

TEST(InflightLimits, QuestionHasItsMostWaiters) {
  Settings settings = InflightWorld::small();
  settings.max_waiters_per_query = 3;
  InflightWorld world(settings);
  for (std::uint16_t i = 0; i < 3; ++i) world.join(Key("www.example"), {1, 1'000, i});
  EXPECT_EQ(world.join(Key("www.example"), {1, 1'000, 9}).verdict, Join::kQueryFull);
  EXPECT_EQ(world.join(Key("other.example"), {1, 1'000, 9}).verdict, Join::kOpened);
}

TEST(InflightLimits, ClientAddressHasItsMostWaitersWhateverItsPorts) {
  Settings settings = InflightWorld::small();
  settings.max_waiting_per_client = 2;
  InflightWorld world(settings);
  const Joined first = world.join(numbered(1), {1, 1'000, 1});
  world.join(numbered(2), {1, 2'000, 2});
  EXPECT_EQ(world.join(numbered(3), {1, 3'000, 3}).verdict, Join::kClientFull);
  EXPECT_EQ(world.join(numbered(1), {1, 3'000, 3}).verdict, Join::kClientFull);
  EXPECT_EQ(world.join(numbered(3), {2, 3'000, 3}).verdict, Join::kOpened) << "another client";
  EXPECT_EQ(world.table.pending_queries(), 3U);

  Waiter out;
  ASSERT_TRUE(world.table.pop_waiter(first.handle, out));
  EXPECT_EQ(world.join(numbered(4), {1, 3'000, 3}).verdict, Join::kOpened) << "one of its waiters was answered";
}

TEST(InflightLimits, ClosedQuestionGivesBackAllThatItHeld) {
  Settings settings = InflightWorld::small();
  settings.max_waiting_per_client = 64;
  InflightWorld world(settings);
  for (int round = 0; round < 50; ++round) {
    Joined joined;
    for (std::uint16_t i = 0; i < 64; ++i) joined = world.join(Key("www.example"), {1, 1'000, i});
    ASSERT_EQ(joined.verdict, Join::kJoined);
    world.table.close(joined.handle);
    ASSERT_EQ(world.table.waiting_clients(), 0U);
    ASSERT_EQ(world.table.pending_queries(), 0U);
  }
}

TEST(InflightScope, WithoutCoalescingEveryAskerOpensAQuestion) {
  Settings settings = InflightWorld::small();
  settings.scope = Scope::kOff;
  InflightWorld world(settings);
  const Joined first = world.join(Key("www.example"), {1, 1'000, 1});
  const Joined second = world.join(Key("www.example"), {2, 1'000, 1});
  EXPECT_EQ(second.verdict, Join::kOpened);
  EXPECT_NE(first.handle, second.handle);
  world.table.close(first.handle);
  EXPECT_TRUE(world.table.is_open(second.handle));
  world.table.close(second.handle);
  EXPECT_EQ(world.table.pending_queries(), 0U);
}

TEST(InflightHandle, DefaultHandleAndForeignPlacesAreNotOpen) {
  InflightWorld world;
  EXPECT_FALSE(world.table.is_open({}));
  EXPECT_FALSE(world.table.is_open({1'000'000, 1}));
  world.join(Key("www.example"));
  EXPECT_FALSE(world.table.is_open({}));
  EXPECT_TRUE(world.table.key({1'000'000, 1}).bytes().empty());
}

TEST(InflightHandle, LateCompletionNeverMeetsAReusedPlace) {
  InflightWorld world;
  const Joined first = world.join(Key("www.example"));
  world.table.close(first.handle);
  const Joined second = world.join(Key("other.example"));
  ASSERT_EQ(first.handle.index, second.handle.index);
  EXPECT_FALSE(world.table.is_open(first.handle));
  EXPECT_TRUE(world.table.is_open(second.handle));
  Waiter out;
  EXPECT_FALSE(world.table.pop_waiter(first.handle, out));
  world.table.close(first.handle);
  EXPECT_TRUE(world.table.is_open(second.handle));
  EXPECT_TRUE(world.table.key(first.handle).bytes().empty());
}

TEST(InflightInterest, EgressSeesHowManyWaitAndUntilWhen) {
  InflightWorld world;
  const Joined joined = world.join(Key("www.example"), {1, 1'000, 1});
  EXPECT_EQ(joined.interest->generation.load(), joined.handle.generation);
  EXPECT_EQ(joined.interest->waiters.load(), 1U);
  EXPECT_EQ(joined.interest->deadline_ns.load(), (world.now + 4'800ms).ns());
  world.now = world.now + 100ms;
  world.join(Key("www.example"), {1, 1'000, 2});
  EXPECT_EQ(joined.interest->waiters.load(), 2U);
  EXPECT_EQ(joined.interest->deadline_ns.load(), (world.now + 4'800ms).ns());

  Waiter out;
  ASSERT_TRUE(world.table.pop_waiter(joined.handle, out));
  EXPECT_EQ(joined.interest->waiters.load(), 1U);
  world.table.close(joined.handle);
  EXPECT_EQ(joined.interest->waiters.load(), 0U);
  EXPECT_NE(joined.interest->generation.load(), joined.handle.generation);
}

TEST(InflightInterest, ReusedPlaceStartsWithoutTheNudgesOfItsPast) {
  InflightWorld world;
  Joined joined = world.join(Key("www.example"));
  world.join(Key("www.example"));
  ASSERT_EQ(joined.interest->retransmits.load(), 1U);
  world.table.close(joined.handle);
  world.now = world.now - 1'000ms;
  joined = world.join(Key("other.example"));
  EXPECT_EQ(joined.interest->retransmits.load(), 0U);
  EXPECT_EQ(joined.interest->deadline_ns.load(), (world.now + 4'800ms).ns());
}

TEST(InflightMemory, DefaultTableStaysBelowFortyEightMebibytes) {
  EXPECT_LT(InflightTable::bytes_needed(Settings{}), std::size_t{48} << 20U);
}

}  // namespace
