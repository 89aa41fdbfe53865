// SPDX-License-Identifier: Apache-2.0
/// @file route.hpp – a route and a neighbour of the kernel's tables, as values.
///
/// Purpose    input of the path rules, free of netlink messages.
/// Threads    value types.
#pragma once

#include <cstdint>

#include "net/address.hpp"

namespace netlink {

struct Route {
  net::IpAddress source;    // our address towards the server
  net::IpAddress next_hop;  // the gateway, or the server itself
  friend bool operator==(const Route&, const Route&) noexcept = default;
};

struct Neighbour {
  enum class State : std::uint8_t {
    kUsable,   // has a MAC: reachable, stale, delay, probe, permanent, noarp
    kPending,  // the kernel has asked and waits
    kFailed,   // the kernel asked and got no answer
    kGone,     // the kernel removed it
  };
  net::IpAddress address;
  State state = State::kGone;
  net::MacAddress mac;  // when usable
};

}  // namespace netlink
