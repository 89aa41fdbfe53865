// SPDX-License-Identifier: Apache-2.0
// The polling loop: works without rest, rests without work.
#include <gtest/gtest.h>

#include "in_process.hpp"
#include "worker/role.hpp"

namespace {

class ScriptedRole final : public worker::Role {
 public:
  ScriptedRole(std::vector<std::size_t> work, std::atomic<bool>& stop) : work_(std::move(work)), stop_(&stop) {}
  std::size_t poll(base::Instant /*now*/) noexcept override {
    if (turn_ + 1 >= work_.size()) stop_->store(true);
    return turn_ < work_.size() ? work_[turn_++] : 0;
  }

 private:
  std::vector<std::size_t> work_;
  std::atomic<bool>* stop_;
  std::size_t turn_ = 0;
};

class CountingIdler final : public worker::Idler {
 public:
  void pause() noexcept override { ++pauses; }
  void sleep() noexcept override { ++sleeps; }
  int pauses = 0;
  int sleeps = 0;
};

struct LoopRun {
  explicit LoopRun(std::vector<std::size_t> work) {
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> heartbeat{0};
    test::FakeClock clock;
    ScriptedRole role(std::move(work), stop);
    std::array<worker::Role*, 1> roles{&role};
    worker::PollLoop{.roles = roles,
                     .clock = &clock,
                     .idler = &idler,
                     .idle = {.polls_before_pause = 2, .polls_before_sleep = 4, .sleep = std::chrono::microseconds(50)},
                     .stop = &stop,
                     .heartbeat = &heartbeat}
        .run();
    beats = heartbeat.load();
  }
  CountingIdler idler;
  std::uint64_t beats = 0;
};

TEST(PollLoop, NeverRestsWhileThereIsWork) {
  const LoopRun run({1, 1, 1, 1, 1, 1, 1, 1});
  EXPECT_EQ(run.idler.pauses + run.idler.sleeps, 0);
  EXPECT_EQ(run.beats, 8U);
}

TEST(PollLoop, PausesFirstAndSleepsWhenNothingCame) {
  const LoopRun run({0, 0, 0, 0, 0, 0});
  EXPECT_EQ(run.idler.pauses, 2) << "polls 2 and 3";
  EXPECT_EQ(run.idler.sleeps, 3) << "polls 4, 5 and 6";
}

TEST(PollLoop, WorkStartsTheCountAnew) {
  const LoopRun run({0, 0, 0, 7, 0, 0, 0});
  EXPECT_EQ(run.idler.sleeps, 0);
  EXPECT_EQ(run.idler.pauses, 4);
}

}  // namespace
