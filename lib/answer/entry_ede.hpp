// SPDX-License-Identifier: Apache-2.0
/// @file entry_ede.hpp – the extended DNS error that goes with an entry of the cache.
///
/// Purpose    one rule for hits, expired data and waiters.
/// Threads    pure functions.
/// RFC        8914 §4.4 (3, Stale Answer), §4.14 (13, Cached Error), §4.16 (15, Blocked), §4.20 (19, Stale NXDOMAIN).
#pragma once

#include "base/instant.hpp"
#include "cache/entry.hpp"
#include "dns/answer.hpp"
#include "dns/private_address.hpp"

namespace answer {

/// An answer that has just arrived from upstream.
[[nodiscard]] inline dns::Ede ede_of_new(const cache::Entry& entry) noexcept {
  return (entry.image().flags & dns::kFlagBlocked) != 0 ? dns::Ede::kBlocked : dns::Ede::kNone;
}
[[nodiscard]] inline dns::Ede ede_of_fresh(const cache::Entry& entry) noexcept {
  return entry.kind() == dns::AnswerKind::kFailure ? dns::Ede::kCachedError : ede_of_new(entry);
}
[[nodiscard]] inline dns::Ede ede_of_stale(const cache::Entry& entry) noexcept {
  return entry.kind() == dns::AnswerKind::kNxDomain ? dns::Ede::kStaleNxDomain : dns::Ede::kStale;
}
[[nodiscard]] inline dns::Ede ede_of(const cache::Entry& entry, base::Instant now) noexcept {
  return entry.freshness(now) == cache::Freshness::kStale ? ede_of_stale(entry) : ede_of_fresh(entry);
}

}  // namespace answer
