// SPDX-License-Identifier: Apache-2.0
/// @file frame.hpp – Ethernet to UDP, checked once, in place.
///
/// Purpose    classifies a received frame: UDP with its payload, punt to the kernel, or drop.
/// Threads    value types; borrow the packet.
/// Lifetime   valid until the packet's burst settles.
/// Cost       one pass over the headers; a software checksum is one pass over the datagram.
/// RFC        791, 8200 (IPv6; extension headers go to the kernel, a fragment header is a fragment), 768 (checksum 0 is
///            allowed on IPv4 only), 9715 §3 (fragments of DNS are dropped), 1122 §3.2.1.3 (senders that cannot be),
///            802.1Q (one tag).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/outcome.hpp"
#include "net/address.hpp"

namespace net {

inline constexpr std::uint16_t kDnsPort = 53;

enum class FrameReject : std::uint8_t {
  kPunt,         // for the kernel: ARP, ND, ICMP, TCP, other protocols and ethertypes, unknown extension headers
  kShort,        // a header or length field points past the end or contradicts its header
  kIpChecksum,   // IPv4 header checksum wrong
  kUdpChecksum,  // UDP checksum wrong, or 0 over IPv6
  kDnsFragment,  // a fragment of UDP (any port that could be DNS: first fragments with port 53, later ones always)
  kMartian,      // UDP from a multicast, broadcast or loopback address, or with an IPv4-mapped one over IPv6
};

/// What the port reports about a frame's checksums.
enum class RxChecksum : std::uint8_t {
  kUnknown,  // verify in software
  kGood,
  kIpBad,
  kL4Bad,
};

/// A UDP datagram inside its frame. Offsets count from the start of the frame.
struct FrameView {
  Flow flow;                    // as received
  std::uint16_t l3_offset = 0;  // of the IP header
  std::uint16_t l4_offset = 0;  // of the UDP header
  std::uint16_t payload_offset = 0;
  std::uint16_t payload_bytes = 0;  // from the UDP length field, within the frame

  [[nodiscard]] static base::Outcome<FrameView, FrameReject> parse(base::Bytes frame, RxChecksum known) noexcept;
  /// The same, written in place: copying fields that were just stored would wait for those stores. After a reject the
  /// fields have no meaning.
  [[nodiscard]] std::optional<FrameReject> read(base::Bytes frame, RxChecksum known) noexcept;
};

/// What computes the checksums of a frame that we send.
enum class TxChecksum : std::uint8_t {
  kSoftware,  // whole checksums are written
  kOffload,   // the port fills in: IPv4 header checksum 0, UDP field holds the pseudo-header sum
};

/// Offset of the IP header of a frame with this flow.
[[nodiscard]] constexpr std::uint8_t l3_offset_of(const Flow& flow) noexcept { return flow.vlan_tci != 0 ? 18 : 14; }

/// Headers of an unfragmented UDP frame: Ethernet, an 802.1Q tag if there is one, IP, UDP.
[[nodiscard]] std::size_t udp_header_bytes(const Flow& flow) noexcept;

/// Turns a received UDP frame into its reply in place: addresses and ports swapped, TTL 64, DF set on IPv4, lengths and
/// checksums for `payload_bytes` bytes that are already at frame.payload_offset. IPv4 options are not copied: a
/// frame with options keeps its header length and has its options turned into NOPs. Returns the new frame length, 0 when
/// room is short. `room` starts at the frame and reaches at least to the end of the payload. MACs are swapped: the reply
/// goes to the neighbour that the query came from, without a neighbour lookup.
[[nodiscard]] std::size_t make_reply(base::MutableBytes room, const FrameView& frame, std::size_t payload_bytes,
                                     TxChecksum mode) noexcept;

/// Writes the headers of a new UDP frame in front of `payload_bytes` bytes that are already at
/// room[udp_header_bytes(flow)]. Returns the frame length, 0 when room is short or the addresses are of two families.
[[nodiscard]] std::size_t write_udp_frame(base::MutableBytes room, const Flow& flow, std::size_t payload_bytes,
                                          TxChecksum mode) noexcept;

/// The Internet checksum of `bytes` behind `sum`, a sum of 16-bit words that is not yet complemented (a pseudo-header,
/// say). The result is complemented, ready to be stored; over bytes that hold their right checksum it is 0. RFC 1071.
[[nodiscard]] std::uint16_t checksum(base::Bytes bytes, std::uint32_t sum = 0) noexcept;

}  // namespace net
