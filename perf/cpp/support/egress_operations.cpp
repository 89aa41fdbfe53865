// SPDX-License-Identifier: Apache-2.0
// The budget and the fair queue.
#include <array>

#include "base/arena.hpp"
#include "egress_queue/budget.hpp"
#include "egress_queue/queue_pool.hpp"
#include "egress_queue/scheduler.hpp"
#include "support/memory.hpp"
#include "support/operations.hpp"

namespace perf {
namespace {

constexpr std::size_t kCount = 256;

class SpendBudget final : public Operation {
 public:
  [[nodiscard]] std::string name() const override { return "budget_packet"; }
  void run() noexcept override {
    for (std::size_t i = 0; i < kCount; ++i) {
      now_ = now_ + std::chrono::milliseconds(2);  // slower than the limit: each is admitted
      const egress::Budget::Ticket ticket = budget_.take(now_);
      if (ticket != egress::Budget::kNoTicket) budget_.confirm(ticket, now_);
      keep(ticket);
    }
  }

 private:
  static constexpr egress::BudgetSettings kSettings{};
  base::Instant now_{1'000'000'000'000};
  std::vector<std::uint64_t> log_ = std::vector<std::uint64_t>(egress::Budget::log_slots(kSettings));
  egress::Budget budget_{kSettings, log_};
};

/// Queues questions of 16 clients in 8 zones, then takes them all.
class Schedule final : public Operation {
 public:
  Schedule() { scheduler_.set({.limit_pps = 1'024, .client_timeout = std::chrono::seconds(4), .most = kQuestions}); }
  [[nodiscard]] std::string name() const override { return "schedule_question"; }
  void run() noexcept override {
    using egress::SlotId;
    for (SlotId i = 0; i < kCount; ++i) {
      scheduler_.push(
          i, {.zone_queue = i % kZones, .name_class = egress::NameClass::kNew, .client = i % 16 * 0x9e3779b97f4a7c15U},
          {.waiters = 1 + i % 3}, now_);
    }
    for (std::size_t i = 0; i < kCount; ++i) {
      now_ = now_ + std::chrono::milliseconds(1);
      const SlotId next = scheduler_.next(now_);
      scheduler_.charge(next, now_);
      scheduler_.remove(next);
    }
  }

 private:
  static constexpr std::uint32_t kQuestions = 1'024;
  static constexpr std::uint32_t kZones = 8;
  base::Instant now_{1'000'000'000'000};
  Memory memory_{8U << 20U};
  base::Arena arena_{memory_.bytes()};
  egress::QueuePool pool_{arena_, kQuestions, kZones};
  egress::Scheduler scheduler_{pool_, arena_.take<egress::QueueLink>(kQuestions)};
};

}  // namespace

void add_egress_operations(std::vector<std::unique_ptr<Operation>>& list) {
  list.push_back(std::make_unique<SpendBudget>());
  list.push_back(std::make_unique<Schedule>());
}

}  // namespace perf
