// SPDX-License-Identifier: Apache-2.0
/// @file flush_scope.hpp – which names a flush of the cache removes.
///
/// Purpose    one enumeration for the control protocol, the egress core's mailbox and Cache::flush().
/// Threads    value type.
#pragma once

#include <array>
#include <cstdint>

#include "base/words.hpp"

namespace cache {

enum class FlushScope : std::uint8_t {
  kEverything,
  kName,     // every type of this name
  kSubtree,  // the name and all below it
};
inline constexpr std::array kFlushScopeWords{base::Word{"everything", FlushScope::kEverything},
                                             base::Word{"name", FlushScope::kName},
                                             base::Word{"subtree", FlushScope::kSubtree}};

}  // namespace cache
