// SPDX-License-Identifier: Apache-2.0
/// @file path.hpp – the link-layer path to an upstream server.
///
/// Purpose    next hop, VLAN and source address of frames to a server; the slow path keeps it in step with the kernel.
/// Threads    value type.
#pragma once

#include <cstdint>

#include "net/address.hpp"

namespace egress {

struct Path {
  net::MacAddress next_hop;
  net::MacAddress source_mac;
  net::IpAddress source;  // our address towards this server
  std::uint16_t vlan_tci = 0;
  bool resolved = false;
};

}  // namespace egress
