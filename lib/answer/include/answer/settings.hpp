// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – what an operator may choose about answers: clients' TCP connections, own answers, EDNS options.
///
/// Purpose    limits of a client's connection; which questions and options are answered locally, and how.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/fixed_vector.hpp"
#include "dns/answer.hpp"
#include "dns/question_key.hpp"
#include "policy/cookies.hpp"

namespace answer {

/// Limits of clients' TCP connections. RFC 7766 §6.2, 9210 §4.
struct TcpSettings {
  std::uint32_t max_connections = 10'000;
  std::uint32_t max_connections_per_client = 100;  // from one client address
  std::uint32_t max_queries_per_connection = 0;    // then it is closed; 0: no limit
  std::uint32_t max_in_flight = 200;               // waiting queries of one connection; then reading pauses
  std::chrono::milliseconds idle_timeout{10'000};  // without a query or a pending answer
  std::chrono::milliseconds query_timeout{3'000};  // between the first octet of a query and its last
  std::uint64_t max_unsent_bytes = 256U << 10U;    // of one connection; then it is closed
  std::uint64_t max_buffered_bytes = 64U << 20U;   // of all connections: partial queries and unsent replies
};

enum class AnyPolicy : std::uint8_t {
  kHinfo,    // RFC 8482 §4.2: one local HINFO record, no packet upstream
  kForward,  // as any other type
};

enum class OtherClasses : std::uint8_t { kRefuse, kForward };

/// RFC 8020: does NXDOMAIN for a name cover all names below it?
enum class NxdomainCut : std::uint8_t { kOff, kOn };

enum class ServerCookie : std::uint8_t {
  kOptional,  // queries without one are answered
  kRequired,  // over UDP, a query with COOKIE but without a good server cookie gets BADCOOKIE
};

/// Text of a few bytes: an NSID, the string of a TXT record.
using ShortText = base::FixedVector<std::byte, 128>;

/// Queries about this server, unusual classes and types, and EDNS options.
struct ProtocolSettings {
  AnyPolicy any = AnyPolicy::kHinfo;
  std::chrono::seconds any_ttl{3'600};
  OtherClasses other_classes = OtherClasses::kRefuse;
  NxdomainCut nxdomain_cut = NxdomainCut::kOff;
  dns::Rotation rotation = dns::Rotation::kByQueryId;
  ShortText nsid;                          // RFC 5001; empty: none
  ShortText version;                       // CH TXT version.bind, version.server; empty: REFUSED
  ShortText identity;                      // CH TXT hostname.bind, id.server (RFC 4892); empty: REFUSED
  std::optional<policy::Cookies> cookies;  // nullopt: COOKIE options are ignored
  ServerCookie server_cookie = ServerCookie::kOptional;
  std::chrono::milliseconds keepalive{};  // sent to TCP clients that ask for it (RFC 7828); zero: not sent
  std::uint32_t trusted_ad = 0;           // bit i: AD of uplink i is passed to clients (RFC 4035 §4.6)

  [[nodiscard]] bool trusts_ad(dns::UplinkId uplink) const noexcept {
    return uplink.value() < 32 && (trusted_ad >> uplink.value() & 1U) != 0;
  }
};

}  // namespace answer
