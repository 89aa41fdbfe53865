// SPDX-License-Identifier: Apache-2.0
/// @file stats.hpp – the engine's state as an operator sees it.
///
/// Purpose    copies of what the egress core publishes: servers, uplinks, fetches, limits.
/// Threads    values; InflightRow and ZoneRow are filled on the egress thread only.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "dns/question_key.hpp"
#include "egress/settings.hpp"
#include "egress_upstream/server_stats.hpp"
#include "net/address.hpp"

namespace egress {

/// A class of an uplink's queue.
struct ClassStats {
  std::uint32_t queued = 0;
  std::uint32_t limit = 0;      // fetches that the budget can serve before their clients time out
  std::uint32_t wait_msec = 0;  // expected wait of a fetch that is queued now
  std::uint64_t sent = 0;       // fetches taken from the queue and sent
  std::uint64_t shed = 0;       // fetches ended because the queue was too long
};

/// What all uplinks share, and how much of it is used.
struct LimitStats {
  std::uint32_t zones_used = 0;
  std::uint32_t zones_limit = 0;
  std::uint32_t known_used = 0;  // names that were answered before
  std::uint32_t known_limit = 0;
  std::uint32_t subscribers_used = 0;  // of all fetches
  std::uint32_t subscribers_limit = 0;
  std::uint32_t tcp_fetches_used = 0;
  std::uint32_t tcp_fetches_limit = 0;
  std::uint32_t fullest_zone = 0;  // outstanding fetches of the zone with the most: fetches_per_zone is their limit
};

/// An uplink's budget and queues; poll() refreshes them every few milliseconds.
struct UplinkStats {
  std::uint32_t limit_pps = 0;       // 0: unmetered
  std::uint32_t configured_pps = 0;  // the limit while the provider drops nothing
  std::uint32_t used_pkts = 0;       // in the window that ended with the last refresh
  std::uint32_t queued = 0;          // fetches that wait for a token
  std::uint32_t refreshes = 0;       // refreshes that wait for idle budget
  std::array<ClassStats, kNameClasses> classes{};
};

enum class InflightState : std::uint8_t {
  kQueued,   // waits for a token
  kRefresh,  // waits for idle budget; has no subscriber
  kSent,     // waits for a reply
  kTcp,      // waits for a reply over TCP
};

/// A fetch, for an operator.
struct InflightRow {
  dns::QuestionKey key;
  std::uint64_t age_us = 0;
  std::uint32_t waiters = 0;      // of all subscribers
  std::uint32_t others = 0;       // of these, from other addresses than the client that asked first
  std::uint16_t subscribers = 0;  // workers that wait
  std::uint8_t sends = 0;         // packets so far
  InflightState state{};
  net::IpAddress client;  // that asked first; zero when there is none
  net::IpAddress server;  // of the last send; zero when never sent
};

/// A zone that fetches_per_zone limits, for an operator.
struct ZoneRow {
  std::array<std::byte, kMaxZoneBytes> name{};  // folded wire form
  std::uint8_t name_bytes = 0;
  std::uint16_t uplink = 0;
  std::uint32_t outstanding = 0;  // fetches sent and not yet ended
  std::uint32_t quota = 0;
  std::uint64_t allowed = 0;  // since the zone was first seen
  std::uint64_t dropped = 0;

  [[nodiscard]] base::Bytes wire_name() const noexcept { return base::Bytes(name).first(name_bytes); }
};

}  // namespace egress
