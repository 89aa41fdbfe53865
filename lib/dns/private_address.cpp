// SPDX-License-Identifier: Apache-2.0
// Finds private addresses in A, AAAA, SVCB and HTTPS records.
#include "dns/private_address.hpp"

#include <algorithm>
#include <array>

#include "dns/name.hpp"

namespace dns {
namespace {

constexpr std::size_t kV4Bytes = 4;
constexpr std::size_t kV6Bytes = 16;
constexpr std::size_t kMappedBytes = 12;  // of ::ffff:a.b.c.d, in front of the IPv4 address
constexpr auto kSvcb = static_cast<QType>(64);
constexpr auto kHttps = static_cast<QType>(65);
constexpr std::uint16_t kIpv4Hint = 4;
constexpr std::uint16_t kIpv6Hint = 6;

struct V4Range {
  std::uint32_t network;
  unsigned bits;
};
constexpr std::array kPrivateV4{
    V4Range{0x00'00'00'00, 8},   // 0.0.0.0/8: this host
    V4Range{0x0a'00'00'00, 8},   // 10.0.0.0/8
    V4Range{0x64'40'00'00, 10},  // 100.64.0.0/10: shared address space; pods in a VPC
    V4Range{0x7f'00'00'00, 8},   // 127.0.0.0/8
    V4Range{0xa9'fe'00'00, 16},  // 169.254.0.0/16
    V4Range{0xac'10'00'00, 12},  // 172.16.0.0/12
    V4Range{0xc0'a8'00'00, 16},  // 192.168.0.0/16
};

bool is_private_v4(base::Bytes octets) noexcept {
  const std::uint32_t address = base::load_be32(octets.data());
  return std::any_of(kPrivateV4.begin(), kPrivateV4.end(),
                     [&](const V4Range& range) { return (address ^ range.network) >> (32 - range.bits) == 0; });
}

bool is_zero(base::Bytes octets) noexcept {
  return std::all_of(octets.begin(), octets.end(), [](std::byte octet) { return octet == std::byte{0}; });
}

bool is_private_v6(base::Bytes octets) noexcept {
  const auto first = std::to_integer<unsigned>(octets[0]);
  const auto second = std::to_integer<unsigned>(octets[1]);
  if ((first & 0xfeU) == 0xfcU) return true;                     // fc00::/7
  if (first == 0xfeU && (second & 0xc0U) == 0x80U) return true;  // fe80::/10
  if (!is_zero(octets.first(kMappedBytes - 2))) return false;
  const base::Bytes v4 = octets.subspan(kMappedBytes);
  const std::uint16_t marker = base::load_be16(octets.data() + kMappedBytes - 2);
  if (marker == 0xffffU) return is_private_v4(v4);
  return marker == 0 && base::load_be32(v4.data()) <= 1;  // :: and ::1
}

bool has_private_hint(base::Bytes values, std::size_t address_bytes) noexcept {
  for (; values.size() >= address_bytes; values = values.subspan(address_bytes)) {
    if (is_private_address(values.first(address_bytes))) return true;
  }
  return false;
}

bool service_is_private(base::Bytes rdata) noexcept {
  base::ByteReader in(rdata);
  in.skip(2);  // priority
  static_cast<void>(NameView::read_plain(in));
  while (in.ok() && in.left() != 0) {
    const std::uint16_t key = in.u16();
    const base::Bytes values = in.bytes(in.u16());
    if (key == kIpv4Hint && has_private_hint(values, kV4Bytes)) return true;
    if (key == kIpv6Hint && has_private_hint(values, kV6Bytes)) return true;
  }
  return false;
}

}  // namespace

bool is_private_address(base::Bytes octets) noexcept {
  if (octets.size() == kV4Bytes) return is_private_v4(octets);
  return octets.size() == kV6Bytes && is_private_v6(octets);
}

bool holds_private_address(const AnswerImage& image) noexcept {
  for (const std::uint16_t ttl_at : image.ttl_offsets) {  // type, class, TTL, rdlength, rdata
    if (ttl_at < 4 || ttl_at + 6U > image.records.size()) continue;
    const std::byte* const ttl = image.records.data() + ttl_at;
    const std::size_t rdata_bytes = base::load_be16(ttl + 4);
    if (rdata_bytes > image.records.size() - ttl_at - 6U) continue;
    const base::Bytes rdata = image.records.subspan(ttl_at + 6U, rdata_bytes);
    const auto qtype = static_cast<QType>(base::load_be16(ttl - 4));
    const bool is_address = qtype == QType::kA || qtype == QType::kAaaa;
    const bool is_service = qtype == kSvcb || qtype == kHttps;
    if (is_address && is_private_address(rdata)) return true;
    if (is_service && service_is_private(rdata)) return true;
  }
  return false;
}

}  // namespace dns
