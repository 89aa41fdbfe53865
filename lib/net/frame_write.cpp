// SPDX-License-Identifier: Apache-2.0
// Frames that leave: the reply in place of its query, and a new frame in front of its payload.
#include "layout.hpp"
#include "net/frame.hpp"

namespace net {
namespace {

using base::store_be16;
using base::store_be32;

inline constexpr std::size_t kMaxLengthField = 0xffff;

void store_folded(std::byte* at, std::uint16_t sum) noexcept { std::memcpy(at, &sum, sizeof sum); }

/// DSCP and ECN 0; ID 0, which a datagram that is never fragmented may have (RFC 6864 §4.1).
void write_ipv4(std::byte* ip, std::size_t header_bytes, std::size_t udp_bytes, TxChecksum mode) noexcept {
  ip[0] = std::byte{0x40} | static_cast<std::byte>(header_bytes / 4);
  ip[1] = std::byte{0};
  store_be16(ip + kIpv4LengthAt, static_cast<std::uint16_t>(header_bytes + udp_bytes));
  store_be32(ip + 4, kIpv4DontFragment);
  store_be32(ip + 8, std::uint32_t{kHopLimit} << 24U | std::uint32_t{kProtocolUdp} << 16U);
  if (header_bytes > kIpv4Bytes) [[unlikely]] {
    std::memset(ip + kIpv4Bytes, std::to_integer<int>(kIpv4OptionNop), header_bytes - kIpv4Bytes);
  }
  if (mode == TxChecksum::kOffload) return;
  store_folded(ip + kIpv4ChecksumAt, static_cast<std::uint16_t>(~fold_sum(word_sum(ip, header_bytes))));
}

/// Traffic class and flow label 0.
void write_ipv6(std::byte* ip, std::size_t udp_bytes) noexcept {
  store_be32(ip, 0x6000'0000U);
  store_be16(ip + kIpv6LengthAt, static_cast<std::uint16_t>(udp_bytes));
  ip[kIpv6NextHeaderAt] = std::byte{kProtocolUdp};
  ip[kIpv6NextHeaderAt + 1] = std::byte{kHopLimit};
}

/// Length and checksum; the ports stand there already.
void finish_udp(std::byte* udp, std::size_t udp_bytes, const std::byte* addresses, std::size_t addresses_bytes,
                TxChecksum mode) noexcept {
  const auto length = static_cast<std::uint16_t>(udp_bytes);
  store_be16(udp + kUdpLengthAt, length);
  store_be16(udp + kUdpChecksumAt, 0);
  const std::uint64_t pseudo = pseudo_header_sum(addresses, addresses_bytes, length);
  if (mode == TxChecksum::kOffload) return store_folded(udp + kUdpChecksumAt, fold_sum(pseudo));
  const auto sum = static_cast<std::uint16_t>(~fold_sum(pseudo + word_sum(udp, udp_bytes)));
  store_folded(udp + kUdpChecksumAt, sum == 0 ? std::uint16_t{0xffff} : sum);  // 0 would say: no checksum
}

void write_macs(std::byte* frame, const MacAddress& source, const MacAddress& destination) noexcept {
  std::memcpy(frame, destination.octets.data(), kMacBytes);
  std::memcpy(frame + kMacBytes, source.octets.data(), kMacBytes);
}

/// IP and UDP headers from `source` to `destination`; the IP header has `ip_bytes` bytes.
void write_ip_udp(std::byte* ip, std::size_t ip_bytes, const IpAddress& source, const IpAddress& destination,
                  std::size_t udp_bytes, TxChecksum mode) noexcept {
  std::byte* udp = ip + ip_bytes;
  if (source.is_v4()) {
    std::byte* addresses = ip + kIpv4SourceAt;
    std::memcpy(addresses, source.v4_octets(), 4);
    std::memcpy(addresses + 4, destination.v4_octets(), 4);
    write_ipv4(ip, ip_bytes, udp_bytes, mode);
    finish_udp(udp, udp_bytes, addresses, 8, mode);
  } else {
    std::byte* addresses = ip + kIpv6SourceAt;
    std::memcpy(addresses, source.octets().data(), IpAddress::kBytes);
    std::memcpy(addresses + IpAddress::kBytes, destination.octets().data(), IpAddress::kBytes);
    write_ipv6(ip, udp_bytes);
    finish_udp(udp, udp_bytes, addresses, 2 * IpAddress::kBytes, mode);
  }
}

/// Room for the payload, and length fields that can say so. The IPv4 limit is taken for both versions.
bool fits(std::size_t room_bytes, std::size_t header_bytes, std::size_t payload_bytes) noexcept {
  return header_bytes <= room_bytes && payload_bytes <= room_bytes - header_bytes &&
         payload_bytes <= kMaxLengthField - header_bytes;
}

}  // namespace

std::size_t udp_header_bytes(const Flow& flow) noexcept {
  return kEthernetBytes + (flow.vlan_tci != 0 ? kVlanBytes : 0) + (flow.destination.is_v4() ? kIpv4Bytes : kIpv6Bytes) +
         kUdpBytes;
}

std::size_t make_reply(base::MutableBytes room, const FrameView& frame, std::size_t payload_bytes,
                       TxChecksum mode) noexcept {
  if (!SLUICE_CHECK(fits(room.size(), frame.payload_offset, payload_bytes))) return 0;
  const Flow& query = frame.flow;
  write_macs(room.data(), query.destination_mac, query.source_mac);
  std::byte* udp = room.data() + frame.l4_offset;
  store_be16(udp, query.destination_port.value());
  store_be16(udp + 2, query.source_port.value());
  write_ip_udp(room.data() + frame.l3_offset, static_cast<std::size_t>(frame.l4_offset - frame.l3_offset),
               query.destination, query.source, kUdpBytes + payload_bytes, mode);
  return frame.payload_offset + payload_bytes;
}

std::size_t write_udp_frame(base::MutableBytes room, const Flow& flow, std::size_t payload_bytes,
                            TxChecksum mode) noexcept {
  const std::size_t header_bytes = udp_header_bytes(flow);
  if (!SLUICE_CHECK(flow.source.is_v4() == flow.destination.is_v4())) return 0;
  if (!SLUICE_CHECK(fits(room.size(), header_bytes, payload_bytes))) return 0;
  write_macs(room.data(), flow.source_mac, flow.destination_mac);
  std::byte* ethertype = room.data() + kEthertypeAt;
  if (flow.vlan_tci != 0) {
    store_be16(ethertype, kEthertypeVlan);
    store_be16(ethertype + 2, flow.vlan_tci);
    ethertype += kVlanBytes;
  }
  store_be16(ethertype, flow.source.is_v4() ? kEthertypeIpv4 : kEthertypeIpv6);
  std::byte* udp = room.data() + header_bytes - kUdpBytes;
  store_be16(udp, flow.source_port.value());
  store_be16(udp + 2, flow.destination_port.value());
  write_ip_udp(ethertype + 2, static_cast<std::size_t>(udp - (ethertype + 2)), flow.source, flow.destination,
               kUdpBytes + payload_bytes, mode);
  return header_bytes + payload_bytes;
}

std::uint16_t checksum(base::Bytes bytes, std::uint32_t sum) noexcept {
  const std::uint64_t start = __builtin_bswap16(fold_sum(sum));  // `sum` counts big-endian words
  return __builtin_bswap16(static_cast<std::uint16_t>(~fold_sum(start + word_sum(bytes.data(), bytes.size()))));
}

}  // namespace net
