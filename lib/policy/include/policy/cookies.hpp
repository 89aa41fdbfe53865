// SPDX-License-Identifier: Apache-2.0
/// @file cookies.hpp – DNS server cookies: proof that a client receives packets sent to its address.
///
/// Purpose    makes and checks server cookies that all servers with the same secret accept.
/// Threads    immutable once made; any thread.
/// Cost       one SipHash over at most 32 bytes to make a cookie, one per secret to check one.
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
  CookieSecret active{};               // makes cookies and checks them
  std::optional<CookieSecret> second;  // checks only: the previous or the next secret
};

enum class CookieVerdict : std::uint8_t {
  kNone,  // the client sent no server cookie
  kGood,  // made with one of the secrets, for this client, within the last hour
  kBad,   // anything else
};

class Cookies {
 public:
  using ClientCookie = std::array<std::byte, 8>;
  using ServerCookie = std::array<std::byte, 16>;

  static constexpr std::uint32_t kOldestSec = 3'600;  // maximum age of a cookie
  static constexpr std::uint32_t kAheadSec = 300;     // maximum clock difference within a fleet

  explicit Cookies(const CookieSettings& settings) noexcept : settings_(settings) {}

  /// `unix_sec` is the wall clock's time, compared modulo 2^32. Every reply carries a new cookie, so that the client's is
  /// always recent.
  [[nodiscard]] ServerCookie make(const ClientCookie& client, const net::IpAddress& address,
                                  std::uint32_t unix_sec) const noexcept;
  [[nodiscard]] CookieVerdict judge(const ClientCookie& client, base::Bytes server, const net::IpAddress& address,
                                    std::uint32_t unix_sec) const noexcept;

 private:
  CookieSettings settings_;
};

}  // namespace policy
