// SPDX-License-Identifier: Apache-2.0
/// @file stats.hpp – the engine's state as an operator sees it.
///
/// Purpose    copies of what the egress core publishes: servers, uplinks, questions in flight.
/// Threads    values; InflightRow and ZoneRow are filled on the egress thread only.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "dns/question_key.hpp"
#include "egress/settings.hpp"
#include "net/address.hpp"

namespace egress {

/// An upstream server as the control plane shows it.
struct ServerStats {
  net::IpAddress address;
  std::uint16_t uplink = 0;
  std::uint32_t srtt_us = 0;  // 0: never answered
  std::uint32_t outstanding = 0;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t timeouts = 0;
  std::uint32_t timeouts_in_a_row = 0;
  std::uint32_t path_resolved = 0;  // 1: the next hop is known
  std::uint32_t loops = 0;          // 1: it sends its questions to us, and is not asked
  std::uint32_t quota = 0;          // of outstanding questions, now; 0: none
  std::uint32_t quota_step = 0;     // down the curve
  std::uint32_t atr_permille = 0;   // average share of timeouts
  std::uint64_t spilled = 0;        // times a question found it at its quota
};

/// A class of an uplink's queue.
struct ClassStats {
  std::uint32_t queued = 0;
  std::uint32_t limit = 0;      // questions: what the budget serves of them while their clients wait
  std::uint32_t wait_msec = 0;  // that a question which comes now has before it
  std::uint64_t sent = 0;       // turns taken
  std::uint64_t shed = 0;       // questions given up because there were too many
};

/// What all uplinks share, and how much of it is used.
struct LimitStats {
  std::uint32_t zones_used = 0;
  std::uint32_t zones_limit = 0;
  std::uint32_t known_used = 0;  // questions that had an answer
  std::uint32_t known_limit = 0;
  std::uint32_t askers_used = 0;  // workers that wait for a question, of all questions
  std::uint32_t askers_limit = 0;
  std::uint32_t streams_used = 0;  // questions asked over TCP
  std::uint32_t streams_limit = 0;
  std::uint32_t fullest_zone = 0;  // questions of one zone that wait for a reply: fetches_per_zone is their limit
};

/// An uplink's budget and queues; refreshed by poll() every few milliseconds.
struct UplinkStats {
  std::uint32_t limit_pps = 0;       // 0: unmetered
  std::uint32_t configured_pps = 0;  // what it is while the provider drops nothing
  std::uint32_t used_pkts = 0;       // in the window that ended with the last refresh
  std::uint32_t queued = 0;          // questions that wait for a token
  std::uint32_t refreshes = 0;       // refreshes that wait for idle budget
  std::array<ClassStats, kNameClasses> classes{};
};

enum class InflightState : std::uint8_t {
  kQueued,   // waits for a token
  kRefresh,  // waits for idle budget; nobody waits for it
  kSent,     // waits for a reply
  kTcp,      // likewise, over TCP
};

/// A question in flight, for an operator's eyes.
struct InflightRow {
  dns::QuestionKey key;
  std::uint64_t age_us = 0;
  std::uint32_t waiters = 0;      // of all askers
  std::uint32_t others = 0;       // of these, from other addresses than the one that asked first
  std::uint16_t subscribers = 0;  // workers that wait
  std::uint8_t sends = 0;         // packets spent so far
  InflightState state{};
  net::IpAddress client;  // that asked first; zero when nobody did
  net::IpAddress server;  // asked last; zero when never sent
};

/// A zone that is limited by fetches_per_zone, for an operator's eyes.
struct ZoneRow {
  std::array<std::byte, kMaxZoneBytes> name{};  // folded wire form
  std::uint8_t name_bytes = 0;
  std::uint16_t uplink = 0;
  std::uint32_t outstanding = 0;  // questions sent, without an answer so far
  std::uint32_t quota = 0;
  std::uint64_t allowed = 0;  // since the zone was first seen
  std::uint64_t dropped = 0;

  [[nodiscard]] base::Bytes wire_name() const noexcept { return base::Bytes(name).first(name_bytes); }
};

}  // namespace egress
