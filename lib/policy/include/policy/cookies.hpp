// SPDX-License-Identifier: Apache-2.0
/// @file cookies.hpp – server cookies: what shows that a client receives what is sent to its address.
///
/// Purpose    makes and judges server cookies that every server with the same secret understands.
/// Threads    immutable once made; any thread.
/// Cost       one SipHash over at most 32 bytes to make a cookie, one for each secret to judge one.
/// RFC        7873 §5.2, §6; 9018 §4 (layout, hash, times), §5 (changing the secret).
///
///   server cookie, byte 0         1          4           8          16
///                  ┌─────────┬──────────┬───────────┬──────────┐
///                  │ version │ reserved │ timestamp │   hash   │   integers big-endian
///                  └─────────┴──────────┴───────────┴──────────┘
///   hash = SipHash-2-4 of client cookie, version, reserved, timestamp and client address, under the secret
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "net/address.hpp"

namespace policy {

using CookieSecret = std::array<std::byte, 16>;

struct CookieSettings {
  CookieSecret active{};               // makes cookies, and is taken
  std::optional<CookieSecret> second;  // taken only: the one before, or the one to come
};

enum class CookieVerdict : std::uint8_t {
  kNone,  // the client sent no server cookie
  kGood,  // made by one of the secrets, for this client, not long ago
  kBad,   // anything else
};

class Cookies {
 public:
  using ClientCookie = std::array<std::byte, 8>;
  using ServerCookie = std::array<std::byte, 16>;

  static constexpr std::uint32_t kOldestSec = 3'600;  // how long ago a cookie may have been made
  static constexpr std::uint32_t kAheadSec = 300;     // and how far the clocks of a fleet may be apart

  explicit Cookies(const CookieSettings& settings) noexcept : settings_(settings) {}

  /// `unix_sec` is the wall clock's time, compared modulo 2^32. A cookie is made anew for every reply: whatever its age,
  /// the client has a fresh one.
  [[nodiscard]] ServerCookie make(const ClientCookie& client, const net::IpAddress& address,
                                  std::uint32_t unix_sec) const noexcept;
  [[nodiscard]] CookieVerdict judge(const ClientCookie& client, base::Bytes server, const net::IpAddress& address,
                                    std::uint32_t unix_sec) const noexcept;

 private:
  CookieSettings settings_;
};

}  // namespace policy
