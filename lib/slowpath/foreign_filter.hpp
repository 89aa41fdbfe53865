// SPDX-License-Identifier: Apache-2.0
/// @file foreign_filter.hpp – which of the kernel's frames cost a token of an upstream's budget.
///
/// Purpose    unicast IP packets to a metered server go by egress; everything else, ARP and neighbour discovery for a
///            server among it, goes out directly: without it the server could not be reached at all.
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

  /// The uplink that pays for this frame; none when nobody has to.
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
