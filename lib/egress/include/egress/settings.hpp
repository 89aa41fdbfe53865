// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – uplinks, budgets, retries: what an operator may choose about the egress core.
///
/// Purpose    upstream servers, what they may be asked for, and when to try again.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/fixed_vector.hpp"
#include "dns/zone_name.hpp"
#include "net/address.hpp"
#include "policy/overload_action.hpp"

namespace egress {

inline constexpr std::size_t kMaxServersPerUplink = 8;
inline constexpr std::size_t kMaxUplinks = 16;

enum class QueueOrder : std::uint8_t {
  kFair,  // by class, zone, asker and number of waiters
  // One list for all, for comparison only:
  kDeadline,  // oldest first while few wait, newest first under backlog; not what nobody waits for any more
  kFifo,      // as they came, whether or not somebody still waits; what finds the table full is lost
  kFifoLive,  // as they came, but not what nobody waits for any more
};

/// What a question is worth when there are more than can be asked.
enum class NameClass : std::uint8_t {
  kKnown,    // it was answered before
  kNew,      // its zone has answered of late
  kUnknown,  // an unknown zone, or one that mostly says NXDOMAIN or fails
};
inline constexpr std::size_t kNameClasses = 3;
inline constexpr std::array<std::uint32_t, kNameClasses> kClassWeights{60, 30, 10};

enum class Joining : std::uint8_t {
  kGlobal,   // one attempt per question in the whole appliance
  kPerMiss,  // an attempt for each worker's miss; for comparison only
};

/// How many questions may be out at one server, and how that follows its timeouts.
struct FetchQuotaSettings {
  std::uint32_t per_server = 0;                                       // to begin with; 0: no quota
  std::uint32_t freq = 100;                                           // completions between two looks, less two
  double low = 0.1;                                                   // share of timeouts below which the quota grows
  double high = 0.3;                                                  // and above which it shrinks
  double discount = 0.7;                                              // weight of the latest look in the average
  policy::OverloadAction action = policy::OverloadAction::kServFail;  // where every server is at its quota
};

/// When a question is asked over TCP.
enum class UpstreamTcp : std::uint8_t {
  kOnTruncation,  // after a reply with TC, or with a wrong ID
  kNever,         // clients get the TC
  kAlways,        // for comparison, and for upstreams behind something that breaks UDP
};

struct BudgetSettings {
  std::uint32_t limit_pps = 1'024;          // 0: unmetered
  std::uint32_t reserve_pps = 0;            // left to others on the same interface (IMDS, NTP)
  std::chrono::milliseconds window{1'005};  // 1 s and the slack for jitter on the way
  std::uint32_t burst_pkts = 32;            // what the pacer lets through at once
  std::uint32_t room_pps = 0;               // memory is made for so many, if they are more: a later limit may reach it
};

/// 0x20: the letters of the name upstream are upper or lower case at random, and the reply must repeat them so.
enum class CaseRandomization : std::uint8_t { kOff, kOn };

/// Whether servers are asked now and then for a name that tells whether they send their questions to us.
enum class LoopDetection : std::uint8_t { kOff, kOn };

/// Names of such probes are one label below this: sluice-loop.test.
inline constexpr auto kLoopZone = [] {
  constexpr char kText[] = "\x0bsluice-loop\x04test";  // the NUL at its end is the root label
  std::array<std::byte, sizeof kText> wire{};
  for (std::size_t i = 0; i < wire.size(); ++i) wire[i] = static_cast<std::byte>(kText[i]);
  return wire;
}();

inline constexpr std::size_t kMaxPrivateZonesBytes = 1'024;

/// Whether answers with private addresses are kept from clients.
enum class RebindProtection : std::uint8_t { kOff, kOn };

/// Whether the budget gives way while the port says that the provider drops packets.
enum class ClosedLoop : std::uint8_t { kOff, kOn };

inline constexpr std::size_t kMaxZoneBytes = dns::kMaxZoneBytes;
inline constexpr std::size_t kMaxZoneSuffixesBytes = 1'024;
inline constexpr std::size_t kMaxPins = 32;

/// Questions that an operator puts into a class; all that is given must hold.
struct Pin {
  std::array<std::byte, kMaxZoneBytes> zone{};  // folded wire name: names at or below it
  std::uint8_t zone_bytes = 0;                  // 0: all names
  net::Prefix client;                           // of the one that asks first; length 0: all
  std::uint16_t qtype = 0;                      // 0: all
  NameClass name_class = NameClass::kKnown;
};

struct UplinkSettings {
  base::FixedVector<net::IpAddress, kMaxServersPerUplink> servers;
  BudgetSettings budget;
  ClosedLoop closed_loop = ClosedLoop::kOn;
  CaseRandomization case_randomization = CaseRandomization::kOff;
  RebindProtection rebind = RebindProtection::kOff;
  /// Zones whose names may have private addresses all the same: folded wire names, one behind the other.
  base::FixedVector<std::byte, kMaxPrivateZonesBytes> private_zones;
};

struct Settings {
  base::FixedVector<UplinkSettings, kMaxUplinks> uplinks;
  std::uint32_t max_fetches = 65'536;  // in flight or queued; a power of two
  QueueOrder order = QueueOrder::kFair;
  std::array<policy::OverloadAction, kNameClasses> overload{
      policy::OverloadAction::kServFail, policy::OverloadAction::kServFail, policy::OverloadAction::kDrop};
  base::FixedVector<Pin, kMaxPins> pins;  // the first that holds decides
  /// Suffixes of which each label in front begins a zone of its own: folded wire names, one behind the other.
  base::FixedVector<std::byte, kMaxZoneSuffixesBytes> zone_suffixes;
  std::uint32_t fetches_per_zone = 0;  // questions of one zone that may wait for a reply; 0: any number
  policy::OverloadAction fetches_per_zone_action = policy::OverloadAction::kDrop;
  std::chrono::milliseconds client_timeout{4'800};  // no more is queued than the budget serves in this time
  Joining joining = Joining::kGlobal;
  std::uint8_t max_sends = 3;                    // packets a question may cost
  std::chrono::milliseconds first_timeout{400};  // before the round trip is known
  std::chrono::milliseconds min_timeout{50};
  std::chrono::milliseconds max_timeout{1'500};
  FetchQuotaSettings fetch_quota{};
  LoopDetection loop_detection = LoopDetection::kOff;
  UpstreamTcp upstream_tcp = UpstreamTcp::kOnTruncation;
  std::chrono::milliseconds tcp_timeout{2'000};  // for the whole of it: connection, question, answer
  std::uint16_t udp_payload_bytes = 1'232;       // our EDNS size upstream (RFC 9715)
  std::uint16_t first_port = 1'024;              // source ports are drawn from [first_port, 65535]
};

}  // namespace egress
