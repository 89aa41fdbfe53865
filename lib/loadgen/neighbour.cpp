// SPDX-License-Identifier: Apache-2.0
// ARP and neighbour discovery, the client's part.
#include "neighbour.hpp"

#include <algorithm>
#include <array>

#include "net/frame.hpp"

namespace loadgen {
namespace {

constexpr std::uint16_t kArp = 0x0806;
constexpr std::uint16_t kIpv6 = 0x86dd;
constexpr std::uint8_t kIcmp6 = 58;
constexpr std::uint8_t kSolicitation = 135;
constexpr std::uint8_t kAdvertisement = 136;
constexpr std::uint8_t kSourceLinkLayer = 1;  // options
constexpr std::uint8_t kTargetLinkLayer = 2;
constexpr std::uint32_t kSolicitedOverride = 0x6000'0000;
constexpr std::uint8_t kHopLimit = 255;  // only a host on this link can have sent it
constexpr std::size_t kEthernetBytes = 14;
constexpr std::size_t kIpv6Bytes = 40;
constexpr std::size_t kIcmpBytes = 32;  // message with target and one option
constexpr net::MacAddress kBroadcast{
    {std::byte{0xff}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}}};

net::MacAddress read_mac(base::ByteReader& in) noexcept {
  net::MacAddress mac;
  const base::Bytes octets = in.bytes(mac.octets.size());
  std::copy(octets.begin(), octets.end(), mac.octets.begin());
  return mac;
}

net::IpAddress read_v4(base::ByteReader& in) noexcept {
  const base::Bytes octets = in.bytes(4);
  return octets.empty() ? net::IpAddress{} : net::IpAddress::v4(octets.data());
}

net::IpAddress read_v6(base::ByteReader& in) noexcept {
  const base::Bytes octets = in.bytes(16);
  return octets.empty() ? net::IpAddress{} : net::IpAddress::v6(octets.data());
}

void write_ethernet(base::ByteWriter& out, const net::MacAddress& to, const net::MacAddress& from,
                    std::uint16_t type) noexcept {
  out.bytes(to.octets);
  out.bytes(from.octets);
  out.u16(type);
}

std::size_t padded(base::MutableBytes room, const base::ByteWriter& out) noexcept {
  if (!out.ok() || room.size() < kLeastFrameBytes) return 0;
  if (out.size() >= kLeastFrameBytes) return out.size();
  std::fill(room.begin() + static_cast<std::ptrdiff_t>(out.size()), room.begin() + kLeastFrameBytes, std::byte{0});
  return kLeastFrameBytes;
}

std::size_t write_arp(base::MutableBytes room, NeighbourKind kind, const net::IpAddress& own,
                      const net::MacAddress& own_mac, const net::IpAddress& other,
                      const net::MacAddress& other_mac) noexcept {
  base::ByteWriter out(room);
  write_ethernet(out, kind == NeighbourKind::kAsk ? kBroadcast : other_mac, own_mac, kArp);
  out.u16(1);       // Ethernet
  out.u16(0x0800);  // IPv4
  out.u8(6);
  out.u8(4);
  out.u16(kind == NeighbourKind::kAsk ? 1 : 2);
  out.bytes(own_mac.octets);
  out.bytes({own.v4_octets(), 4});
  out.bytes(kind == NeighbourKind::kAsk ? net::MacAddress{}.octets : other_mac.octets);
  out.bytes({other.v4_octets(), 4});
  return padded(room, out);
}

std::uint32_t pseudo_sum(const net::IpAddress& from, const net::IpAddress& to) noexcept {
  std::uint32_t sum = kIcmpBytes + kIcmp6;
  for (std::size_t i = 0; i < net::IpAddress::kBytes; i += 2) {
    sum += std::uint32_t{base::load_be16(from.octets().data() + i)} + base::load_be16(to.octets().data() + i);
  }
  return sum;
}

struct Nd {
  std::uint8_t type = 0;
  std::uint8_t option = 0;
  std::uint32_t flags = 0;
  net::MacAddress to_mac;
  net::IpAddress to;
  net::IpAddress target;
};

std::size_t write_nd(base::MutableBytes room, const net::IpAddress& own, const net::MacAddress& own_mac,
                     const Nd& nd) noexcept {
  base::ByteWriter out(room);
  write_ethernet(out, nd.to_mac, own_mac, kIpv6);
  out.u32(0x6000'0000);
  out.u16(kIcmpBytes);
  out.u8(kIcmp6);
  out.u8(kHopLimit);
  out.bytes(own.octets());
  out.bytes(nd.to.octets());
  out.u8(nd.type);
  out.u8(0);
  out.u16(0);  // checksum
  out.u32(nd.flags);
  out.bytes(nd.target.octets());
  out.u8(nd.option);
  out.u8(1);  // eight bytes
  out.bytes(own_mac.octets);
  if (!out.ok()) return 0;
  std::byte* const icmp = room.data() + kEthernetBytes + kIpv6Bytes;
  base::store_be16(icmp + 2, net::checksum({icmp, kIcmpBytes}, pseudo_sum(own, nd.to)));
  return out.size();
}

std::optional<NeighbourMessage> parse_arp(base::ByteReader& in) noexcept {
  const std::uint32_t hardware_and_protocol = in.u32();
  const std::uint16_t sizes = in.u16();
  const std::uint16_t operation = in.u16();
  NeighbourMessage message;
  message.sender_mac = read_mac(in);
  message.sender = read_v4(in);
  static_cast<void>(read_mac(in));
  message.target = read_v4(in);
  if (!in.ok() || hardware_and_protocol != 0x0001'0800 || sizes != 0x0604) return std::nullopt;
  if (operation == 2) {  // a reply announces its sender
    message.kind = NeighbourKind::kTell;
    message.target = message.sender;
    message.target_mac = message.sender_mac;
    return message;
  }
  const std::array<std::byte, 4> unspecified{};
  if (operation != 1 || message.sender == net::IpAddress::v4(unspecified.data())) return std::nullopt;
  return message;
}

std::optional<NeighbourMessage> parse_nd(base::ByteReader& in, const net::MacAddress& from,
                                         base::Bytes frame) noexcept {
  in.skip(4);
  const std::uint16_t payload_bytes = in.u16();
  const std::uint8_t next_header = in.u8();
  const std::uint8_t hop_limit = in.u8();
  NeighbourMessage message;
  message.sender = read_v6(in);
  message.sender_mac = from;
  in.skip(16);
  const std::uint8_t type = in.u8();
  const std::uint8_t code = in.u8();
  in.skip(6);
  message.target = read_v6(in);
  if (!in.ok() || next_header != kIcmp6 || hop_limit != kHopLimit || code != 0) return std::nullopt;
  if (message.sender == net::IpAddress{} || payload_bytes < 24) return std::nullopt;
  if (type == kSolicitation) return message;
  if (type != kAdvertisement) return std::nullopt;
  message.kind = NeighbourKind::kTell;
  message.target_mac = from;
  const bool has_option = payload_bytes >= kIcmpBytes && frame.size() >= kEthernetBytes + kIpv6Bytes + kIcmpBytes;
  if (has_option && in.u8() == kTargetLinkLayer && in.u8() == 1) message.target_mac = read_mac(in);
  return message;
}

}  // namespace

std::optional<NeighbourMessage> parse_neighbour(base::Bytes frame) noexcept {
  base::ByteReader in(frame);
  in.skip(6);
  const net::MacAddress from = read_mac(in);
  const std::uint16_t type = in.u16();
  if (type == kArp) return parse_arp(in);
  if (type == kIpv6) return parse_nd(in, from, frame);
  return std::nullopt;
}

std::size_t write_ask(base::MutableBytes room, const net::IpAddress& own, const net::MacAddress& own_mac,
                      const net::IpAddress& target) noexcept {
  if (target.is_v4()) return write_arp(room, NeighbourKind::kAsk, own, own_mac, target, {});
  // ff02::1:ff00:0 with the last three bytes of the target, and 33:33 with the last four of that.
  std::array<std::byte, 16> group{std::byte{0xff}, std::byte{0x02}};
  group[11] = std::byte{1};
  group[12] = std::byte{0xff};
  std::copy(target.octets().begin() + 13, target.octets().end(), group.begin() + 13);
  net::MacAddress to{{std::byte{0x33}, std::byte{0x33}}};
  std::copy(group.begin() + 12, group.end(), to.octets.begin() + 2);
  return write_nd(room, own, own_mac,
                  {kSolicitation, kSourceLinkLayer, 0, to, net::IpAddress::v6(group.data()), target});
}

std::size_t write_tell(base::MutableBytes room, const net::IpAddress& own, const net::MacAddress& own_mac,
                       const net::IpAddress& asker, const net::MacAddress& asker_mac) noexcept {
  if (own.is_v4()) return write_arp(room, NeighbourKind::kTell, own, own_mac, asker, asker_mac);
  return write_nd(room, own, own_mac, {kAdvertisement, kTargetLinkLayer, kSolicitedOverride, asker_mac, asker, own});
}

}  // namespace loadgen
