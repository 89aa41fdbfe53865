// SPDX-License-Identifier: Apache-2.0
// The poll's sends: queues first, then refreshes from idle budget.
#include "dispatcher.hpp"

#include <algorithm>

namespace egress {
namespace {

constexpr std::size_t kSendsPerPoll = 32;
constexpr std::size_t kLooksPerPoll = 256;  // fetches looked at, including those dropped from the queue
constexpr base::Duration kRefreshTimeout = std::chrono::seconds(4);  // a refresh that found no idle budget is dropped
constexpr base::Duration kRefreshLook = std::chrono::milliseconds(5);

}  // namespace

void Dispatcher::send_waiting(base::Instant now) noexcept {
  for (std::size_t i = 0; i < state_->uplinks.size(); ++i) {
    Uplink& uplink = state_->uplinks[i];
    if (!uplink.queue().is_empty()) send_queued(uplink, now);
    if (!uplink.refreshes().is_empty()) send_refreshes(uplink, now);
  }
}

void Dispatcher::send_queued(Uplink& uplink, base::Instant now) noexcept {
  if (!uplink.servers().has_path()) return fail_unreachable(uplink, now);
  std::size_t sent = 0;
  for (std::size_t looks = 0; looks < kLooksPerPoll && sent < kSendsPerPoll; ++looks) {
    const SlotId next = uplink.queue().next(now);
    if (next == kNoSlot) return;
    if (drop_unsendable(next, uplink, now)) continue;
    const Budget::Ticket token = uplink.take_for_queue(now);
    if (token == Budget::kNoTicket) {
      if (uplink.note_dry()) state_->count(EngineCounter::kBudgetDenied);
      return;
    }
    if (!send_one(next, token, now)) return;
    ++sent;
  }
}

bool Dispatcher::drop_unsendable(SlotId index, Uplink& uplink, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (state_->drops_unwanted() && !state_->fetches.is_wanted(index, now)) {
    completer_->drop(index, Failure::kAbandoned, now);
    return true;
  }
  if (!choice_.has_room(fetch)) {
    uplink.servers().note_spill();
    completer_->end_at_quota(index, now);
    return true;
  }
  const bool is_zone_full = state_->history.zones().is_full(fetch.zone, state_->settings().fetches_per_zone);
  if (fetch.is_out || !is_zone_full) return false;
  completer_->end_at_zone_limit(index, now);
  return true;
}

// For TCP the token only shows that the budget has room: the segments are charged when they leave.
bool Dispatcher::send_one(SlotId index, Budget::Ticket token, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  const bool over_tcp = choice_.uses_tcp(fetch);
  if (over_tcp) state_->uplink_of(fetch).budget().give_back(token);
  const std::uint8_t server = choice_.choose(fetch, now);
  if (over_tcp) return tcp_->begin(index, server, TcpReason::kAlways, now);
  return sender_->send(index, server, token, now);
}

// A path that is unresolved gets as much time as a reply would. The oldest fetches are in front.
void Dispatcher::fail_unreachable(Uplink& uplink, base::Instant now) noexcept {
  for (std::size_t looks = 0; looks < kLooksPerPoll; ++looks) {
    const SlotId oldest = uplink.queue().oldest();
    if (oldest == kNoSlot || now - state_->fetches[oldest].queued_at < state_->settings().first_timeout) return;
    completer_->give_up(oldest, Failure::kUnreachable, now);
  }
}

// Refreshes are sent only while nothing is queued and a quarter of the window is unspent (Budget::is_idle()).
void Dispatcher::send_refreshes(Uplink& uplink, base::Instant now) noexcept {
  for (std::size_t looks = 0; looks < kSendsPerPoll; ++looks) {
    const SlotId oldest = uplink.refreshes().oldest();
    if (oldest == kNoSlot) return;
    const Fetch& fetch = state_->fetches[oldest];
    if (now - fetch.queued_at > kRefreshTimeout) {
      state_->count(EngineCounter::kRefreshDropped);
      completer_->drop(oldest, Failure::kAbandoned, now);
      continue;
    }
    if (!uplink.queue().is_empty() || !uplink.servers().has_path() || !uplink.budget().is_idle(now)) return;
    if (!choice_.has_room(fetch)) return;  // it waits until kRefreshTimeout
    const Budget::Ticket token = uplink.budget().take(now);
    if (token == Budget::kNoTicket) return;
    if (!sender_->send(oldest, choice_.choose(fetch, now), token, now)) return;
    state_->count(EngineCounter::kRefreshSent);
  }
}

bool Dispatcher::send_probe(SlotId index, std::uint8_t server, base::Instant now) noexcept {
  state_->fetches.note_probe(index);
  const Budget::Ticket token = state_->uplink_of(state_->fetches[index]).budget().take(now);
  return token != Budget::kNoTicket && sender_->send(index, server, token, now);
}

base::Instant Dispatcher::next_chance(base::Instant now) const noexcept {
  base::Instant at = base::Instant::never();
  for (std::size_t i = 0; i < state_->uplinks.size(); ++i) {
    const Uplink& uplink = state_->uplinks[i];
    if (!uplink.queue().is_empty()) {
      const base::Instant oldest = state_->fetches[uplink.queue().oldest()].queued_at;
      at = std::min(at, uplink.servers().has_path() ? uplink.budget().next_chance(now)
                                                    : oldest + state_->settings().first_timeout);
    }
    if (!uplink.refreshes().is_empty()) at = std::min(at, now + kRefreshLook);
  }
  return at;
}

}  // namespace egress
