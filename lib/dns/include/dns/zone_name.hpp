// SPDX-License-Identifier: Apache-2.0
/// @file zone_name.hpp – the zone of a name, by a heuristic.
///
/// Purpose    the registrable domain: two labels, three below second levels like co.uk, and a short list of exceptions for
///            clouds, clusters and reverse names (a /24, a /64). Budget shares and reports of zones are computed by it;
///            a zone that is too large or too small makes the shares less even and breaks nothing.
/// Threads    pure functions.
/// Cost       one walk over the name, a compare for each suffix of the list.
#pragma once

#include <cstddef>

#include "base/bytes.hpp"

namespace dns {

inline constexpr std::size_t kMaxZoneBytes = 80;  // of a zone's name in wire form; for a longer one the parent is used

/// The zone of a folded wire name: a suffix of it, at most kMaxZoneBytes long. `suffixes` are folded wire names, one after
/// the other: each name directly below one of them is a zone.
[[nodiscard]] base::Bytes zone_of(base::Bytes qname, base::Bytes suffixes) noexcept;

/// Is `qname` the folded wire name `suffix`, or below it?
[[nodiscard]] bool is_below(base::Bytes qname, base::Bytes suffix) noexcept;

}  // namespace dns
