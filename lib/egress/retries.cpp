// SPDX-License-Identifier: Apache-2.0
// Timers of fetches, and the retries that timers and replies cause.
#include "retries.hpp"

#include "server_choice.hpp"

namespace egress {
namespace {

constexpr std::size_t kTimersPerPoll = 256;
constexpr base::Duration kRetransmitLook = std::chrono::milliseconds(25);
constexpr base::Duration kLastLook = std::chrono::milliseconds(50);
constexpr int kLongestLastWaits = 2;  // times max_timeout after the last packet

}  // namespace

void Retries::run_timers(base::Instant now) noexcept {
  for (std::size_t i = 0; i < kTimersPerPoll && deadlines_->next_at() <= now; ++i) on_timer(deadlines_->next(), now);
}

void Retries::on_timer(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.stale_at <= now && completer_->serve_stale(index, now) && fetch.stage == Stage::kSent) {
    deadlines_->set_due(index);
  }
  transactions_->close_expired(index, now);
  if (fetch.stage == Stage::kTcp && fetch.resend_at <= now) {
    state_->count(EngineCounter::kTcpTimeouts);
    return end_tcp(index, Failure::kTimeout, now);
  }
  if (fetch.stage == Stage::kSent && retry_if_due(index, now)) return;
  deadlines_->arm(index);
}

bool Retries::retry_if_due(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.resend_at <= now) {
    on_timeout(index, now);
    return true;
  }
  if (fetch.early_retry_at > now) return false;
  if (state_->fetches.saw_retransmit(index)) {
    state_->count(EngineCounter::kEarlyRetries);
    queues_->enqueue(index, now);
    return true;
  }
  state_->fetches.set_early_retry(index, now + kRetransmitLook);
  return false;
}

void Retries::on_timeout(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (!fetch.waits_on) note_timeout(index, now);
  if (fetch.first_subscriber == kNoSlot) {  // a refresh: the cached answer is still good
    completer_->end_refresh(index, now);
  } else if (fetch.sends < state_->most_sends(fetch)) {
    queues_->enqueue(index, now);
  } else if (should_wait_on(index, now)) {
    state_->fetches.wait_on(index, now + kLastLook);
    deadlines_->arm(index);
  } else {
    completer_->give_up(index, Failure::kTimeout, now);
  }
}

void Retries::note_timeout(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  const Transaction& transaction = state_->transactions[fetch.transaction];
  Servers& servers = state_->uplink_of(fetch).servers();
  state_->count(EngineCounter::kTimeouts);
  servers.note_timeout(transaction.server);
  if (state_->fetches.note_silent_server(index, transaction.server)) {
    servers.note_silence(transaction.server, transaction.last_sent_at, now);
  }
}

// Waiting costs no packet, and a recursive upstream may still be working on the name. So the fetch stays while a client
// waits, the server answers other fetches and there is no stale answer. It does not stay for ever, because the name is
// not asked again while it does.
bool Retries::should_wait_on(SlotId index, base::Instant now) const noexcept {
  const Fetch& fetch = state_->fetches[index];
  const Transaction& transaction = state_->transactions[fetch.transaction];
  return now - transaction.last_sent_at < kLongestLastWaits * state_->settings().max_timeout &&
         !state_->uplinks[fetch.uplink].servers().is_failing(transaction.server) &&
         state_->fetches.is_wanted(index, now) && !completer_->has_servable_answer(index, now);
}

bool Retries::ask_again(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.stage == Stage::kQueued) return true;  // its retry is queued already
  if (fetch.is_probe() || fetch.sends >= state_->most_sends(fetch)) return false;
  queues_->enqueue(index, now);
  return true;
}

bool Retries::ask_next_server(SlotId index, std::uint8_t failed, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  state_->fetches.note_failed_server(index, failed);
  const bool has_next = state_->uplink_of(fetch).servers().has_other_than(fetch.servers_failed);
  if (fetch.first_subscriber == kNoSlot || !has_next || !ask_again(index, now)) return false;
  state_->fetches.move_on(index);
  transactions_->close_with_server(index, failed, now);  // a duplicate of its reply is late
  deadlines_->arm(index);
  return true;
}

void Retries::ask_in_plain_case(SlotId from, base::Instant now) noexcept {
  const Transaction& transaction = state_->transactions[from];
  const SlotId index = transaction.fetch;
  const std::uint8_t server = transaction.server;
  const Fetch& fetch = state_->fetches[index];
  if (state_->uplink_of(fetch).servers().note_case_changed(server)) state_->count(EngineCounter::kCaseStopped);
  if (fetch.plain_case || !ask_again(index, now)) return;  // the reply is ignored; the fetch waits on
  state_->fetches.drop_case(index, server);
  transactions_->close(index, from, now);
  deadlines_->arm(index);
}

void Retries::end_tcp(SlotId index, Failure failure, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.first_subscriber == kNoSlot) return completer_->end_refresh(index, now);
  switch (fetch.tcp_reason) {
    case TcpReason::kTruncated:
      return completer_->end_truncated(index, now);
    case TcpReason::kWrongId:
      if (ask_again(index, now)) return;
      break;
    case TcpReason::kAlways:
      if (fetch.tcp_tries < ServerChoice::kMaxTcpTries) return queues_->enqueue(index, now);
      break;
  }
  completer_->give_up(index, failure, now);
}

void Retries::promote(SlotId index, base::Instant now) noexcept {
  const Stage stage = state_->fetches[index].stage;
  if (stage == Stage::kRefresh) {
    queues_->remove(index);
    queues_->enqueue(index, now);
  } else if (stage == Stage::kSent) {
    deadlines_->set_due(index);
    deadlines_->arm(index);
  }
}

}  // namespace egress
