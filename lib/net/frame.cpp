// SPDX-License-Identifier: Apache-2.0
// Received frames: Ethernet, one 802.1Q tag, IPv4 or IPv6, UDP. Each step hands the rest to the next.
#include "net/frame.hpp"

#include "layout.hpp"

namespace net {
namespace {

using base::load_be16;
using Rejected = std::optional<FrameReject>;

/// Offsets found so far, in registers. The view is written once, at the end.
struct Place {
  base::Bytes frame;
  std::size_t l3;
  std::uint16_t vlan_tci;
  RxChecksum known;
};

/// Fields of the IP header.
struct Ip {
  std::size_t l4 = 0;
  std::size_t payload_bytes = 0;         // by the length field, within the frame
  const std::byte* addresses = nullptr;  // source, then destination
  bool is_v4 = false;
};

/// A fragment of UDP whose transport part starts at `at`. RFC 9715 §3: fragmented DNS is dropped, not reassembled; a
/// later fragment shows no port and cannot be used without the first.
FrameReject judge_udp_fragment(const std::byte* at, std::size_t left, std::uint32_t fragment_offset) noexcept {
  if (fragment_offset != 0 || left < 2 * sizeof(std::uint16_t)) return FrameReject::kDnsFragment;
  const bool is_dns = load_be16(at) == kDnsPort || load_be16(at + 2) == kDnsPort;
  return is_dns ? FrameReject::kDnsFragment : FrameReject::kPunt;
}

/// Multicast, limited broadcast and loopback are not valid as source. RFC 1122 §3.2.1.3.
bool is_martian_v4(const std::byte* source) noexcept {
  const auto first = std::to_integer<unsigned>(source[0]);
  return (first & 0xf0U) == 0xe0U || first == 127U || first == 255U;
}

/// ::/64 holds unspecified, loopback and IPv4-mapped addresses; the last would be taken for IPv4 clients here.
bool is_martian_v6(const std::byte* source, const std::byte* destination) noexcept {
  return load_word(source) == 0 || load_word(destination) == 0 || source[0] == std::byte{0xff};
}

/// `udp_bytes` is the length field of the header.
[[gnu::always_inline]] inline Rejected check_udp(const Place& at, const Ip& ip, std::uint16_t udp_bytes) noexcept {
  const std::byte* udp = at.frame.data() + ip.l4;
  if (udp_bytes < kUdpBytes || udp_bytes > ip.payload_bytes) [[unlikely]]
    return FrameReject::kShort;

  if (load_be16(udp + kUdpChecksumAt) == 0) {
    // Some NICs report a missing checksum as bad, so the port's flag is ignored here.
    if (!ip.is_v4) return FrameReject::kUdpChecksum;
  } else if (at.known == RxChecksum::kUnknown) {
    const std::uint64_t addresses =
        ip.is_v4 ? word_sum(ip.addresses, kIpv4AddressesBytes) : word_sum(ip.addresses, 2 * IpAddress::kBytes);
    const std::uint64_t sum = addresses + pseudo_tail_sum(udp_bytes) + word_sum(udp, udp_bytes);
    if (fold_sum(sum) != kSumOfGood) [[unlikely]]
      return FrameReject::kUdpChecksum;
  } else if (at.known == RxChecksum::kL4Bad) {
    return FrameReject::kUdpChecksum;
  }
  return std::nullopt;
}

/// The only place that writes a view.
[[gnu::always_inline]] inline void fill(FrameView& view, const Place& at, const Ip& ip,
                                        std::uint16_t udp_bytes) noexcept {
  const std::byte* udp = at.frame.data() + ip.l4;
  std::memcpy(view.flow.destination_mac.octets.data(), at.frame.data(), kMacBytes);
  std::memcpy(view.flow.source_mac.octets.data(), at.frame.data() + kMacBytes, kMacBytes);
  view.flow.vlan_tci = at.vlan_tci;
  if (ip.is_v4) {
    view.flow.source = IpAddress::v4(ip.addresses);
    view.flow.destination = IpAddress::v4(ip.addresses + 4);
  } else {
    view.flow.source = IpAddress::v6(ip.addresses);
    view.flow.destination = IpAddress::v6(ip.addresses + IpAddress::kBytes);
  }
  view.flow.source_port = base::UdpPort(load_be16(udp));
  view.flow.destination_port = base::UdpPort(load_be16(udp + 2));
  view.l3_offset = static_cast<std::uint16_t>(at.l3);
  view.l4_offset = static_cast<std::uint16_t>(ip.l4);
  view.payload_offset = static_cast<std::uint16_t>(ip.l4 + kUdpBytes);
  view.payload_bytes = static_cast<std::uint16_t>(udp_bytes - kUdpBytes);
}

/// `header_bytes` lie within the frame.
[[gnu::always_inline]] inline Rejected check_ipv4(const Place& at, std::size_t header_bytes, Ip& found) noexcept {
  const std::byte* ip = at.frame.data() + at.l3;
  const std::size_t total_bytes = load_be16(ip + kIpv4LengthAt);
  if (total_bytes > at.frame.size() - at.l3 || header_bytes > total_bytes) [[unlikely]]
    return FrameReject::kShort;
  if (ip[kIpv4ProtocolAt] != std::byte{kProtocolUdp}) return FrameReject::kPunt;  // the kernel does its own checks
  if (at.known == RxChecksum::kIpBad) return FrameReject::kIpChecksum;
  if (at.known == RxChecksum::kUnknown && fold_sum(word_sum(ip, header_bytes)) != kSumOfGood) [[unlikely]]
    return FrameReject::kIpChecksum;
  const std::size_t payload_bytes = total_bytes - header_bytes;
  const std::uint32_t fragment = load_be16(ip + kIpv4FragmentAt) & (kIpv4MoreFragments | kIpv4OffsetMask);
  if (fragment != 0) [[unlikely]] {
    return judge_udp_fragment(ip + header_bytes, payload_bytes, fragment & kIpv4OffsetMask);
  }
  const std::byte* addresses = ip + kIpv4SourceAt;
  if (is_martian_v4(addresses)) [[unlikely]]
    return FrameReject::kMartian;

  found = {at.l3 + header_bytes, payload_bytes, addresses, true};
  return std::nullopt;
}

Rejected read_ipv4(const Place& at, Ip& found) noexcept {
  const std::size_t left = at.frame.size() - at.l3;
  if (left < kIpv4Bytes) return FrameReject::kShort;
  const auto version_ihl = std::to_integer<unsigned>(at.frame[at.l3]);
  const std::size_t header_bytes = 4 * static_cast<std::size_t>(version_ihl & 0xfU);
  if ((version_ihl >> 4U) != 4U || header_bytes < kIpv4Bytes || header_bytes > left) [[unlikely]]
    return FrameReject::kShort;
  return check_ipv4(at, header_bytes, found);
}

/// RFC 8200 §4: UDP directly behind the header is handled here, a fragment of it is dropped, all else is punted.
Rejected read_ipv6(const Place& at, Ip& found) noexcept {
  const std::byte* ip = at.frame.data() + at.l3;
  const std::size_t left = at.frame.size() - at.l3;
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

  found = {at.l3 + kIpv6Bytes, payload_bytes, addresses, false};
  return std::nullopt;
}

/// Checks the UDP header and writes the view.
[[gnu::always_inline]] inline Rejected take_udp(FrameView& view, const Place& at, const Ip& ip) noexcept {
  if (ip.payload_bytes < kUdpBytes) [[unlikely]]
    return FrameReject::kShort;
  const std::uint16_t udp_bytes = load_be16(at.frame.data() + ip.l4 + kUdpLengthAt);
  const Rejected reject = check_udp(at, ip, udp_bytes);
  if (reject) [[unlikely]]
    return reject;
  fill(view, at, ip, udp_bytes);
  return std::nullopt;
}

/// IPv4 without tag and options, as nearly all frames are: there every offset is a constant.
bool is_usual(base::Bytes frame) noexcept {
  constexpr std::byte kVersionAndBytes{0x40 | kIpv4Bytes / 4};
  return frame.size() >= kEthernetBytes + kIpv4Bytes && load_be16(frame.data() + kEthertypeAt) == kEthertypeIpv4 &&
         frame[kEthernetBytes] == kVersionAndBytes;
}

[[gnu::noinline]] Rejected read_any(FrameView& view, base::Bytes frame, RxChecksum known) noexcept {
  if (frame.size() < kEthernetBytes) return FrameReject::kShort;
  Place at{frame, kEthernetBytes, 0, known};
  std::uint16_t ethertype = load_be16(frame.data() + kEthertypeAt);
  if (ethertype == kEthertypeVlan) {
    if (frame.size() < kEthernetBytes + kVlanBytes) return FrameReject::kShort;
    at.vlan_tci = load_be16(frame.data() + kEthernetBytes);
    ethertype = load_be16(frame.data() + kEthernetBytes + 2);
    at.l3 += kVlanBytes;
  }
  const bool is_v4 = ethertype == kEthertypeIpv4;
  if (!is_v4 && ethertype != kEthertypeIpv6) return FrameReject::kPunt;  // also a second tag
  Ip ip;
  const Rejected reject = is_v4 ? read_ipv4(at, ip) : read_ipv6(at, ip);
  return reject ? reject : take_udp(view, at, ip);
}

}  // namespace

std::optional<FrameReject> FrameView::read(base::Bytes frame, RxChecksum known) noexcept {
  if (!is_usual(frame)) [[unlikely]]
    return read_any(*this, frame, known);
  const Place at{frame, kEthernetBytes, 0, known};
  Ip ip;
  const Rejected reject = check_ipv4(at, kIpv4Bytes, ip);
  return reject ? reject : take_udp(*this, at, ip);
}

base::Outcome<FrameView, FrameReject> FrameView::parse(base::Bytes frame, RxChecksum known) noexcept {
  base::Outcome<FrameView, FrameReject> parsed(FrameView{});
  const auto reject = parsed.value().read(frame, known);
  if (reject) return *reject;
  return parsed;
}

}  // namespace net
