// SPDX-License-Identifier: Apache-2.0
/// @file edns.hpp – the OPT pseudo-record of a query or response.
///
/// Purpose    reads one OPT in place; the fields of a client's OPT in a few bytes, so that a waiter can store them.
/// Threads    value types.
/// RFC        6891 §6.1; 5001 (NSID); 7828 (edns-tcp-keepalive); 7873 §5 (COOKIE lengths).
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "dns/types.hpp"

namespace dns {

inline constexpr std::size_t kMaxEdnsOptions = 32;
inline constexpr std::size_t kClientCookieBytes = 8;

/// The fields of a client's OPT that a reply depends on. 12 bytes.
struct Edns {
  std::uint16_t udp_payload_bytes = 0;  // as sent; below 512 means 512
  std::uint8_t version = 0;
  bool present : 1 = false;
  bool dnssec_ok : 1 = false;
  bool wants_nsid : 1 = false;
  bool has_cookie : 1 = false;
  bool has_keepalive : 1 = false;
  std::array<std::byte, kClientCookieBytes> client_cookie{};  // valid when has_cookie

  /// The largest UDP message that we send to this client: 512 without EDNS, else its size within [512, 1232].
  [[nodiscard]] std::size_t udp_limit_bytes() const noexcept {
    if (!present || udp_payload_bytes < kClassicUdpBytes) return kClassicUdpBytes;
    return udp_payload_bytes < kUdpPayloadBytes ? udp_payload_bytes : kUdpPayloadBytes;
  }
};
static_assert(sizeof(Edns) == 12, "every waiter keeps one");

}  // namespace dns
