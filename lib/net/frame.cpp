// SPDX-License-Identifier: Apache-2.0
// Received frames: Ethernet, one 802.1Q tag, IPv4 or IPv6, UDP. Each step hands the rest to the next.
#include "net/frame.hpp"

#include "layout.hpp"

namespace net {
namespace {

using base::load_be16;
using Parsed = base::Outcome<FrameView, FrameReject>;

/// What the IP header says about the bytes behind it.
struct Ip {
  std::size_t payload_bytes;   // by the length field, within the frame
  const std::byte* addresses;  // source, then destination
  std::size_t addresses_bytes;
  bool zero_checksum_allowed;
};

/// A fragment of UDP whose transport part starts at `at`. RFC 9715 §3: fragmented DNS is dropped, not reassembled; a
/// later fragment shows no port, and without its first it is of no use to anybody.
FrameReject judge_udp_fragment(const std::byte* at, std::size_t left, std::uint32_t fragment_offset) noexcept {
  if (fragment_offset != 0 || left < 2 * sizeof(std::uint16_t)) return FrameReject::kDnsFragment;
  const bool is_dns = load_be16(at) == kDnsPort || load_be16(at + 2) == kDnsPort;
  return is_dns ? FrameReject::kDnsFragment : FrameReject::kPunt;
}

/// Multicast, limited broadcast and loopback never send. RFC 1122 §3.2.1.3.
bool is_martian_v4(const std::byte* source) noexcept {
  const auto first = std::to_integer<unsigned>(source[0]);
  return (first & 0xf0U) == 0xe0U || first == 127U || first == 255U;
}

/// ::/64 holds unspecified, loopback and IPv4-mapped addresses; the last would pass for IPv4 clients here.
bool is_martian_v6(const std::byte* source, const std::byte* destination) noexcept {
  return load_word(source) == 0 || load_word(destination) == 0 || source[0] == std::byte{0xff};
}

Parsed parse_udp(FrameView view, base::Bytes frame, const Ip& ip, RxChecksum known) noexcept {
  const std::byte* udp = frame.data() + view.l4_offset;
  if (ip.payload_bytes < kUdpBytes) [[unlikely]]
    return FrameReject::kShort;
  const std::uint16_t udp_bytes = load_be16(udp + kUdpLengthAt);
  if (udp_bytes < kUdpBytes || udp_bytes > ip.payload_bytes) [[unlikely]]
    return FrameReject::kShort;

  if (load_be16(udp + kUdpChecksumAt) == 0) {
    // Some NICs call a missing checksum bad, so the port's word does not count here.
    if (!ip.zero_checksum_allowed) return FrameReject::kUdpChecksum;
  } else if (known == RxChecksum::kUnknown) {
    const std::uint64_t sum = pseudo_header_sum(ip.addresses, ip.addresses_bytes, udp_bytes) + word_sum(udp, udp_bytes);
    if (fold_sum(sum) != kSumOfGood) return FrameReject::kUdpChecksum;
  } else if (known == RxChecksum::kL4Bad) {
    return FrameReject::kUdpChecksum;
  }

  view.flow.source_port = base::UdpPort(load_be16(udp));
  view.flow.destination_port = base::UdpPort(load_be16(udp + 2));
  view.payload_offset = static_cast<std::uint16_t>(view.l4_offset + kUdpBytes);
  view.payload_bytes = static_cast<std::uint16_t>(udp_bytes - kUdpBytes);
  return view;
}

Parsed parse_ipv4(FrameView view, base::Bytes frame, RxChecksum known) noexcept {
  const std::byte* ip = frame.data() + view.l3_offset;
  const std::size_t left = frame.size() - view.l3_offset;
  if (left < kIpv4Bytes) return FrameReject::kShort;
  const auto version_ihl = std::to_integer<unsigned>(ip[0]);
  const std::size_t header_bytes = 4 * static_cast<std::size_t>(version_ihl & 0xfU);
  const std::size_t total_bytes = load_be16(ip + kIpv4LengthAt);
  if ((version_ihl >> 4U) != 4U || header_bytes < kIpv4Bytes) [[unlikely]]
    return FrameReject::kShort;
  if (total_bytes > left || header_bytes > total_bytes) [[unlikely]]
    return FrameReject::kShort;
  if (ip[kIpv4ProtocolAt] != std::byte{kProtocolUdp}) return FrameReject::kPunt;  // the kernel does its own checks
  if (known == RxChecksum::kIpBad) return FrameReject::kIpChecksum;
  if (known == RxChecksum::kUnknown && fold_sum(word_sum(ip, header_bytes)) != kSumOfGood) {
    return FrameReject::kIpChecksum;
  }
  const std::size_t payload_bytes = total_bytes - header_bytes;
  const std::uint32_t fragment = load_be16(ip + kIpv4FragmentAt) & (kIpv4MoreFragments | kIpv4OffsetMask);
  if (fragment != 0) [[unlikely]] {
    return judge_udp_fragment(ip + header_bytes, payload_bytes, fragment & kIpv4OffsetMask);
  }
  const std::byte* addresses = ip + kIpv4SourceAt;
  if (is_martian_v4(addresses)) [[unlikely]]
    return FrameReject::kMartian;

  view.flow.source = IpAddress::v4(addresses);
  view.flow.destination = IpAddress::v4(addresses + 4);
  view.l4_offset = static_cast<std::uint16_t>(view.l3_offset + header_bytes);
  return parse_udp(view, frame, {payload_bytes, addresses, 8, true}, known);
}

/// RFC 8200 §4: UDP right behind the header is ours, a fragment of it is dropped, all else is for the kernel.
Parsed parse_ipv6(FrameView view, base::Bytes frame, RxChecksum known) noexcept {
  const std::byte* ip = frame.data() + view.l3_offset;
  const std::size_t left = frame.size() - view.l3_offset;
  if (left < kIpv6Bytes) return FrameReject::kShort;
  const std::size_t payload_bytes = load_be16(ip + kIpv6LengthAt);
  if ((ip[0] >> 4U) != std::byte{6} || payload_bytes > left - kIpv6Bytes) [[unlikely]]
    return FrameReject::kShort;

  const auto next_header = std::to_integer<unsigned>(ip[kIpv6NextHeaderAt]);
  if (next_header == kProtocolFragment) [[unlikely]] {
    const std::byte* fragment = ip + kIpv6Bytes;
    if (payload_bytes < kFragmentBytes) return FrameReject::kShort;
    if (fragment[0] != std::byte{kProtocolUdp}) return FrameReject::kPunt;
    return judge_udp_fragment(fragment + kFragmentBytes, payload_bytes - kFragmentBytes,
                              load_be16(fragment + 2) & kIpv6OffsetMask);
  }
  if (next_header != kProtocolUdp) return FrameReject::kPunt;
  const std::byte* addresses = ip + kIpv6SourceAt;
  if (is_martian_v6(addresses, addresses + IpAddress::kBytes)) [[unlikely]]
    return FrameReject::kMartian;

  view.flow.source = IpAddress::v6(addresses);
  view.flow.destination = IpAddress::v6(addresses + IpAddress::kBytes);
  view.l4_offset = static_cast<std::uint16_t>(view.l3_offset + kIpv6Bytes);
  return parse_udp(view, frame, {payload_bytes, addresses, 2 * IpAddress::kBytes, false}, known);
}

}  // namespace

Parsed FrameView::parse(base::Bytes frame, RxChecksum known) noexcept {
  if (frame.size() < kEthernetBytes) return FrameReject::kShort;
  FrameView view;
  std::memcpy(view.flow.destination_mac.octets.data(), frame.data(), kMacBytes);
  std::memcpy(view.flow.source_mac.octets.data(), frame.data() + kMacBytes, kMacBytes);
  std::uint16_t ethertype = load_be16(frame.data() + kEthertypeAt);
  view.l3_offset = kEthernetBytes;
  if (ethertype == kEthertypeVlan) {
    if (frame.size() < kEthernetBytes + kVlanBytes) return FrameReject::kShort;
    view.flow.vlan_tci = load_be16(frame.data() + kEthernetBytes);
    ethertype = load_be16(frame.data() + kEthernetBytes + 2);
    view.l3_offset = kEthernetBytes + kVlanBytes;
  }
  if (ethertype == kEthertypeIpv4) return parse_ipv4(view, frame, known);
  if (ethertype == kEthertypeIpv6) return parse_ipv6(view, frame, known);
  return FrameReject::kPunt;  // a second tag too
}

}  // namespace net
