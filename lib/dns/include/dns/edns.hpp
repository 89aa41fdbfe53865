// SPDX-License-Identifier: Apache-2.0
/// @file edns.hpp – the OPT pseudo-record of a query or response.
///
/// Purpose    reads one OPT in place; what a client said about itself, in a few bytes that a waiter can keep.
/// Threads    value types.
/// RFC        6891 §6.1; 5001 (NSID); 7873 §5 (COOKIE lengths).
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "dns/types.hpp"

namespace dns {

inline constexpr std::size_t kMaxEdnsOptions = 32;

/// What matters of a client's OPT. 8 bytes.
struct Edns {
  std::uint16_t udp_payload_bytes = 0;  // as sent; below 512 means 512
  std::uint8_t version = 0;
  bool present = false;
  bool dnssec_ok = false;
  bool wants_nsid = false;

  /// The largest UDP message this client takes from us: 512 without EDNS, else its size within [512, 1232].
  [[nodiscard]] std::size_t udp_limit_bytes() const noexcept {
    if (!present || udp_payload_bytes < kClassicUdpBytes) return kClassicUdpBytes;
    return udp_payload_bytes < kUdpPayloadBytes ? udp_payload_bytes : kUdpPayloadBytes;
  }
};

}  // namespace dns
