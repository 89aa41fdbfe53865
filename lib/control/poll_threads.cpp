// SPDX-License-Identifier: Apache-2.0
// Lcores and their loops.
#include "poll_threads.hpp"

#include <array>
#include <cstdio>

#include <emmintrin.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <time.h>

namespace control {
namespace {

/// Backs off with the CPU's pause instruction and short sleeps; called by a loop that found no work.
class SleepingIdler final : public worker::Idler {
 public:
  explicit SleepingIdler(std::chrono::microseconds sleep) noexcept
      : sleep_{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(sleep).count()} {}
  void pause() noexcept override { _mm_pause(); }
  void sleep() noexcept override { nanosleep(&sleep_, nullptr); }

 private:
  timespec sleep_;
};

}  // namespace

struct PollThreads::Thread {
  explicit Thread(std::vector<worker::Role*> list, const worker::IdleSettings& idle)
      : roles(std::move(list)), idler(idle.sleep) {}
  std::vector<worker::Role*> roles;
  SleepingIdler idler;
  alignas(base::kCacheLineBytes) std::atomic<std::uint64_t> heartbeat{0};  // loop: w, control: r
  std::uint64_t seen = 0;                                                  // control: rw
  worker::PollLoop loop;
  std::function<void()> body;
};

PollThreads::PollThreads(dpdk::Eal& eal, const base::Clock& clock, const worker::IdleSettings& idle) noexcept
    : eal_(&eal), clock_(&clock), idle_(idle) {}

PollThreads::~PollThreads() { stop(); }

diag::Status PollThreads::start(base::LcoreId lcore, std::vector<worker::Role*> roles) {
  Thread& thread = threads_.emplace_back(std::move(roles), idle_);
  thread.loop = {.roles = thread.roles,
                 .clock = clock_,
                 .idler = &thread.idler,
                 .idle = idle_,
                 .stop = &stop_,
                 .heartbeat = &thread.heartbeat};
  thread.body = [&thread, lcore] {
    std::array<char, 16> name;
    std::snprintf(name.data(), name.size(), "sluice-poll-%u", lcore.value());
    pthread_setname_np(pthread_self(), name.data());
    prctl(PR_SET_TIMERSLACK, 1);  // the default slack of 50 us would double a sleep of 50 us
    thread.loop.run();
  };
  return eal_->launch(lcore, thread.body);
}

void PollThreads::stop() noexcept {
  stop_.store(true, std::memory_order_release);
  eal_->wait_all();
}

bool PollThreads::all_moved() noexcept {
  bool moved = true;
  for (Thread& thread : threads_) {
    const std::uint64_t beat = thread.heartbeat.load(std::memory_order_relaxed);
    moved = moved && beat != thread.seen;
    thread.seen = beat;
  }
  return moved;
}

}  // namespace control
