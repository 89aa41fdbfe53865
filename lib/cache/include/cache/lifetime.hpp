// SPDX-License-Identifier: Apache-2.0
/// @file lifetime.hpp – how long an answer may be cached, if at all.
///
/// Purpose    turns a checked response and the operator's clamps into a lifetime; pure.
/// Threads    any.
/// RFC        1035 §3.2.1, 2181 §8, 2308 §5 (negative TTL from the SOA; without one not cached), 9520 (failures), 8767 §4.
#pragma once

#include <cstdint>

#include "cache/settings.hpp"
#include "dns/response.hpp"

namespace cache {

enum class Storable : std::uint8_t {
  kYes,
  kTtlZero,  // for the clients that wait now only
  kNoSoa,    // negative without SOA (RFC 2308 §5)
  kTruncated,
  kFailureOff,  // servfail_ttl is 0
};

struct Lifetime {
  Storable storable = Storable::kTtlZero;
  std::uint32_t ttl_sec = 0;        // fresh for this long, clamps applied
  std::uint32_t keep_sec = 0;       // and stale for this long after that; 0 for failures
  std::uint32_t ttl_floor_sec = 0;  // clamps for the records' own TTLs in the stored image
  std::uint32_t ttl_cap_sec = 0;
};

[[nodiscard]] Lifetime lifetime_of(const dns::ResponseView& response, const Settings& settings) noexcept;

}  // namespace cache
