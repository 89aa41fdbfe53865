// SPDX-License-Identifier: Apache-2.0
// Choice of server and transport for one send.
#include "server_choice.hpp"

#include <optional>

namespace egress {

bool ServerChoice::uses_tcp(const Fetch& fetch) const noexcept {
  return state_->settings().upstream_tcp == UpstreamTcp::kAlways && state_->deps().tcp_fetches != nullptr &&
         fetch.tcp_tries < kMaxTcpTries;
}

std::uint8_t ServerChoice::servers_held_by(const Fetch& fetch) const noexcept {
  unsigned held = 0;
  for (const SlotId transaction : {fetch.transaction, fetch.older}) {
    if (transaction != kNoSlot) held |= 1U << state_->transactions[transaction].server;
  }
  return static_cast<std::uint8_t>(held);
}

bool ServerChoice::has_room(const Fetch& fetch) const noexcept {
  if (state_->settings().fetch_quota.per_server == 0 || uses_tcp(fetch)) return true;
  return state_->uplink_of(fetch).servers().has_room(servers_held_by(fetch));
}

std::uint8_t ServerChoice::choose(const Fetch& fetch, base::Instant now) noexcept {
  Servers& servers = state_->uplink_of(fetch).servers();
  const bool may_repeat = servers.path(fetch.server).resolved && !servers.is_loop(fetch.server);
  if (fetch.same_server && may_repeat) return fetch.server;
  Servers::Asked asked{.servers = fetch.servers_asked,
                       .failed = fetch.servers_failed,
                       .held = servers_held_by(fetch),
                       .last = std::nullopt};
  if (fetch.sends != 0 || fetch.tcp_tries != 0) asked.last = fetch.server;
  return *servers.choose(asked, now);
}

}  // namespace egress
