// SPDX-License-Identifier: Apache-2.0
// Reads an OPT: fixed fields and options.
#include "dns/edns.hpp"

#include <cstring>

#include "edns_read.hpp"

namespace dns {

namespace {

constexpr std::uint16_t kOptionNsid = 3;
constexpr std::uint16_t kOptionCookie = 10;
constexpr std::uint16_t kOptionKeepalive = 11;
constexpr std::uint32_t kDoBit = 0x8000;

[[nodiscard]] bool cookie_length_is_valid(std::size_t bytes) noexcept {
  return bytes == 8 || (bytes >= 16 && bytes <= 40);  // a client cookie alone, or with a server cookie of 8 to 32
}

}  // namespace

bool read_edns(const OptFields& opt, EdnsRead& read) noexcept {
  Edns& edns = read.edns;
  edns.present = true;
  edns.udp_payload_bytes = opt.klass;
  edns.version = static_cast<std::uint8_t>(opt.ttl >> 16U);
  edns.dnssec_ok = (opt.ttl & kDoBit) != 0;
  if (edns.version != 0) return true;

  base::ByteReader in(opt.rdata);
  for (std::size_t options = 0; in.left() != 0; ++options) {
    const std::uint16_t code = in.u16();
    const base::Bytes data = in.bytes(in.u16());
    if (!in.ok() || options == kMaxEdnsOptions) return false;
    if (code == kOptionNsid) edns.wants_nsid = true;
    if (code == kOptionKeepalive) edns.has_keepalive = true;
    if (code != kOptionCookie || edns.has_cookie) continue;
    if (!cookie_length_is_valid(data.size())) return false;
    edns.has_cookie = true;
    std::memcpy(edns.client_cookie.data(), data.data(), kClientCookieBytes);
    read.server_cookie = data.subspan(kClientCookieBytes);
  }
  return true;
}

}  // namespace dns
