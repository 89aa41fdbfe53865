// SPDX-License-Identifier: Apache-2.0
// Round-trip estimate, timers, ports and tickets, each without an engine.
#include <map>
#include <random>

#include <gmock/gmock.h>

#include "egress_upstream/rtt.hpp"
#include "egress_upstream/ticket.hpp"
#include "egress_upstream/transaction_table.hpp"
#include "fakes.hpp"
#include "timer_heap.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using egress::SlotId;

template <class Table, class... Args>
struct Placed {
  explicit Placed(Args... args) {
    base::Arena measure;
    static_cast<void>(Table(measure, args...));
    storage.resize(measure.used() + 64);
    void* at = storage.data();
    std::size_t room = storage.size();
    base::Arena arena({static_cast<std::byte*>(std::align(64, measure.used(), at, room)), measure.used()});
    table = std::make_unique<Table>(arena, args...);
  }
  std::vector<std::byte> storage;
  std::unique_ptr<Table> table;
};

// RFC 6298 §2.2 and §2.3.
TEST(EgressRtt, FollowsTheRfcsFormulas) {
  const egress::Settings settings{};
  egress::RttEstimate rtt;
  EXPECT_EQ(rtt.timeout(settings), 400ms) << "before anything is known";
  rtt.sample(80ms);
  EXPECT_EQ(rtt.srtt(), 80ms);
  EXPECT_EQ(rtt.timeout(settings), 80ms + 4 * 40ms);
  rtt.sample(160ms);
  EXPECT_EQ(rtt.srtt(), 90ms);
  EXPECT_EQ(rtt.timeout(settings), 90ms + 4 * 50ms);
}

TEST(EgressRtt, StaysWithinItsBounds) {
  const egress::Settings settings{};
  egress::RttEstimate rtt;
  for (int i = 0; i < 100; ++i) rtt.sample(100us);
  EXPECT_EQ(rtt.timeout(settings), 50ms + 100us);
  EXPECT_EQ(rtt.backed_off(settings, 2), 100ms + 200us);
  EXPECT_EQ(rtt.backed_off(settings, 200), 1'500ms);
  for (int i = 0; i < 100; ++i) rtt.sample(5s);
  EXPECT_EQ(rtt.timeout(settings), 1'500ms);
}

TEST(EgressRtt, LeavesASteadyServerTimeToBeLateOnce) {
  const egress::Settings settings{};
  egress::RttEstimate near;
  egress::RttEstimate far;
  for (int i = 0; i < 100; ++i) near.sample(20ms);
  for (int i = 0; i < 100; ++i) far.sample(300ms);
  EXPECT_EQ(near.timeout(settings), 20ms + settings.min_timeout);
  EXPECT_EQ(far.timeout(settings), 300ms + 150ms);
}

TEST(EgressTimers, ComeInOrderWhateverIsArmedMovedAndDisarmed) {
  constexpr std::uint32_t kQuestions = 64;
  Placed<egress::TimerHeap, std::uint32_t> placed(kQuestions);
  egress::TimerHeap& timers = *placed.table;
  std::map<SlotId, std::uint64_t> model;
  std::mt19937 random(7);
  for (int step = 0; step < 20'000; ++step) {
    const SlotId fetch = random() % kQuestions;
    if (random() % 3 == 0) {
      timers.disarm(fetch);
      model.erase(fetch);
    } else {
      model[fetch] = random() % 1'000;
      timers.arm(fetch, base::Instant(model[fetch]));
    }
    std::uint64_t earliest = base::Instant::never().ns();
    for (const auto& [index, at] : model) earliest = std::min(earliest, at);
    ASSERT_EQ(timers.next_at().ns(), earliest);
    if (model.empty()) continue;
    ASSERT_EQ(model.at(timers.next()), earliest);
  }
}

TEST(EgressPorts, AreUniqueAndNeverBelowTheFirst) {
  Placed<egress::TransactionTable, std::uint32_t, std::uint16_t> placed(1'024, 60'000);
  test::FakeEntropy source(3);
  egress::EntropyBuffer entropy(&source);
  std::map<std::uint16_t, SlotId> used;
  for (SlotId i = 0; i < 2'048; ++i) {
    const SlotId transaction = placed.table->open(i, {}, entropy);
    ASSERT_NE(transaction, egress::kNoSlot);
    const base::UdpPort port = (*placed.table)[transaction].port;
    EXPECT_GE(port.value(), 60'000);
    EXPECT_TRUE(used.emplace(port.value(), transaction).second);
    EXPECT_EQ(placed.table->ports().transaction_at(port), transaction);
  }
  EXPECT_EQ(placed.table->open(0, {}, entropy), egress::kNoSlot) << "every slot is taken";
}

TEST(EgressPorts, GiveUpWhenAllAreInUse) {
  Placed<egress::TransactionTable, std::uint32_t, std::uint16_t> placed(1'024, 65'535);
  test::FakeEntropy source(3);
  egress::EntropyBuffer entropy(&source);
  SlotId transaction = egress::kNoSlot;
  for (int i = 0; i < 10'000 && transaction == egress::kNoSlot; ++i) transaction = placed.table->open(0, {}, entropy);
  ASSERT_NE(transaction, egress::kNoSlot);
  EXPECT_EQ(placed.table->open(1, {}, entropy), egress::kNoSlot);
  placed.table->close(transaction, base::Instant(0));
  EXPECT_TRUE(placed.table->ports().is_free(base::UdpPort(65'535)));
}

TEST(EgressTicket, SurvivesPacking) {
  const egress::WireTicket ticket{.uplink = 15,
                                  .token = egress::Budget::kUnmetered,
                                  .generation = 0xfedc,
                                  .resend = 1,
                                  .server = 7,
                                  .transaction = 0xffff};
  const egress::WireTicket back = egress::WireTicket::unpack(ticket.pack());
  EXPECT_EQ(back.uplink, ticket.uplink);
  EXPECT_EQ(back.token, ticket.token);
  EXPECT_EQ(back.generation, ticket.generation);
  EXPECT_EQ(back.resend, ticket.resend);
  EXPECT_EQ(back.server, ticket.server);
  EXPECT_EQ(back.transaction, ticket.transaction);
}

}  // namespace
