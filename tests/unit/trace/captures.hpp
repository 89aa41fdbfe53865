// SPDX-License-Identifier: Apache-2.0
/// @file captures.hpp – packets and capture files, octet by octet.
///
/// Purpose    pcap and pcapng files of any link type, with UDP and TCP over IPv4 and IPv6.
/// Threads    one test.
#pragma once

#include "samples.hpp"

namespace samples {

// Little-endian, as files of this machine are.
inline std::string le16(unsigned value) { return u8(value & 0xffU) + u8(value >> 8U & 0xffU); }
inline std::string le32(std::uint32_t value) { return le16(value & 0xffffU) + le16(value >> 16U); }

struct Way {
  std::string source = "10.0.0.1";
  std::string destination = "10.0.0.53";
  unsigned source_port = 4'242;
  unsigned destination_port = 53;
  Way back() const { return {destination, source, destination_port, source_port}; }
};

inline std::string address(std::string_view text) {
  const auto parsed = net::parse_address(text);
  std::string out;
  for (const std::byte octet : parsed->octets()) out += static_cast<char>(octet);
  return parsed->is_v4() ? out.substr(12) : out;
}

inline std::string ip(const Way& way, unsigned protocol, const std::string& payload, unsigned fragment = 0) {
  const std::string source = address(way.source);
  const auto size = static_cast<unsigned>(payload.size());
  if (source.size() == 4) {
    return u8(0x45) + u8(0) + u16(20 + size) + u16(7) + u16(fragment) + u8(64) + u8(protocol) + u16(0) + source +
           address(way.destination) + payload;
  }
  return u32(0x6000'0000) + u16(size) + u8(protocol) + u8(64) + source + address(way.destination) + payload;
}
inline std::string udp(const Way& way, const std::string& message) {
  return ip(way, 17,
            u16(way.source_port) + u16(way.destination_port) + u16(static_cast<unsigned>(8 + message.size())) + u16(0) +
                message);
}
inline constexpr unsigned kSyn = 2;
inline constexpr unsigned kFin = 1;
inline constexpr unsigned kAck = 16;
inline std::string tcp(const Way& way, std::uint32_t sequence, unsigned flags, const std::string& payload = {}) {
  return ip(way, 6,
            u16(way.source_port) + u16(way.destination_port) + u32(sequence) + u32(0) + u8(0x50) + u8(flags) +
                u16(1'000) + u16(0) + u16(0) + payload);
}
inline std::string framed(const std::string& message) { return u16(static_cast<unsigned>(message.size())) + message; }

inline std::string ethernet(const std::string& packet, const std::string& tags = {}) {
  const bool is_v4 = (static_cast<unsigned char>(packet[0]) >> 4U) == 4;
  return std::string(12, '\x02') + tags + u16(is_v4 ? 0x0800 : 0x86dd) + packet;
}

/// A capture file that grows; packets are 1 ms apart unless told.
class Pcap {
 public:
  explicit Pcap(std::uint32_t link_type = 1)
      : bytes_(le32(0xa1b2c3d4) + le16(2) + le16(4) + le32(0) + le32(0) + le32(65'535) + le32(link_type)) {}
  Pcap& add(const std::string& frame, std::uint32_t after_usec = 1'000, std::size_t captured = 1'000'000) {
    usec_ += after_usec;
    const std::string kept = frame.substr(0, captured);
    bytes_ += le32(1'700'000'000 + usec_ / 1'000'000) + le32(usec_ % 1'000'000) +
              le32(static_cast<std::uint32_t>(kept.size())) + le32(static_cast<std::uint32_t>(frame.size())) + kept;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::uint32_t usec_ = 0;
};

/// The same frames as pcapng: section header, one interface, enhanced packets; more interfaces have no packets.
class Pcapng {
 public:
  explicit Pcapng(unsigned link_type = 1)
      : bytes_(block(0x0a0d0d0a, le32(0x1a2b3c4d) + le16(1) + le16(0) + le32(0xffff'ffff) + le32(0xffff'ffff)) +
               block(1, le16(link_type) + le16(0) + le32(65'535))) {}
  Pcapng& add_interface(unsigned link_type) {
    bytes_ += block(1, le16(link_type) + le16(0) + le32(65'535));
    return *this;
  }
  Pcapng& add(const std::string& frame) {
    usec_ += 1'000;
    const std::string padding((4 - frame.size() % 4) % 4, '\0');
    const auto size = static_cast<std::uint32_t>(frame.size());
    bytes_ += block(6, le32(0) + le32(0) + le32(usec_) + le32(size) + le32(size) + frame + padding);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  static std::string block(std::uint32_t type, const std::string& body) {
    const auto total = static_cast<std::uint32_t>(body.size() + 12);
    return le32(type) + le32(total) + body + le32(total);
  }
  std::string bytes_;
  std::uint32_t usec_ = 0;
};

}  // namespace samples
