// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – the cache: section of the configuration, checked.
///
/// Purpose    size of the cache and lifetimes of answers.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cache {

struct Settings {
  std::size_t size_bytes = 256U << 20;                  // the whole of it: buckets, slabs, bookkeeping
  std::uint64_t max_entries = 0;                        // 0: as many as fit; 1 is a legal cache
  std::chrono::seconds min_ttl{0};                      // raises smaller TTLs, TTL 0 included
  std::chrono::seconds max_ttl{86'400};                 // RFC 2181 §8 with RFC 8767 §4: larger TTLs are capped
  std::chrono::seconds negative_max_ttl{3'600};         // RFC 2308 §5
  std::chrono::seconds negative_without_soa{0};         // 0: such an answer is not cached (RFC 2308 §5)
  std::chrono::seconds servfail_ttl{1};                 // RFC 9520; 0: off; at most 300
  std::chrono::seconds stale_keep{86'400};              // RFC 8767: how long an expired answer may still serve
  std::chrono::seconds stale_ttl{30};                   // TTL of a stale answer
  std::chrono::milliseconds stale_client_timeout{350};  // RFC 8767 §5: so long a client waits before it gets stale data
  std::chrono::seconds stale_recheck{30};               // how long a failed name is not sent upstream again
  std::uint16_t max_answer_bytes = 65'535;              // larger answers are sent to the waiting clients and not stored
  std::uint8_t negative_share_percent = 20;             // of the memory, at most, for negative answers and failures
  std::uint8_t prefetch_percent = 10;                   // of the TTL left, on a hit; 0: off
};

}  // namespace cache
