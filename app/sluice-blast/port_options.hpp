// SPDX-License-Identifier: Apache-2.0
/// @file port_options.hpp – what the command line says of a port.
///
/// Purpose    a value; no DPDK in it.
/// Threads    value type.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/address.hpp"

namespace sluice_blast {

struct PortOptions {
  std::string profile;
  std::string device;
  std::string profiles;                   // a directory, or empty
  std::optional<net::IpAddress> gateway;  // towards the server; none: it is on the link
  std::optional<net::MacAddress> next_hop_mac;
  net::IpAddress authority;  // empty: none
  std::vector<std::string> eal;
};

}  // namespace sluice_blast
