// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – which clients are answered, how many misses each may cause, and what a blocked client gets.
///
/// Purpose    the access list, the miss allowance and the actions of client blocks, as the configuration gives them.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <array>
#include <cstdint>

#include "base/fixed_vector.hpp"
#include "base/words.hpp"
#include "net/address.hpp"
#include "policy/overload_action.hpp"

namespace policy {

inline constexpr std::size_t kMaxPrefixes = 256;

struct Settings {
  base::FixedVector<net::Prefix, kMaxPrefixes> allow;   // other addresses get REFUSED
  base::FixedVector<net::Prefix, kMaxPrefixes> refuse;  // parts of the allowed ones; the longest prefix decides
};

struct AllowanceSettings {
  std::uint32_t misses_per_sec = 0;  // of one client; 0: no limit
  std::uint32_t burst = 0;           // at once; 0: as many as in a second
  OverloadAction action = OverloadAction::kServFail;
};

/// What a blocked client gets.
enum class BlockAction : std::uint8_t {
  kCacheOnly,  // hits are answered, misses get the action of the miss allowance
  kRefuse,
  kDrop,
};
inline constexpr std::array kBlockActionWords{base::Word{"cache-only", BlockAction::kCacheOnly},
                                              base::Word{"refuse", BlockAction::kRefuse},
                                              base::Word{"drop", BlockAction::kDrop}};

}  // namespace policy
