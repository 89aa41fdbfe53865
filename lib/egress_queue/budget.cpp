// SPDX-License-Identifier: Apache-2.0
// The sliding log, the pacer, and changes of the limit.
#include "egress_queue/budget.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace egress {
namespace {

// The pace is slower than the log allows by this much per window. A poll that is late by less does not make the log refuse
// what the pace grants: gaps stay even, and 99.4 % of the limit is used.
constexpr std::chrono::nanoseconds kPaceSlack = std::chrono::milliseconds(1);

// is_idle() keeps this share of the window for queued fetches: refreshes stop when only a quarter is free.
constexpr std::uint32_t kIdleShare = 4;

std::uint64_t ns_of(std::chrono::nanoseconds duration) noexcept { return static_cast<std::uint64_t>(duration.count()); }

}  // namespace

std::uint32_t Budget::own_share(const BudgetSettings& settings) noexcept {
  if (settings.limit_pps == 0) return 0;
  return settings.limit_pps > settings.reserve_pps ? settings.limit_pps - settings.reserve_pps : 1U;
}

std::size_t Budget::log_slots(const BudgetSettings& settings) noexcept {
  return settings.limit_pps == 0 ? 0 : std::max(own_share(settings), settings.room_pps);
}

Budget::Budget(const BudgetSettings& settings, std::span<std::uint64_t> log) noexcept
    : room_(log), limit_(own_share(settings)) {
  SLUICE_REQUIRE(limit_ <= kMaxLimit);
  SLUICE_REQUIRE(log.size() >= limit_);
  if (!is_metered()) return;
  log_ = room_.first(limit_);
  std::fill(log_.begin(), log_.end(), 0);
  set_pace(settings);
}

void Budget::set_pace(const BudgetSettings& settings) noexcept {
  window_ns_ = ns_of(settings.window);
  interval_ns_ = (window_ns_ + ns_of(kPaceSlack)) / limit_;
  const std::uint32_t burst = std::clamp(settings.burst_pkts, 1U, limit_);
  tolerance_ns_ = (burst - 1) * interval_ns_;
}

bool Budget::set(const BudgetSettings& settings) noexcept {
  const std::uint32_t wanted = own_share(settings);
  if (!is_metered() || wanted == 0) return is_metered() == (wanted != 0);
  if (wanted > room_.size()) return false;
  next_ = settings;
  if (pending_ == 0) begin_next_limit();
  return true;
}

// A smaller log keeps the newest packets: their places become free no sooner than those of the dropped ones. In a larger
// log the new places are taken first; they become free when the dropped packets have left the window.
void Budget::begin_next_limit() noexcept {
  const BudgetSettings settings = *next_;
  next_.reset();
  const std::uint32_t wanted = own_share(settings);
  if (wanted != limit_) {
    for (std::uint32_t place = returned_; place != kNoPlace;) {
      const auto following = static_cast<std::uint32_t>(log_[place] & ~kLinkTag);
      log_[place] = 0;
      place = following;
    }
    returned_ = kNoPlace;
    // Sorted, not only rotated: results come late and out of order.
    std::sort(log_.begin(), log_.end());
    if (wanted > limit_) {
      std::copy_backward(log_.begin(), log_.end(), room_.begin() + wanted);
      std::fill_n(room_.begin(), wanted - limit_, forgotten_until_ns_);
    } else {
      forgotten_until_ns_ = std::max(forgotten_until_ns_, log_[limit_ - wanted - 1]);
      std::copy(log_.end() - wanted, log_.end(), room_.begin());
    }
    next_place_ = 0;
    limit_ = wanted;
    log_ = room_.first(limit_);
  }
  set_pace(settings);
}

Budget::Ticket Budget::take(base::Instant now) noexcept {
  if (!is_metered()) return kUnmetered;
  if (next_) return kNoTicket;
  if (now.ns() + tolerance_ns_ < due_ns_) return kNoTicket;
  std::uint32_t place = returned_;
  if (place != kNoPlace) {
    returned_ = static_cast<std::uint32_t>(log_[place] & ~kLinkTag);
  } else if (log_[next_place_] <= now.ns()) {
    place = next_place_;
    next_place_ = next_place_ + 1 == limit_ ? 0 : next_place_ + 1;
  } else {
    // While the log refuses, the pacer earns no credit: otherwise the burst would repeat when its window ends.
    due_ns_ = std::max(due_ns_, now.ns() + tolerance_ns_);
    return kNoTicket;
  }
  log_[place] = kPending;
  ++pending_;
  due_ns_ = std::max(due_ns_, now.ns()) + interval_ns_;
  return place;
}

void Budget::confirm(Ticket ticket, base::Instant at) noexcept {
  if (ticket == kUnmetered) return;
  SLUICE_REQUIRE(ticket < log_.size() && log_[ticket] == kPending);
  log_[ticket] = at.ns() + window_ns_;
  if (--pending_ == 0 && next_) begin_next_limit();
}

void Budget::give_back(Ticket ticket) noexcept {
  if (ticket == kUnmetered) return;
  SLUICE_REQUIRE(ticket < log_.size() && log_[ticket] == kPending);
  log_[ticket] = kLinkTag | returned_;
  returned_ = static_cast<std::uint32_t>(ticket);
  due_ns_ -= std::min(due_ns_, interval_ns_);
  if (--pending_ == 0 && next_) begin_next_limit();
}

bool Budget::is_idle(base::Instant now) const noexcept {
  if (!is_metered()) return true;
  if (now.ns() < due_ns_) return false;
  const std::size_t ahead = (next_place_ + limit_ / kIdleShare) % limit_;
  return log_[ahead] <= now.ns();
}

base::Instant Budget::next_chance(base::Instant now) const noexcept {
  if (!is_metered()) return now;
  std::uint64_t at = now.ns();
  if (due_ns_ > tolerance_ns_) at = std::max(at, due_ns_ - tolerance_ns_);
  if (returned_ != kNoPlace) return base::Instant(at);
  if (log_[next_place_] == kPending) return base::Instant(std::max(at, now.ns() + interval_ns_));
  return base::Instant(std::max(at, log_[next_place_]));
}

std::uint32_t Budget::used(base::Instant now) const noexcept {
  std::uint32_t count = 0;
  for (const std::uint64_t place : log_) {
    const bool returned = place != kPending && (place & kLinkTag) != 0;
    if (!returned && place > now.ns()) ++count;
  }
  return count;
}

}  // namespace egress
