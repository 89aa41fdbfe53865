// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – servers of an uplink, their timeouts and quotas.
///
/// Purpose    what an operator may choose about upstream servers.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/fixed_vector.hpp"
#include "egress_queue/settings.hpp"
#include "net/address.hpp"
#include "policy/overload_action.hpp"

namespace egress {

inline constexpr std::size_t kMaxServersPerUplink = 8;

/// Limit of outstanding fetches per server, and how it follows the server's timeouts.
struct FetchQuotaSettings {
  std::uint32_t per_server = 0;                                       // quota at start; 0: no quota
  std::uint32_t freq = 100;                                           // completions between two adjustments, minus two
  double low = 0.1;                                                   // timeout ratio below which the quota grows
  double high = 0.3;                                                  // timeout ratio above which the quota shrinks
  double discount = 0.7;                                              // weight of the newest ratio in the average
  policy::OverloadAction action = policy::OverloadAction::kServFail;  // when every server is at its quota
};

/// Retransmission timeouts. RFC 6298.
struct TimeoutSettings {
  std::chrono::milliseconds first_timeout{400};  // before the round trip is known
  std::chrono::milliseconds min_timeout{50};
  std::chrono::milliseconds max_timeout{1'500};
};

/// 0x20: random case per letter in the query name; the reply must repeat it.
enum class CaseRandomization : std::uint8_t { kOff, kOn };

/// Whether answers with private addresses are withheld from clients.
enum class RebindProtection : std::uint8_t { kOff, kOn };

/// Whether the budget is scaled down while the NIC's counters show that the provider drops packets.
enum class ClosedLoop : std::uint8_t { kOff, kOn };

inline constexpr std::size_t kMaxPrivateZonesBytes = 1'024;

struct UplinkSettings {
  base::FixedVector<net::IpAddress, kMaxServersPerUplink> servers;
  BudgetSettings budget;
  ClosedLoop closed_loop = ClosedLoop::kOn;
  CaseRandomization case_randomization = CaseRandomization::kOff;
  RebindProtection rebind = RebindProtection::kOff;
  /// Zones whose names may have private addresses despite `rebind`: folded wire names, one after the other.
  base::FixedVector<std::byte, kMaxPrivateZonesBytes> private_zones;
};

}  // namespace egress
