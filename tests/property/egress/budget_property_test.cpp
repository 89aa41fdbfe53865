// SPDX-License-Identifier: Apache-2.0
// Whatever arrives when, and however late its verdict comes: no window holds more than the limit.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "egress_queue/budget.hpp"

namespace {

using std::chrono_literals::operator""s;
using egress::Budget;

constexpr base::Instant kStart{50'000'000'000};

/// What everybody writes first: a rate and a burst. It must fail where the budget passes.
class TokenBucket {
 public:
  using Ticket = std::uint64_t;
  TokenBucket(const egress::BudgetSettings& settings, std::span<std::uint64_t> /*log*/)
      : rate_(settings.limit_pps), burst_(std::min(settings.burst_pkts, settings.limit_pps)), tokens_(burst_) {}
  Ticket take(base::Instant now) {
    if (last_ != base::Instant()) {
      tokens_ = std::min(burst_, tokens_ + static_cast<double>((now - last_).count()) * rate_ / 1e9);
    }
    last_ = now;
    if (tokens_ < 1) return Budget::kNoTicket;
    tokens_ -= 1;
    return 0;
  }
  void confirm(Ticket /*ticket*/, base::Instant /*at*/) {}
  void give_back(Ticket /*ticket*/) { tokens_ += 1; }

 private:
  double rate_;
  double burst_;
  double tokens_;
  base::Instant last_;
};

/// How a run goes: at each poll some packets are wanted; verdicts come later, some are refusals.
struct Plan {
  egress::BudgetSettings budget;
  std::vector<std::uint32_t> wants;      // packets wanted at each poll
  std::vector<std::uint32_t> steps_us;   // between polls
  std::vector<std::uint32_t> delays_us;  // until the port takes a packet, 0...4000
  std::vector<std::uint32_t> refusals;   // 1: the port refuses
};

template <class Meter>
class Port {
 public:
  explicit Port(Meter& meter) : meter_(&meter) {}

  void take(typename Meter::Ticket ticket, base::Instant at, bool refused) {
    pending_.push_back({ticket, at, refused});
  }
  /// Verdicts of all that is due; acceptance is at the packet's own time, not at that of the report.
  void report(base::Instant now) {
    std::erase_if(pending_, [&](const Pending& packet) {
      if (packet.at > now) return false;
      if (packet.refused) {
        meter_->give_back(packet.ticket);
      } else {
        meter_->confirm(packet.ticket, packet.at);
        accepted_.push_back(packet.at);
      }
      return true;
    });
  }
  [[nodiscard]] std::vector<base::Instant> accepted() {
    report(base::Instant::never());
    std::sort(accepted_.begin(), accepted_.end());
    return accepted_;
  }

 private:
  struct Pending {
    typename Meter::Ticket ticket;
    base::Instant at;
    bool refused;
  };
  Meter* meter_;
  std::vector<Pending> pending_;
  std::vector<base::Instant> accepted_;
};

template <class Meter>
std::vector<base::Instant> run(const Plan& plan) {
  std::vector<std::uint64_t> log(Budget::log_slots(plan.budget));
  Meter meter(plan.budget, log);
  Port<Meter> port(meter);
  base::Instant now = kStart;
  std::size_t packets = 0;
  for (std::size_t i = 0; i < plan.wants.size(); ++i) {
    now = now + std::chrono::microseconds(plan.steps_us[i]);
    port.report(now);
    for (std::uint32_t wanted = plan.wants[i]; wanted > 0; --wanted) {
      const auto ticket = meter.take(now);
      if (ticket == Budget::kNoTicket) break;
      const std::uint32_t delay_us = plan.delays_us[packets % plan.delays_us.size()];
      port.take(ticket, now + std::chrono::microseconds(delay_us), plan.refusals[packets % plan.refusals.size()] == 1);
      ++packets;
    }
  }
  return port.accepted();
}

std::size_t most_in_a_second(const std::vector<base::Instant>& accepted) {
  std::size_t most = 0;
  std::size_t first = 0;
  for (std::size_t last = 0; last < accepted.size(); ++last) {
    while (accepted[last] - accepted[first] >= 1s) ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

Plan any_plan() {
  Plan plan;
  plan.budget.limit_pps = *rc::gen::element(1U, 2U, 7U, 50U, 200U);
  plan.budget.burst_pkts = *rc::gen::element(1U, 8U, 32U);
  const auto polls = static_cast<std::size_t>(*rc::gen::inRange(50, 400));
  plan.wants = *rc::gen::container<std::vector<std::uint32_t>>(polls, rc::gen::element(0U, 0U, 1U, 3U, 300U));
  plan.steps_us = *rc::gen::container<std::vector<std::uint32_t>>(
      polls, rc::gen::element(1U, 50U, 900U, 4'000U, 30'000U, 500'000U));
  plan.delays_us = *rc::gen::container<std::vector<std::uint32_t>>(17, rc::gen::inRange(0U, 4'001U));
  plan.refusals = *rc::gen::container<std::vector<std::uint32_t>>(13, rc::gen::inRange(0U, 10U));
  return plan;
}

TEST(BudgetProperty, NoSecondHoldsMoreThanTheLimit) {
  const bool holds = rc::check("exact budget", [] {
    const Plan plan = any_plan();
    RC_ASSERT(most_in_a_second(run<Budget>(plan)) <= plan.budget.limit_pps);
  });
  EXPECT_TRUE(holds);
}

// Limits that change under way: no second that ends with a packet holds more than the limit that let it go.
TEST(BudgetProperty, NoSecondHoldsMoreThanTheLimitInForceAtItsEnd) {
  const bool holds = rc::check("limits that change", [] {
    struct Sent {
      base::Instant at;
      std::uint32_t limit = 0;
    };
    const Plan plan = any_plan();
    const auto limits = *rc::gen::container<std::vector<std::uint32_t>>(11, rc::gen::inRange(1U, 200U));
    egress::BudgetSettings settings = plan.budget;
    settings.room_pps = 200;
    std::vector<std::uint64_t> log(Budget::log_slots(settings));
    Budget budget(settings, log);
    Port<Budget> port(budget);
    std::vector<Sent> sent;
    base::Instant now = kStart;
    for (std::size_t i = 0; i < plan.wants.size(); ++i) {
      now = now + std::chrono::microseconds(plan.steps_us[i]);
      port.report(now);
      if (i % 7 == 6) {
        settings.limit_pps = limits[i % limits.size()];
        RC_ASSERT(budget.set(settings));
      }
      for (std::uint32_t wanted = plan.wants[i]; wanted > 0; --wanted) {
        const auto ticket = budget.take(now);
        if (ticket == Budget::kNoTicket) break;
        const base::Instant at = now + std::chrono::microseconds(plan.delays_us[sent.size() % plan.delays_us.size()]);
        port.take(ticket, at, false);
        sent.push_back({at, budget.limit_pps()});
      }
    }
    std::stable_sort(sent.begin(), sent.end(), [](const Sent& a, const Sent& b) { return a.at < b.at; });
    std::size_t first = 0;
    for (std::size_t last = 0; last < sent.size(); ++last) {
      while (sent[last].at - sent[first].at >= 1s) ++first;
      RC_ASSERT(last - first + 1 <= sent[last].limit);
    }
  });
  EXPECT_TRUE(holds);
}

TEST(BudgetProperty, TokenBucketBreaksTheSameRule) {
  Plan plan;
  plan.budget = {.limit_pps = 50, .burst_pkts = 32};
  plan.wants.assign(400, 300);
  plan.steps_us.assign(400, 4'000);
  plan.delays_us = {0, 4'000, 1'000};
  plan.refusals = {0};
  EXPECT_GT(most_in_a_second(run<TokenBucket>(plan)), 50U) << "the property can fail";
  EXPECT_LE(most_in_a_second(run<Budget>(plan)), 50U);
}

// Under backlog, polled with up to 200 us of jitter, 99 % of the limit is used.
TEST(BudgetProperty, BacklogUsesNinetyNinePercent) {
  const bool holds = rc::check("utilisation", [] {
    constexpr std::size_t kPolls = 60'000;  // six seconds
    Plan plan;
    plan.budget.limit_pps = *rc::gen::element(100U, 1'024U);
    plan.wants.assign(kPolls, 64);
    const auto jitter = *rc::gen::container<std::vector<std::uint32_t>>(251, rc::gen::inRange(1U, 201U));
    for (std::size_t i = 0; i < kPolls; ++i) plan.steps_us.push_back(jitter[i % jitter.size()]);
    plan.delays_us = *rc::gen::container<std::vector<std::uint32_t>>(17, rc::gen::inRange(0U, 4'001U));
    plan.refusals = {0};
    const std::vector<base::Instant> sent = run<Budget>(plan);
    RC_ASSERT(most_in_a_second(sent) <= plan.budget.limit_pps);
    const double seconds = static_cast<double>((sent.back() - sent.front()).count()) / 1e9;
    RC_ASSERT(static_cast<double>(sent.size()) >= 0.99 * plan.budget.limit_pps * seconds);
  });
  EXPECT_TRUE(holds);
}

}  // namespace
