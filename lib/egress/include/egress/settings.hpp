// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – what an operator may choose about the egress core: uplinks, queue, retries, limits.
///
/// Purpose    settings of an Engine; those of its rooms are in egress_queue/settings.hpp and egress_upstream/settings.hpp.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/fixed_vector.hpp"
#include "dns/zone_name.hpp"
#include "egress_queue/settings.hpp"
#include "egress_upstream/settings.hpp"
#include "net/address.hpp"
#include "policy/overload_action.hpp"

namespace egress {

enum class Joining : std::uint8_t {
  kGlobal,   // one fetch per question in the whole appliance
  kPerMiss,  // one fetch per miss of each worker; for comparison only
};

/// When a fetch is asked over TCP.
enum class UpstreamTcp : std::uint8_t {
  kOnTruncation,  // after a reply with TC, or with a wrong ID
  kNever,         // clients get the truncated answer
  kAlways,        // for comparison, and for upstreams behind a device that breaks UDP
};

/// Whether servers are probed for forwarding loops.
enum class LoopDetection : std::uint8_t { kOff, kOn };

/// Names of such probes are one label below this zone: sluice-loop.test.
inline constexpr auto kLoopZone = [] {
  constexpr char kText[] = "\x0bsluice-loop\x04test";  // its terminating NUL is the root label
  std::array<std::byte, sizeof kText> wire{};
  for (std::size_t i = 0; i < wire.size(); ++i) wire[i] = static_cast<std::byte>(kText[i]);
  return wire;
}();

inline constexpr std::size_t kMaxZoneBytes = dns::kMaxZoneBytes;
inline constexpr std::size_t kMaxZoneSuffixesBytes = 1'024;
inline constexpr std::size_t kMaxPins = 32;

/// Puts fetches into a class by hand; a fetch must match every condition that is set.
struct Pin {
  std::array<std::byte, kMaxZoneBytes> zone{};  // folded wire name: matches names at or below it
  std::uint8_t zone_bytes = 0;                  // 0: all names
  net::Prefix client;                           // of the client that asked first; length 0: all
  std::uint16_t qtype = 0;                      // 0: all
  NameClass name_class = NameClass::kKnown;
};

struct Settings : TimeoutSettings {
  base::FixedVector<UplinkSettings, kMaxUplinks> uplinks;
  std::uint32_t max_fetches = 65'536;  // sent or queued; a power of two
  QueueOrder order = QueueOrder::kFair;
  std::array<policy::OverloadAction, kNameClasses> overload{
      policy::OverloadAction::kServFail, policy::OverloadAction::kServFail, policy::OverloadAction::kDrop};
  base::FixedVector<Pin, kMaxPins> pins;  // the first match decides
  /// Public suffixes: each label below one begins a zone of its own. Folded wire names, one after the other.
  base::FixedVector<std::byte, kMaxZoneSuffixesBytes> zone_suffixes;
  std::uint32_t fetches_per_zone = 0;  // fetches of one zone that may wait for a reply; 0: no limit
  policy::OverloadAction fetches_per_zone_action = policy::OverloadAction::kDrop;
  std::chrono::milliseconds client_timeout{4'800};  // bounds the queue: what the budget serves in this time
  Joining joining = Joining::kGlobal;
  std::uint8_t max_sends = 3;  // UDP packets per fetch
  FetchQuotaSettings fetch_quota{};
  LoopDetection loop_detection = LoopDetection::kOff;
  UpstreamTcp upstream_tcp = UpstreamTcp::kOnTruncation;
  std::chrono::milliseconds tcp_timeout{2'000};  // for connection, query and answer together
  std::uint16_t udp_payload_bytes = 1'232;       // our EDNS size upstream (RFC 9715)
  std::uint16_t first_port = 1'024;              // source ports are drawn from [first_port, 65535]
};

}  // namespace egress
