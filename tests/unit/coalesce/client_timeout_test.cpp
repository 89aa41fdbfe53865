// SPDX-License-Identifier: Apache-2.0
// What a client's own repetitions say about how long it is there.
#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>

#include "coalesce/learned_timeout.hpp"
#include "support/inflight_world.hpp"

namespace {

using coalesce::Join;
using coalesce::Joined;
using coalesce::LearnedTimeout;
using coalesce::Settings;
using coalesce::Waiter;
using std::chrono::milliseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using test::InflightWorld;
using test::Key;

Settings with_timeout(milliseconds timeout) {
  Settings settings = InflightWorld::small();
  settings.client_timeout = timeout;
  return settings;
}

class Client {
 public:
  explicit Client(milliseconds timeout = 4'800ms) : world(with_timeout(timeout)) {}

  /// Sends the question after each of these, beginning now, as one transaction: one port, one ID.
  void ask(const Key& key, std::initializer_list<milliseconds> gaps) {
    ++id_;
    joined = world.join(key, {1, 5'000, id_});
    for (const milliseconds gap : gaps) {
      world.now = world.now + gap;
      joined = world.join(key, {1, 5'000, id_});
      ASSERT_EQ(joined.verdict, Join::kDuplicate);
    }
  }
  [[nodiscard]] base::Duration there_for() const {
    return base::Instant(joined.interest->deadline_ns.load()) - world.now;
  }

  InflightWorld world;
  Joined joined;

 private:
  std::uint16_t id_ = 0;
};

TEST(LearnedTimeout, ClientThatNeverRepeatedHasThePatienceOfTheSettings) {
  Client client;
  client.ask(Key("www.example"), {});
  EXPECT_EQ(client.there_for(), 4'800ms);
}

// glibc: two packets, 5 s apart.
TEST(LearnedTimeout, GlibcIsThereForSixSecondsWherePatienceIsLongEnoughToSeeIt) {
  Client client(12s);
  client.ask(Key("www.example"), {5'000ms});
  EXPECT_EQ(client.there_for(), 6'000ms);
  Client short_of_it;
  short_of_it.ask(Key("www.example"), {});
  EXPECT_EQ(short_of_it.there_for(), 4'800ms) << "it is answered before it repeats anything";
}

// c-ares: three packets, 2 s apart.
TEST(LearnedTimeout, CAresIsThereForTwoPointFourSecondsAfterEachPacket) {
  Client client;
  client.ask(Key("www.example"), {2'000ms});
  EXPECT_EQ(client.there_for(), 2'400ms);
  client.ask(Key("www.example"), {2'000ms, 2'000ms});
  EXPECT_EQ(client.there_for(), 2'400ms);
  client.ask(Key("new.example"), {});
  EXPECT_EQ(client.there_for(), 2'400ms) << "what was learned holds for its next question";
}

// Windows: after 1, 1, 2 and 4 seconds.
TEST(LearnedTimeout, WindowsIsThereAsLongAsItsLargestGapSays) {
  Client client;
  client.ask(Key("www.example"), {1'000ms});
  EXPECT_EQ(client.there_for(), 1'200ms);
  client.ask(Key("two.example"), {1'000ms, 1'000ms, 2'000ms});
  EXPECT_EQ(client.there_for(), 2'400ms);
  client.ask(Key("three.example"), {1'000ms, 1'000ms, 2'000ms, 4'000ms});
  EXPECT_EQ(client.there_for(), 4'800ms);
  client.ask(Key("four.example"), {1'000ms});
  EXPECT_EQ(client.there_for(), 4'800ms) << "a small gap says less than the largest recent one";
}

TEST(LearnedTimeout, NobodyIsGoneWithinASecondNorThereBeyondThePatienceOfTheSettings) {
  Client client;
  client.ask(Key("www.example"), {300ms});
  EXPECT_EQ(client.there_for(), 1'000ms);
  client.ask(Key("two.example"), {4'700ms});
  EXPECT_EQ(client.there_for(), 4'800ms);
}

TEST(LearnedTimeout, CopyMadeOnTheWayTeachesNothing) {
  Client client;
  client.ask(Key("www.example"), {1ms});
  EXPECT_EQ(client.there_for(), 4'800ms);
}

TEST(LearnedTimeout, GapsAreForgottenAfterTwoWindows) {
  Client client;
  client.ask(Key("www.example"), {3'000ms});
  client.world.now = client.world.now + 2 * LearnedTimeout::kWindow;
  client.ask(Key("two.example"), {});
  EXPECT_EQ(client.there_for(), 4'800ms);
  client.ask(Key("three.example"), {1'000ms});
  EXPECT_EQ(client.there_for(), 1'200ms);
}

TEST(LearnedTimeout, OfAnotherAddressIsAnotherMatter) {
  Client client;
  client.ask(Key("www.example"), {1'000ms});
  const Joined other = client.world.join(Key("two.example"), {2, 5'000, 1});
  EXPECT_EQ(other.interest->deadline_ns.load(), (client.world.now + 4'800ms).ns());
}

TEST(LearnedTimeout, WhoTakesASlotLeavesTheOtherUnknown) {
  std::vector<LearnedTimeout::Slot> slots(LearnedTimeout::kSlots);
  LearnedTimeout learned(slots);
  const net::IpAddress one = test::waiter({1}, test::kStart).reply_flow.destination;
  const net::IpAddress two = test::waiter({2}, test::kStart).reply_flow.destination;
  learned.learn(7, one, 2s, test::kStart);
  EXPECT_EQ(learned.of(7, one, 5s, test::kStart), 2'400ms);
  learned.learn(7 + LearnedTimeout::kSlots, two, 1s, test::kStart);
  EXPECT_EQ(learned.of(7, one, 5s, test::kStart), 5s);
  EXPECT_EQ(learned.of(7, two, 5s, test::kStart), 1'200ms);
}

TEST(RetransmissionRenews, AnswerIsOwedUntilPatienceAfterTheLatestPacket) {
  Client client;
  client.ask(Key("www.example"), {1'000ms});
  Waiter out;
  base::Handle question;
  client.world.now = client.world.now + 4'799ms;  // it has long been presumed gone, and is still owed its answer
  EXPECT_FALSE(client.world.table.pop_expired(client.world.now, 16, out, question));
  client.world.now = client.world.now + 1ms;
  EXPECT_TRUE(client.world.table.pop_expired(client.world.now, 16, out, question));
  EXPECT_EQ(out.arrived, test::kStart);
}

TEST(RetransmissionRenews, WaiterMovesBehindThoseWhoWereHeardSince) {
  InflightWorld world;
  const Key key("www.example");
  world.join(key, {1, 1, 1});
  world.now = world.now + 100ms;
  world.join(key, {2, 1, 1});
  world.now = world.now + 100ms;
  world.join(key, {3, 1, 1});
  world.now = world.now + 1'000ms;
  const Joined joined = world.join(key, {2, 1, 1});
  std::vector<int> order;
  Waiter out;
  while (world.table.pop_waiter(joined.handle, out)) order.push_back(test::asker_of(out).host);
  EXPECT_EQ(order, (std::vector<int>{1, 3, 2}));
}

TEST(RetransmissionRenews, DeadlineIsThatOfTheLastOneThere) {
  InflightWorld world;
  const Key key("www.example");
  world.join(key, {1, 1, 1});
  world.now = world.now + 500ms;
  const Joined joined = world.join(key, {2, 1, 1});
  EXPECT_EQ(joined.interest->deadline_ns.load(), (test::kStart + 5'300ms).ns());
  world.now = world.now + 1'000ms;
  world.join(key, {2, 1, 1});
  EXPECT_EQ(joined.interest->deadline_ns.load(), (test::kStart + 4'800ms).ns()) << "the first one's, who is unknown";
}

}  // namespace
