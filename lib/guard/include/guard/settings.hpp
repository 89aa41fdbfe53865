// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – who may ask.
///
/// Purpose    the prefixes of clients.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include "base/fixed_vector.hpp"
#include "net/address.hpp"

namespace guard {

inline constexpr std::size_t kMaxPrefixes = 256;

struct Settings {
  base::FixedVector<net::Prefix, kMaxPrefixes> allow;   // anybody else is answered REFUSED
  base::FixedVector<net::Prefix, kMaxPrefixes> refuse;  // parts of them; the longest prefix decides
};

}  // namespace guard
