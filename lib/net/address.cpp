// SPDX-License-Identifier: Apache-2.0
// Prefix match.
#include "net/address.hpp"

namespace net {

bool Prefix::contains(const IpAddress& candidate) const noexcept {
  if (length < kV4PrefixBits && candidate.is_v4()) return false;  // ::/0 is every IPv6 address and no IPv4 one
  const std::size_t whole_bytes = length / 8U;
  if (std::memcmp(address.octets().data(), candidate.octets().data(), whole_bytes) != 0) return false;
  const unsigned bits = length % 8U;
  if (bits == 0) return true;
  const std::byte mask = std::byte{0xff} << (8U - bits);
  return (address.octets()[whole_bytes] & mask) == (candidate.octets()[whole_bytes] & mask);
}

}  // namespace net
