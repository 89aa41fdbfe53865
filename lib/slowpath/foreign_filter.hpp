// SPDX-License-Identifier: Apache-2.0
/// @file foreign_filter.hpp – which frames of the kernel cost a token of an uplink's budget.
///
/// Purpose    unicast IP packets to a metered server go through egress. Everything else is sent directly, also ARP and
///            neighbour discovery for a server, without which it could not be reached.
/// Threads    immutable.
/// Ownership  keeps the servers' addresses by value; borrows the frame during the call.
/// Cost       one pass over a handful of addresses.
/// RFC        4861 §4 (neighbour discovery: ICMPv6 types 133 to 137), 802.1Q (one tag).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "net/address.hpp"
#include "slowpath/slow_path.hpp"

namespace slowpath {

class ForeignFilter {
 public:
  explicit ForeignFilter(std::span<const Server> servers);

  /// The uplink whose budget pays for this frame, if any.
  [[nodiscard]] std::optional<std::uint16_t> payer(base::Bytes frame) const noexcept;

 private:
  [[nodiscard]] std::optional<std::uint16_t> uplink_of(const net::IpAddress& destination) const noexcept;

  struct Metered {
    net::IpAddress address;
    std::uint16_t uplink = 0;
  };
  std::vector<Metered> metered_;
};

}  // namespace slowpath
