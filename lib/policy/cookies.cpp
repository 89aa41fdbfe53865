// SPDX-License-Identifier: Apache-2.0
// Server cookies: made and checked by SipHash over client, time and secret (RFC 9018).
#include "policy/cookies.hpp"

#include <bit>
#include <cstring>

#include <sodium/crypto_shorthash_siphash24.h>

namespace policy {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kTimeAt = 4;
constexpr std::size_t kHashAt = 8;  // everything before it is hashed

using Hash = std::array<std::byte, crypto_shorthash_siphash24_BYTES>;
static_assert(sizeof(CookieSecret) == crypto_shorthash_siphash24_KEYBYTES);
static_assert(kHashAt + sizeof(Hash) == sizeof(Cookies::ServerCookie));

const unsigned char* octets(const std::byte* bytes) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the library's name for bytes
  return reinterpret_cast<const unsigned char*>(bytes);
}

/// `front` is the server cookie up to its hash, with the reserved bytes as received.
Hash hash_of(const CookieSecret& secret, const Cookies::ClientCookie& client, const std::byte* front,
             const net::IpAddress& address) noexcept {
  std::array<std::byte, sizeof(Cookies::ClientCookie) + kHashAt + net::IpAddress::kBytes> input;
  base::ByteWriter out(input);
  out.bytes(client);
  out.bytes({front, kHashAt});
  if (address.is_v4()) {
    out.bytes({address.v4_octets(), 4});
  } else {
    out.bytes(address.octets());
  }
  std::array<unsigned char, sizeof(Hash)> hash;
  static_cast<void>(crypto_shorthash_siphash24(hash.data(), octets(input.data()), out.size(), octets(secret.data())));
  return std::bit_cast<Hash>(hash);
}

/// Compares in constant time.
bool same(const Hash& a, const std::byte* b) noexcept {
  std::byte differs{0};
  for (std::size_t i = 0; i < a.size(); ++i) differs |= a[i] ^ b[i];
  return differs == std::byte{0};
}

/// RFC 1982 serial number arithmetic.
bool is_timely(std::uint32_t made, std::uint32_t now) noexcept {
  return now - made <= Cookies::kOldestSec || made - now <= Cookies::kAheadSec;
}

}  // namespace

Cookies::ServerCookie Cookies::make(const ClientCookie& client, const net::IpAddress& address,
                                    std::uint32_t unix_sec) const noexcept {
  ServerCookie cookie{};
  cookie[0] = std::byte{kVersion};
  base::store_be32(cookie.data() + kTimeAt, unix_sec);
  const Hash hash = hash_of(settings_.active, client, cookie.data(), address);
  std::memcpy(cookie.data() + kHashAt, hash.data(), hash.size());
  return cookie;
}

CookieVerdict Cookies::judge(const ClientCookie& client, base::Bytes server, const net::IpAddress& address,
                             std::uint32_t unix_sec) const noexcept {
  if (server.empty()) return CookieVerdict::kNone;
  if (server.size() != sizeof(ServerCookie) || server[0] != std::byte{kVersion}) return CookieVerdict::kBad;
  if (!is_timely(base::load_be32(server.data() + kTimeAt), unix_sec)) return CookieVerdict::kBad;
  const std::byte* hash = server.data() + kHashAt;
  if (same(hash_of(settings_.active, client, server.data(), address), hash)) return CookieVerdict::kGood;
  if (settings_.second && same(hash_of(*settings_.second, client, server.data(), address), hash)) {
    return CookieVerdict::kGood;
  }
  return CookieVerdict::kBad;
}

}  // namespace policy
