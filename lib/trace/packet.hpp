// SPDX-License-Identifier: Apache-2.0
// Captured packets: link layer to UDP or TCP, without trust in any length.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/outcome.hpp"
#include "net/address.hpp"
#include "trace/skips.hpp"

namespace trace {

/// Both ends of a packet.
struct Ends {
  net::IpAddress source;
  net::IpAddress destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  [[nodiscard]] Ends reversed() const noexcept { return {destination, source, destination_port, source_port}; }
  friend bool operator==(const Ends&, const Ends&) noexcept = default;
};

struct Packet {
  Ends ends;
  base::Bytes payload;
  bool is_tcp = false;
  // TCP only:
  std::uint32_t sequence = 0;
  bool syn = false;
  bool fin_or_rst = false;
};

/// Is packets' link type one that decapsulate() knows? Numbers are libpcap's DLT_ values.
[[nodiscard]] bool is_known_link_type(int link_type) noexcept;

/// `whole_bytes` is the packet's length on the wire: more than captured.size() when the capture cut it.
[[nodiscard]] base::Outcome<Packet, Skip> decapsulate(int link_type, base::Bytes captured,
                                                      std::size_t whole_bytes) noexcept;

}  // namespace trace
