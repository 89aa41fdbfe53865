// SPDX-License-Identifier: Apache-2.0
#include "base/qsbr.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace {

using base::Qsbr;

TEST(Qsbr, AGracePeriodWithoutReadersHasPassed) {
  Qsbr qsbr;
  EXPECT_TRUE(qsbr.passed(qsbr.begin_grace()));
}

TEST(Qsbr, AGracePeriodWaitsForEveryReaderThatIsOnline) {
  Qsbr qsbr;
  qsbr.online(0);
  qsbr.online(5);
  const Qsbr::Token grace = qsbr.begin_grace();
  EXPECT_FALSE(qsbr.passed(grace));
  qsbr.report(0, qsbr.token());
  EXPECT_FALSE(qsbr.passed(grace));
  qsbr.report(5, qsbr.token());
  EXPECT_TRUE(qsbr.passed(grace));
}

TEST(Qsbr, AReportOfATokenTakenBeforeTheGracePeriodDoesNotCount) {
  Qsbr qsbr;
  qsbr.online(0);
  const Qsbr::Token before = qsbr.token();
  const Qsbr::Token grace = qsbr.begin_grace();
  qsbr.report(0, before);
  EXPECT_FALSE(qsbr.passed(grace));
}

TEST(Qsbr, OneReportServesAllEarlierGracePeriods) {
  Qsbr qsbr;
  qsbr.online(3);
  const Qsbr::Token first = qsbr.begin_grace();
  const Qsbr::Token second = qsbr.begin_grace();
  qsbr.report(3, qsbr.token());
  EXPECT_TRUE(qsbr.passed(first));
  EXPECT_TRUE(qsbr.passed(second));
}

TEST(Qsbr, AReaderThatWentOfflineIsNotWaitedFor) {
  Qsbr qsbr;
  qsbr.online(0);
  const Qsbr::Token grace = qsbr.begin_grace();
  qsbr.offline(0);
  EXPECT_TRUE(qsbr.passed(grace));
}

TEST(Qsbr, AReaderThatComesOnlineLaterIsNotWaitedFor) {
  Qsbr qsbr;
  const Qsbr::Token grace = qsbr.begin_grace();
  qsbr.online(0);
  EXPECT_TRUE(qsbr.passed(grace));
}

TEST(QsbrDeathTest, RefusesAReaderBeyondItsSlots) {
  Qsbr qsbr;
  EXPECT_DEATH(qsbr.online(Qsbr::kMaxReaders), "kMaxReaders");
}

// The writer poisons reclaimed memory; a reader that still used it would find the poison.
TEST(Qsbr, NoReaderSeesReclaimedMemory) {
  constexpr std::uint64_t kGood = 1;
  constexpr std::uint64_t kPoison = 2;
  struct Object {
    std::uint64_t state = kGood;
  };
  Qsbr qsbr;
  std::array<Object, 2> objects;
  std::atomic<Object*> current{&objects[0]};
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> reads{0};
  std::uint64_t bad = 0;
  std::thread reader([&] {
    qsbr.online(0);
    while (!stop.load(std::memory_order_relaxed)) {
      const Qsbr::Token seen = qsbr.token();
      for (int i = 0; i < 8; ++i) {
        if (current.load(std::memory_order_acquire)->state != kGood) ++bad;
      }
      reads.store(reads.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      qsbr.report(0, seen);
    }
    qsbr.offline(0);
  });
  for (std::size_t i = 0; i < 3'000 || reads.load() == 0; ++i) {
    Object& old = objects[i % 2];
    current.store(&objects[(i + 1) % 2], std::memory_order_release);
    const Qsbr::Token grace = qsbr.begin_grace();
    while (!qsbr.passed(grace)) std::this_thread::yield();
    old.state = kPoison;
    old.state = kGood;
  }
  stop = true;
  reader.join();
  EXPECT_EQ(bad, 0U);
}

}  // namespace
