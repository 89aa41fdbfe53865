// SPDX-License-Identifier: Apache-2.0
/// @file dns_wire.hpp – builds DNS messages byte by byte for tests, malformed ones included.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "dns/types.hpp"

namespace test {

class Wire {
 public:
  Wire& u8(unsigned value) {
    bytes_.push_back(static_cast<std::byte>(value));
    return *this;
  }
  Wire& u16(unsigned value) { return u8(value >> 8U & 0xffU).u8(value & 0xffU); }
  Wire& u32(std::uint32_t value) { return u16(value >> 16U).u16(value & 0xffffU); }
  Wire& raw(std::string_view text) {
    for (const char c : text) u8(static_cast<unsigned char>(c));
    return *this;
  }
  Wire& append(base::Bytes more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
    return *this;
  }
  /// "www.example" as labels with the root at the end; "" is the root.
  Wire& name(std::string_view dotted) {
    while (!dotted.empty()) {
      const std::string_view label = dotted.substr(0, dotted.find('.'));
      u8(static_cast<unsigned>(label.size())).raw(label);
      dotted.remove_prefix(label.size() < dotted.size() ? label.size() + 1 : label.size());
    }
    return u8(0);
  }
  Wire& pointer(std::size_t offset) { return u16(0xc000U | static_cast<unsigned>(offset)); }
  Wire& header(unsigned id, unsigned flags, unsigned qd, unsigned an = 0, unsigned ns = 0, unsigned ar = 0) {
    return u16(id).u16(flags).u16(qd).u16(an).u16(ns).u16(ar);
  }
  Wire& question(std::string_view qname, unsigned type = 1, unsigned klass = 1) {
    return name(qname).u16(type).u16(klass);
  }
  /// A record without its owner.
  Wire& fields(unsigned type, std::uint32_t ttl, const Wire& rdata, unsigned klass = 1) {
    return u16(type).u16(klass).u32(ttl).u16(static_cast<unsigned>(rdata.size())).append(rdata.view());
  }
  Wire& rr(std::string_view owner, unsigned type, std::uint32_t ttl, const Wire& rdata) {
    return name(owner).fields(type, ttl, rdata);
  }
  Wire& rr_at(std::size_t owner, unsigned type, std::uint32_t ttl, const Wire& rdata) {
    return pointer(owner).fields(type, ttl, rdata);
  }
  Wire& opt(unsigned payload = 1232, std::uint32_t ttl = 0, const Wire& options = {}) {
    return u8(0).fields(41, ttl, options, payload);
  }
  Wire& option(unsigned code, const Wire& data = {}) {
    return u16(code).u16(static_cast<unsigned>(data.size())).append(data.view());
  }
  Wire& zeros(std::size_t count) {
    bytes_.insert(bytes_.end(), count, std::byte{0});
    return *this;
  }

  [[nodiscard]] base::Bytes view() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

[[nodiscard]] inline Wire ipv4(unsigned last = 1) { return Wire().u8(192).u8(0).u8(2).u8(last); }
[[nodiscard]] inline Wire soa(std::uint32_t minimum) {
  return Wire().name("ns.example").name("hostmaster.example").u32(1).u32(2).u32(3).u32(4).u32(minimum);
}
[[nodiscard]] inline std::string text(base::Bytes bytes) {
  std::string out;
  for (const std::byte b : bytes) out.push_back(static_cast<char>(b));
  return out;
}

inline constexpr unsigned kQueryFlags = dns::kFlagRd;
inline constexpr unsigned kReplyFlags = dns::kFlagQr | dns::kFlagRd | dns::kFlagRa;

}  // namespace test
