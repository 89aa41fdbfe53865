// SPDX-License-Identifier: Apache-2.0
// Frames that leave: the reply in place of its query, and a new frame in front of its payload.
#include "layout.hpp"
#include "net/frame.hpp"

namespace net {
namespace {

using base::store_be16;

inline constexpr std::size_t kMaxLengthField = 0xffff;

/// An IP header and its UDP header while they are written: the words that the checksum covers are in registers. Summing
/// bytes that were just stored in pieces would wait for those stores.
struct Ends {
  const IpAddress& source;
  const IpAddress& destination;
  base::UdpPort source_port;
  base::UdpPort destination_port;
};

void store_word(std::byte* at, std::uint64_t word) noexcept { std::memcpy(at, &word, sizeof word); }

std::uint32_t load_half(const std::byte* at) noexcept {
  std::uint32_t half = 0;
  std::memcpy(&half, at, sizeof half);
  return half;
}

/// Writes a header of `header_bytes` and returns the sum of its addresses. DSCP and ECN 0; ID 0, which a datagram that is
/// never fragmented may have (RFC 6864 §4.1).
[[gnu::always_inline]] inline std::uint64_t write_ipv4(std::byte* ip, std::size_t header_bytes, const Ends& ends,
                                                       std::size_t udp_bytes, TxChecksum mode) noexcept {
  const std::uint64_t front = __builtin_bswap64((0x40U | header_bytes / 4) << 56U |
                                                std::uint64_t{header_bytes + udp_bytes} << 32U | kIpv4DontFragment);
  const std::uint64_t hops = __builtin_bswap16(std::uint16_t{kHopLimit << 8U | kProtocolUdp});
  const std::uint32_t source = load_half(ends.source.v4_octets());
  const std::uint32_t destination = load_half(ends.destination.v4_octets());
  const std::uint64_t addresses = std::uint64_t{source} + destination;
  std::uint64_t sum = halves_sum(front) + hops + addresses;
  if (header_bytes > kIpv4Bytes) [[unlikely]] {
    constexpr std::uint64_t kTwoNops = 0x0101;
    static_assert(kIpv4OptionNop == std::byte{kTwoNops & 0xff});
    std::memset(ip + kIpv4Bytes, std::to_integer<int>(kIpv4OptionNop), header_bytes - kIpv4Bytes);
    sum += (header_bytes - kIpv4Bytes) / 2 * kTwoNops;
  }
  const std::uint16_t check =
      mode == TxChecksum::kOffload ? std::uint16_t{0} : static_cast<std::uint16_t>(~fold_sum(sum));
  store_word(ip, front);
  store_word(ip + 8, hops | std::uint64_t{check} << 16U | std::uint64_t{source} << 32U);
  std::memcpy(ip + kIpv4SourceAt + sizeof source, &destination, sizeof destination);
  return addresses;
}

/// The same for IPv6. Traffic class and flow label 0.
[[gnu::always_inline]] inline std::uint64_t write_ipv6(std::byte* ip, const Ends& ends,
                                                       std::size_t udp_bytes) noexcept {
  store_word(ip, __builtin_bswap64(std::uint64_t{0x6} << 60U | std::uint64_t{udp_bytes} << 16U |
                                   std::uint64_t{kProtocolUdp} << 8U | kHopLimit));
  const std::byte* source = ends.source.octets().data();
  const std::byte* destination = ends.destination.octets().data();
  std::memcpy(ip + kIpv6SourceAt, source, IpAddress::kBytes);
  std::memcpy(ip + kIpv6SourceAt + IpAddress::kBytes, destination, IpAddress::kBytes);
  return word_sum(source, IpAddress::kBytes) + word_sum(destination, IpAddress::kBytes);
}

[[gnu::always_inline]] inline void write_udp(std::byte* udp, const Ends& ends, std::uint64_t addresses_sum,
                                             std::size_t udp_bytes, TxChecksum mode) noexcept {
  const std::uint64_t front =
      __builtin_bswap64(std::uint64_t{ends.source_port.value()} << 48U |
                        std::uint64_t{ends.destination_port.value()} << 32U | std::uint64_t{udp_bytes} << 16U);
  const std::uint64_t pseudo = addresses_sum + pseudo_tail_sum(static_cast<std::uint16_t>(udp_bytes));
  std::uint16_t check = 0;
  if (mode == TxChecksum::kOffload) {
    check = fold_sum(pseudo);
  } else {
    const std::uint64_t sum = pseudo + halves_sum(front) + word_sum(udp + kUdpBytes, udp_bytes - kUdpBytes);
    check = static_cast<std::uint16_t>(~fold_sum(sum));
    if (check == 0) check = 0xffff;  // 0 would mean: no checksum
  }
  store_word(udp, front | std::uint64_t{check} << 48U);
}

[[gnu::always_inline]] inline void write_macs(std::byte* frame, const MacAddress& source,
                                              const MacAddress& destination) noexcept {
  std::memcpy(frame, destination.octets.data(), kMacBytes);
  std::memcpy(frame + kMacBytes, source.octets.data(), kMacBytes);
}

/// The IP header has `ip_bytes` bytes; inlined with a constant on the usual path.
[[gnu::always_inline]] inline void write_ip_udp(std::byte* ip, std::size_t ip_bytes, bool is_v4, const Ends& ends,
                                                std::size_t udp_bytes, TxChecksum mode) noexcept {
  const std::uint64_t addresses_sum =
      is_v4 ? write_ipv4(ip, ip_bytes, ends, udp_bytes, mode) : write_ipv6(ip, ends, udp_bytes);
  write_udp(ip + ip_bytes, ends, addresses_sum, udp_bytes, mode);
}

Ends back_from(const Flow& query) noexcept {
  return {query.destination, query.source, query.destination_port, query.source_port};
}

[[gnu::noinline]] void write_any_reply(base::MutableBytes room, const FrameView& frame, std::size_t udp_bytes,
                                       TxChecksum mode) noexcept {
  const Ends ends = back_from(frame.flow);
  write_ip_udp(room.data() + frame.l3_offset, static_cast<std::size_t>(frame.l4_offset - frame.l3_offset),
               ends.source.is_v4(), ends, udp_bytes, mode);
}

/// Is there room for the payload, and does its length fit the length fields? Both versions use the IPv4 limit.
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
  if (frame.l4_offset == kEthernetBytes + kIpv4Bytes) [[likely]] {  // neither tag nor options
    write_ip_udp(room.data() + kEthernetBytes, kIpv4Bytes, true, back_from(query), kUdpBytes + payload_bytes, mode);
  } else {
    write_any_reply(room, frame, kUdpBytes + payload_bytes, mode);
  }
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
  const std::byte* udp = room.data() + header_bytes - kUdpBytes;
  write_ip_udp(ethertype + 2, static_cast<std::size_t>(udp - (ethertype + 2)), flow.source.is_v4(),
               {flow.source, flow.destination, flow.source_port, flow.destination_port}, kUdpBytes + payload_bytes,
               mode);
  return header_bytes + payload_bytes;
}

std::uint16_t checksum(base::Bytes bytes, std::uint32_t sum) noexcept {
  const std::uint64_t start = __builtin_bswap16(fold_sum(sum));  // `sum` counts big-endian words
  return __builtin_bswap16(static_cast<std::uint16_t>(~fold_sum(start + word_sum(bytes.data(), bytes.size()))));
}

}  // namespace net
