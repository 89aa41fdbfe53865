// SPDX-License-Identifier: Apache-2.0
/// @file server_stats.hpp – an upstream server as the control plane shows it.
///
/// Purpose    a copy of what Servers publishes of one server.
/// Threads    value type.
#pragma once

#include <cstdint>

#include "net/address.hpp"

namespace egress {

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
  std::uint32_t loops = 0;          // 1: the server forwards its queries to us and is not used
  std::uint32_t quota = 0;          // limit of outstanding fetches now; 0: none
  std::uint32_t quota_step = 0;     // position on the quota's curve
  std::uint32_t atr_permille = 0;   // average timeout ratio
  std::uint64_t spilled = 0;        // times a fetch found the server at its quota
};

}  // namespace egress
