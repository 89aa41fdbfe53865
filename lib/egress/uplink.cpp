// SPDX-License-Identifier: Apache-2.0
// Tokens, shares of TCP segments, queue bounds and published stats of the uplinks.
#include "uplink.hpp"

#include <algorithm>

#include "egress_history/zone_table.hpp"

namespace egress {
namespace {

constexpr base::Duration kProbeEvery = std::chrono::milliseconds(500);
constexpr std::uint64_t kMilli = 1'000;
constexpr std::uint32_t kRoomShare = 8;  // of the table: fetches that are sent need room besides the queue
// Share of the table that known and new names may hold. Together with unknown names this stays below what one worker's
// in-flight table holds.
constexpr std::uint32_t kCandidateEighths = 5;

}  // namespace

Budget::Ticket Uplink::take_for_queue(base::Instant now) noexcept {
  const Budget::Ticket token = budget_.take(now);
  if (token != Budget::kNoTicket) is_dry_ = foreign_was_last_ = false;
  return token;
}

bool Uplink::note_dry() noexcept {
  const bool is_first = !is_dry_;
  is_dry_ = true;
  return is_first;
}

bool Uplink::charge_foreign(base::Instant now) noexcept {
  const bool is_fetchs_turn = foreign_was_last_ && is_dry_ && !queue_.is_empty();
  const Budget::Ticket token = is_fetchs_turn ? Budget::kNoTicket : budget_.take(now);
  if (token == Budget::kNoTicket) return false;
  budget_.confirm(token, now);
  foreign_was_last_ = true;
  if (tcp_open_ != 0) tcp_share_ += kMilli / tcp_open_;
  return true;
}

bool Uplink::set_budget(const BudgetSettings& configured) noexcept {
  BudgetSettings now = configured;
  now.limit_pps = static_cast<std::uint32_t>(std::uint64_t{now.limit_pps} * budget_permille_ / kMilli);
  if (configured.limit_pps != 0) now.limit_pps = std::max(now.limit_pps, 1U);
  return budget_.set(now);
}

bool Uplink::scale_budget(std::uint32_t permille, const BudgetSettings& configured) noexcept {
  budget_permille_ = permille;
  return set_budget(configured);
}

bool Uplink::may_probe(base::Instant now) noexcept {
  if (now - probed_at_ < kProbeEvery) return false;
  probed_at_ = now;
  return true;
}

std::uint64_t Uplink::begin_tcp() noexcept {
  ++tcp_open_;
  return tcp_share_;
}

std::uint32_t Uplink::end_tcp(std::uint64_t share_from) noexcept {
  --tcp_open_;
  return static_cast<std::uint32_t>(tcp_share_ - share_from);
}

void Uplink::publish(const BudgetSettings& configured, base::Instant now) noexcept {
  limit_pps_.set(budget_.limit_pps());
  configured_pps_.set(Budget::own_share(configured));
  used_pkts_.set(budget_.used(now));
  queued_.set(queue_.size());
  refreshing_.set(refreshes_.size());
  for (std::size_t c = 0; c < kNameClasses; ++c) {
    const auto name_class = static_cast<NameClass>(c);
    classes_[c].queued.set(queue_.size(name_class));
    classes_[c].limit.set(queue_.bound(name_class));
    classes_[c].wait_msec.set(
        static_cast<std::uint64_t>(queue_.predicted_wait(name_class) / std::chrono::milliseconds(1)));
  }
}

UplinkStats Uplink::stats() const noexcept {
  UplinkStats stats{.limit_pps = static_cast<std::uint32_t>(limit_pps_.read()),
                    .configured_pps = static_cast<std::uint32_t>(configured_pps_.read()),
                    .used_pkts = static_cast<std::uint32_t>(used_pkts_.read()),
                    .queued = static_cast<std::uint32_t>(queued_.read()),
                    .refreshes = static_cast<std::uint32_t>(refreshing_.read())};
  for (std::size_t c = 0; c < kNameClasses; ++c) {
    stats.classes[c] = {.queued = static_cast<std::uint32_t>(classes_[c].queued.read()),
                        .limit = static_cast<std::uint32_t>(classes_[c].limit.read()),
                        .wait_msec = static_cast<std::uint32_t>(classes_[c].wait_msec.read()),
                        .sent = classes_[c].sent.read(),
                        .shed = classes_[c].shed.read()};
  }
  return stats;
}

UplinkSet::UplinkSet(base::Arena& arena, const Settings& settings) noexcept
    : pool_(arena, settings.max_fetches, ZoneTable::records_for(settings.max_fetches) * kQueuesPerZone),
      links_(arena.take<QueueLink>(settings.max_fetches)),
      count_(settings.uplinks.size()) {
  for (std::size_t i = 0; i < count_; ++i) {
    const UplinkSettings& uplink = settings.uplinks[i];
    const std::span<std::uint64_t> log = arena.take<std::uint64_t>(Budget::log_slots(uplink.budget));
    uplinks_[i] = arena.make<Uplink>(uplink, log, pool_, links_);
    if (uplinks_[i] != nullptr) uplinks_[i]->servers().set_quota(settings.fetch_quota);
  }
}

void UplinkSet::set_queue_rules(const Settings& settings) noexcept {
  const std::uint32_t most = settings.max_fetches - settings.max_fetches / kRoomShare;
  const std::uint32_t candidates = settings.max_fetches / 8 * kCandidateEighths;
  for (std::size_t i = 0; i < count_; ++i) {
    uplinks_[i]->queue().set({.order = settings.order,
                              .limit_pps = uplinks_[i]->budget().limit_pps(),
                              .client_timeout = settings.client_timeout,
                              .most = most,
                              .candidates = candidates});
  }
}

}  // namespace egress
