// SPDX-License-Identifier: Apache-2.0
// Ethernet (with VLAN tags), raw IP, Linux cooked v1 and v2, loopback; IPv4 and IPv6 with its skippable headers.
#include "packet.hpp"

#include <algorithm>

namespace trace {
namespace {

// libpcap's names for them.
constexpr int kDltNull = 0;  // address family in the capturing host's order
constexpr int kDltEthernet = 1;
constexpr int kDltRaw = 12;
constexpr int kDltRawOther = 101;  // its value in files
constexpr int kDltLoop = 108;      // address family in network order
constexpr int kDltLinuxSll = 113;
constexpr int kDltIpv4 = 228;
constexpr int kDltIpv6 = 229;
constexpr int kDltLinuxSll2 = 276;

constexpr std::uint16_t kEtherIpv4 = 0x0800;
constexpr std::uint16_t kEtherIpv6 = 0x86dd;
constexpr std::uint8_t kProtocolTcp = 6;
constexpr std::uint8_t kProtocolUdp = 17;

bool is_vlan(std::uint16_t type) noexcept { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }

/// Steps over tags; the type behind them.
std::uint16_t skip_tags(base::ByteReader& in, std::uint16_t type) noexcept {
  for (int tags = 0; is_vlan(type) && tags < 4; ++tags) {
    in.skip(2);
    type = in.u16();
  }
  return type;
}

/// The EtherType of what follows, 0 when it is nothing for us, and the reader stands at its first octet.
std::uint16_t skip_link_header(int link_type, base::ByteReader& in) noexcept {
  switch (link_type) {
    case kDltEthernet:
      in.skip(12);
      return skip_tags(in, in.u16());
    case kDltLinuxSll:
      in.skip(14);
      return skip_tags(in, in.u16());
    case kDltLinuxSll2: {
      const std::uint16_t type = in.u16();
      in.skip(18);
      return skip_tags(in, type);
    }
    case kDltNull:
    case kDltLoop:
      in.skip(4);
      [[fallthrough]];
    default:
      return 1;  // the version says which
  }
}

struct Ip {
  std::uint8_t protocol = 0;
  base::Bytes payload;
  bool is_cut = false;
};

base::Outcome<Ip, Skip> read_ipv4(base::Bytes bytes, Ends& ends) noexcept {
  constexpr std::uint16_t kMoreOrOffset = 0x3fff;
  base::ByteReader in(bytes);
  const std::size_t header = std::size_t{in.u8() & 0x0fU} * 4;
  in.skip(1);
  std::size_t total = in.u16();
  in.skip(2);
  const std::uint16_t fragment = in.u16();
  in.skip(1);
  Ip ip;
  ip.protocol = in.u8();
  in.skip(2);
  const base::Bytes source = in.bytes(4);
  const base::Bytes destination = in.bytes(4);
  if (!in.ok() || header < 20) return Skip::kHeadersBroken;
  if (total == 0) total = bytes.size();  // left to the card, which was behind the capture
  if (header > total || header > bytes.size()) return Skip::kHeadersBroken;
  ends.source = net::IpAddress::v4(source.data());
  ends.destination = net::IpAddress::v4(destination.data());
  if ((fragment & kMoreOrOffset) != 0) return Skip::kFragment;
  ip.is_cut = total > bytes.size();
  ip.payload = bytes.subspan(header, std::min(total, bytes.size()) - header);
  return ip;
}

base::Outcome<Ip, Skip> read_ipv6(base::Bytes bytes, Ends& ends) noexcept {
  constexpr std::uint8_t kHopByHop = 0;
  constexpr std::uint8_t kRouting = 43;
  constexpr std::uint8_t kFragmentHeader = 44;
  constexpr std::uint8_t kOptions = 60;
  constexpr std::size_t kHeader = 40;
  base::ByteReader in(bytes);
  in.skip(4);
  const std::size_t length = in.u16();
  Ip ip;
  ip.protocol = in.u8();
  in.skip(1);
  const base::Bytes source = in.bytes(16);
  const base::Bytes destination = in.bytes(16);
  if (!in.ok()) return Skip::kHeadersBroken;
  ends.source = net::IpAddress::v6(source.data());
  ends.destination = net::IpAddress::v6(destination.data());
  ip.payload = bytes.subspan(kHeader);
  if (length != 0) {
    ip.is_cut = length > ip.payload.size();
    ip.payload = ip.payload.first(std::min(length, ip.payload.size()));
  }
  for (int headers = 0; headers < 8; ++headers) {
    base::ByteReader next(ip.payload);
    std::size_t size = 8;
    const std::uint8_t protocol = next.u8();
    if (ip.protocol == kFragmentHeader) {
      next.skip(1);
      if ((next.u16() & 0xfff9U) != 0) return Skip::kFragment;  // an atomic one is whole
    } else if (ip.protocol == kHopByHop || ip.protocol == kRouting || ip.protocol == kOptions) {
      size = (std::size_t{next.u8()} + 1) * 8;
    } else {
      return ip;
    }
    if (!next.ok() || size > ip.payload.size()) return Skip::kHeadersBroken;
    ip.protocol = protocol;
    ip.payload = ip.payload.subspan(size);
  }
  return Skip::kHeadersBroken;
}

base::Outcome<Packet, Skip> read_udp(const Ip& ip, Packet packet) noexcept {
  constexpr std::size_t kHeader = 8;
  base::ByteReader in(ip.payload);
  packet.ends.source_port = in.u16();
  packet.ends.destination_port = in.u16();
  const std::size_t length = in.u16();
  in.skip(2);
  if (!in.ok()) return ip.is_cut ? Skip::kPacketCut : Skip::kHeadersBroken;
  if (length < kHeader) return Skip::kHeadersBroken;
  packet.payload = ip.payload.subspan(kHeader, std::min(length, ip.payload.size()) - kHeader);
  if (length > ip.payload.size()) return ip.is_cut ? Skip::kPacketCut : Skip::kHeadersBroken;
  return packet;
}

base::Outcome<Packet, Skip> read_tcp(const Ip& ip, Packet packet) noexcept {
  base::ByteReader in(ip.payload);
  packet.is_tcp = true;
  packet.ends.source_port = in.u16();
  packet.ends.destination_port = in.u16();
  packet.sequence = in.u32();
  in.skip(4);
  const std::size_t header = std::size_t{in.u8()} / 16 * 4;
  const std::uint8_t flags = in.u8();
  if (!in.ok()) return ip.is_cut ? Skip::kPacketCut : Skip::kHeadersBroken;
  packet.syn = (flags & 0x02U) != 0;
  packet.fin_or_rst = (flags & 0x05U) != 0;
  if (header < 20 || header > ip.payload.size()) return ip.is_cut ? Skip::kPacketCut : Skip::kHeadersBroken;
  packet.payload = ip.payload.subspan(header);  // what a cut packet has is good for a stream that ends there
  return packet;
}

}  // namespace

bool is_known_link_type(int link_type) noexcept {
  switch (link_type) {
    case kDltNull:
    case kDltEthernet:
    case kDltRaw:
    case kDltRawOther:
    case kDltLoop:
    case kDltLinuxSll:
    case kDltIpv4:
    case kDltIpv6:
    case kDltLinuxSll2:
      return true;
    default:
      return false;
  }
}

base::Outcome<Packet, Skip> decapsulate(int link_type, base::Bytes captured, std::size_t whole_bytes) noexcept {
  base::ByteReader in(captured);
  const std::uint16_t type = skip_link_header(link_type, in);
  const Skip shortage = captured.size() < whole_bytes ? Skip::kPacketCut : Skip::kHeadersBroken;
  if (!in.ok()) return shortage;
  if (type != kEtherIpv4 && type != kEtherIpv6 && type != 1) return Skip::kNotDns;
  const base::Bytes bytes = captured.subspan(in.offset());
  if (bytes.empty()) return shortage;
  const auto version = std::to_integer<unsigned>(bytes[0]) >> 4U;
  if (version != 4 && version != 6) return Skip::kNotDns;
  Packet packet;
  const auto ip = version == 4 ? read_ipv4(bytes, packet.ends) : read_ipv6(bytes, packet.ends);
  if (!ip) return ip.error() == Skip::kHeadersBroken ? shortage : ip.error();
  if (ip->protocol == kProtocolUdp) return read_udp(*ip, packet);
  if (ip->protocol == kProtocolTcp) return read_tcp(*ip, packet);
  return Skip::kNotDns;
}

}  // namespace trace
