// SPDX-License-Identifier: Apache-2.0
/// @file raw_frame.hpp – frames for tests, made byte by byte without the library under test.
///
/// Purpose    an oracle that shares no code with lib/net.
/// Threads    value types.
/// Ownership  owns its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace test {

using RawBytes = std::vector<std::uint8_t>;

inline void put16(RawBytes& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value & 0xffU));
}
inline void put(RawBytes& out, const RawBytes& more) { out.insert(out.end(), more.begin(), more.end()); }
inline void set16(RawBytes& out, std::size_t at, unsigned value) {
  out.at(at) = static_cast<std::uint8_t>(value >> 8U);
  out.at(at + 1) = static_cast<std::uint8_t>(value & 0xffU);
}
inline unsigned get16(const RawBytes& in, std::size_t at) { return unsigned{in.at(at)} << 8U | in.at(at + 1); }

/// RFC 1071 §4.1, in its simplest form: the complement of the sum of all 16-bit words.
inline unsigned plain_checksum(const RawBytes& bytes) {
  unsigned long sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<unsigned long>(bytes[i]) << 8U;
    if (i + 1 < bytes.size()) sum += bytes[i + 1];
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<unsigned>(~sum & 0xffffU);
}

/// The fields of a UDP frame; the defaults make a correct one.
struct RawUdp {
  RawBytes source_ip{10, 0, 0, 9};  // 4 or 16 bytes decide the version
  RawBytes destination_ip{10, 0, 0, 53};
  unsigned source_port = 40'000;
  unsigned destination_port = 53;
  RawBytes payload = RawBytes(7, 'p');
  RawBytes ip_options;  // IPv4, a multiple of four
  unsigned vlan_tci = 0;
  unsigned tos = 0;
  unsigned ttl = 61;
  unsigned fragment = 0;  // IPv4 flags and offset
  unsigned protocol = 17;
  bool udp_checksum = true;

  [[nodiscard]] bool is_v4() const { return source_ip.size() == 4; }
  [[nodiscard]] std::size_t l3() const { return vlan_tci != 0 ? 18 : 14; }
  [[nodiscard]] std::size_t l4() const { return l3() + (is_v4() ? 20 + ip_options.size() : 40); }

  /// Sum over pseudo-header and datagram, with the checksum field of `udp`.
  [[nodiscard]] unsigned udp_sum(const RawBytes& udp) const {
    RawBytes all = source_ip;
    put(all, destination_ip);
    put16(all, 17);
    put16(all, static_cast<unsigned>(udp.size()));
    put(all, udp);
    return plain_checksum(all);
  }
  [[nodiscard]] RawBytes udp() const {
    RawBytes out;
    put16(out, source_port);
    put16(out, destination_port);
    put16(out, static_cast<unsigned>(8 + payload.size()));
    put16(out, 0);
    put(out, payload);
    if (udp_checksum) {
      const unsigned sum = udp_sum(out);
      set16(out, 6, sum == 0 ? 0xffff : sum);
    }
    return out;
  }
  [[nodiscard]] RawBytes ip(std::size_t l4_bytes) const {
    RawBytes out;
    if (is_v4()) {
      const std::size_t header = 20 + ip_options.size();
      out.push_back(static_cast<std::uint8_t>(0x40 + header / 4));
      out.push_back(static_cast<std::uint8_t>(tos));
      put16(out, static_cast<unsigned>(header + l4_bytes));
      put16(out, 0x1234);
      put16(out, fragment);
      out.push_back(static_cast<std::uint8_t>(ttl));
      out.push_back(static_cast<std::uint8_t>(protocol));
      put16(out, 0);
      put(out, source_ip);
      put(out, destination_ip);
      put(out, ip_options);
      set16(out, 10, plain_checksum(out));
    } else {
      put(out,
          {static_cast<std::uint8_t>(0x60 + (tos >> 4U)), static_cast<std::uint8_t>((tos & 0xfU) << 4U), 0xab, 0xcd});
      put16(out, static_cast<unsigned>(l4_bytes));
      out.push_back(static_cast<std::uint8_t>(protocol));
      out.push_back(static_cast<std::uint8_t>(ttl));
      put(out, source_ip);
      put(out, destination_ip);
    }
    return out;
  }
  [[nodiscard]] RawBytes ethernet() const {
    RawBytes out{2, 0, 0, 0, 0, 53, 2, 0, 0, 0, 0, 9};
    if (vlan_tci != 0) {
      put16(out, 0x8100);
      put16(out, vlan_tci);
    }
    put16(out, is_v4() ? 0x0800 : 0x86dd);
    return out;
  }
  [[nodiscard]] RawBytes frame() const { return frame_with(udp()); }
  /// Prefixes Ethernet and IP headers to any bytes.
  [[nodiscard]] RawBytes frame_with(const RawBytes& l4_bytes) const {
    RawBytes out = ethernet();
    put(out, ip(l4_bytes.size()));
    put(out, l4_bytes);
    return out;
  }
};

inline RawUdp raw_v6() {
  RawUdp raw;
  raw.source_ip = {0xfd, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
  raw.destination_ip = {0xfd, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x53};
  return raw;
}

/// A heap block of exactly this size: the address sanitizer reports one byte beyond.
class ExactBuffer {
 public:
  explicit ExactBuffer(std::span<const std::uint8_t> bytes)
      : size_(bytes.size()), data_(std::make_unique<std::byte[]>(bytes.size())) {
    for (std::size_t i = 0; i < size_; ++i) data_[i] = std::byte{bytes[i]};
  }
  explicit ExactBuffer(std::size_t size) : size_(size), data_(std::make_unique<std::byte[]>(size)) {}
  [[nodiscard]] std::span<std::byte> span() { return {data_.get(), size_}; }
  [[nodiscard]] std::span<const std::byte> span() const { return {data_.get(), size_}; }
  [[nodiscard]] RawBytes raw(std::size_t count) const {
    RawBytes out;
    for (const std::byte b : span().first(count)) out.push_back(std::to_integer<std::uint8_t>(b));
    return out;
  }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[]> data_;
};

}  // namespace test
