// SPDX-License-Identifier: Apache-2.0
/// @file opaque.hpp – a client's signed message, which goes upstream unchanged.
///
/// Purpose    a signed message may not be rebuilt: its octets are forwarded, and only the ID is ours.
/// Threads    written by the worker before its Miss, read by egress until the Completion.
/// Ownership  the worker's.
/// RFC        5625 §4.5, 8945 §5.5 (a forwarder without the key passes a signed message unchanged but for its ID).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "dns/types.hpp"

namespace egress {

struct OpaqueMessage {
  std::array<std::byte, dns::kUdpPayloadBytes> octets;  // the first `size` hold the message
  std::uint16_t size = 0;

  [[nodiscard]] base::Bytes view() const noexcept { return base::Bytes(octets).first(size); }
};

}  // namespace egress
