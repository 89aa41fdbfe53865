// SPDX-License-Identifier: Apache-2.0
// Reads Ethernet and IP headers up to the destination.
#include "foreign_filter.hpp"

namespace slowpath {
namespace {

constexpr std::uint16_t kEthertypeIpv4 = 0x0800;
constexpr std::uint16_t kEthertypeIpv6 = 0x86dd;
constexpr std::uint16_t kEthertypeVlan = 0x8100;
constexpr std::size_t kMacBytes = 6;
constexpr std::uint8_t kProtocolIcmpv6 = 58;
constexpr std::uint8_t kFirstNdType = 133;  // router solicitation
constexpr std::uint8_t kLastNdType = 137;   // redirect

std::uint16_t ethertype_of(base::ByteReader& in) noexcept {
  in.skip(2 * kMacBytes);
  const std::uint16_t type = in.u16();
  if (type != kEthertypeVlan) return type;
  in.skip(2);
  return in.u16();
}

}  // namespace

ForeignFilter::ForeignFilter(std::span<const Server> servers) {
  for (const Server& server : servers) {
    if (server.metered) metered_.push_back({server.address, server.uplink});
  }
}

std::optional<std::uint16_t> ForeignFilter::payer(base::Bytes frame) const noexcept {
  base::ByteReader in(frame);
  const std::uint16_t type = ethertype_of(in);
  if (type == kEthertypeIpv4) {
    in.skip(16);  // version … source
    const base::Bytes destination = in.bytes(4);
    return in.ok() ? uplink_of(net::IpAddress::v4(destination.data())) : std::nullopt;
  }
  if (type == kEthertypeIpv6) {
    in.skip(6);  // version, flow, payload length
    const std::uint8_t next_header = in.u8();
    in.skip(1 + 16);  // hop limit, source
    const base::Bytes destination = in.bytes(16);
    if (!in.ok()) return std::nullopt;
    const std::uint8_t first = in.u8();  // ICMPv6 type; 0 when the packet has no payload
    if (next_header == kProtocolIcmpv6 && first >= kFirstNdType && first <= kLastNdType) return std::nullopt;
    return uplink_of(net::IpAddress::v6(destination.data()));
  }
  return std::nullopt;
}

std::optional<std::uint16_t> ForeignFilter::uplink_of(const net::IpAddress& destination) const noexcept {
  for (const Metered& server : metered_) {
    if (server.address == destination) return server.uplink;
  }
  return std::nullopt;
}

}  // namespace slowpath
