// SPDX-License-Identifier: Apache-2.0
/// @file zone_name.hpp – the part of a name that one owner answers for, near enough.
///
/// Purpose    the registrable domain: two labels, three below second levels like co.uk, and what a short list says for
///            clouds, clusters and reverse names (a /24, a /64). Shares of the upstream's budget and what an operator
///            sees of zones go by it; a guess that is too coarse or too fine makes them less even, nothing worse.
/// Threads    pure functions.
/// Cost       one walk over the name, a compare for each suffix of the list.
#pragma once

#include <cstddef>

#include "base/bytes.hpp"

namespace dns {

inline constexpr std::size_t kMaxZoneBytes = 80;  // of a zone's name in wire form; what is longer counts for its parent

/// The zone of a folded wire name: an end of it, at most kMaxZoneBytes long. `suffixes` are folded wire names, one behind
/// the other: each label in front of one of them begins a zone of its own.
[[nodiscard]] base::Bytes zone_of(base::Bytes qname, base::Bytes suffixes) noexcept;

/// Is `qname` the folded wire name `suffix`, or below it?
[[nodiscard]] bool is_below(base::Bytes qname, base::Bytes suffix) noexcept;

}  // namespace dns
