// SPDX-License-Identifier: Apache-2.0
/// @file cache_writer.hpp – what a reply, or the lack of one, leaves in the cache.
///
/// Purpose    the only place that inserts into the cache and removes from it. Results that may not be cached become
///            transient entries, which live until all workers have read their completions.
/// Threads    egress only.
/// RFC        2308 §5 and §7 (negative answers and failures), 9520 §3.2 (failures are cached briefly).
///
/// Invariants
///   1. A failure never replaces an answer that may still serve.
///   2. An answer that contradicts cached data removes that data, even if the answer itself may not be cached.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "cache/cache.hpp"
#include "cache/lifetime.hpp"
#include "dns/response.hpp"
#include "engine_state.hpp"

namespace egress {

class CacheWriter {
 public:
  explicit CacheWriter(EngineState& state) noexcept : state_(&state) {}

  struct Written {
    const cache::Entry* entry = nullptr;  // nullptr: there was no memory for it
    bool is_transient = false;
  };
  [[nodiscard]] Written write_answer(const Fetch& fetch, const dns::ResponseView& response,
                                     const cache::Lifetime& lifetime, base::Instant now) noexcept;
  /// In place of an answer that rebind protection withholds: NODATA, kept as long as the answer would have been.
  [[nodiscard]] Written write_blocked(const Fetch& fetch, const cache::Lifetime& lifetime, base::Instant now) noexcept;
  [[nodiscard]] Written write_truncated(const Fetch& fetch, base::Instant now) noexcept;
  /// The reply to a signed message, octet by octet.
  [[nodiscard]] Written write_opaque(const Fetch& fetch, base::Bytes reply, base::Instant now) noexcept;
  /// SERVFAIL for a fetch without a reply. RFC 9520 §3.2.
  void write_failure(const Fetch& fetch, base::Instant now) noexcept;
  /// To be called after the completions with this entry were posted.
  void release(const Written& written) noexcept {
    if (written.is_transient) state_->deps().cache->retire(written.entry);
  }

 private:
  [[nodiscard]] Written transient(const cache::NewEntry& entry, base::Instant now) noexcept;
  void remove_of_type(const Fetch& fetch) noexcept;
  void remove_of_name(const Fetch& fetch) noexcept;  // an NXDOMAIN for every type

  EngineState* state_;
};

}  // namespace egress
