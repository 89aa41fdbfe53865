// SPDX-License-Identifier: Apache-2.0
// Retry times and timers of fetches.
#include "deadlines.hpp"

#include <algorithm>

namespace egress {

// A client's retransmission makes the retry due after the plain estimate, before the backed-off timeout. The last packet
// gets the longest timeout.
void Deadlines::set_due(SlotId index) noexcept {
  const Fetch& fetch = state_->fetches[index];
  const Transaction& transaction = state_->transactions[fetch.transaction];
  const Settings& settings = state_->settings();
  const RttEstimate& rtt = state_->uplink_of(fetch).servers().rtt(transaction.server);
  const base::Instant sent_at = transaction.last_sent_at;
  const bool may_retry = fetch.sends < state_->most_sends(fetch) && fetch.first_subscriber != kNoSlot;
  const base::Instant resend_at =
      sent_at + (may_retry ? rtt.backed_off(settings, fetch.sends) : base::Duration(settings.max_timeout));
  state_->fetches.set_due(index, may_retry ? sent_at + rtt.timeout(settings) : resend_at, resend_at);
}

void Deadlines::arm(SlotId index) noexcept {
  const Fetch& fetch = state_->fetches[index];
  base::Instant at = base::Instant::never();
  if (fetch.older != kNoSlot) at = state_->transactions[fetch.older].expires_at;
  if (fetch.stage == Stage::kSent) at = std::min({at, fetch.early_retry_at, fetch.resend_at});
  if (fetch.stage == Stage::kTcp) at = std::min(at, fetch.resend_at);
  at = std::min(at, fetch.stale_at);
  if (at == base::Instant::never()) {
    timers_.disarm(index);
  } else {
    timers_.arm(index, at);
  }
}

}  // namespace egress
