// SPDX-License-Identifier: Apache-2.0
/// @file key_value.hpp – the keys of a file with their values, so that two files can be compared key by key.
///
/// Purpose    every key that has a value, given or default, in one spelling: "60s" and "1m" are the same.
/// Threads    value types.
/// Ownership  owns its texts.
#pragma once

#include <cstdint>
#include <string>

namespace keyfile {

/// What a reload does with a changed key.
enum class Reload : std::uint8_t {
  kUnset,
  kParts,    // a map: each of its keys has a policy
  kLive,     // applied while the appliance runs
  kRestart,  // keeps its value until a restart
};

/// A list of scalars is one value, "[a, b]"; in lists of maps each key of each map is a value.
struct KeyValue {
  std::string key;  // "uplinks[1].budget.limit"
  std::string value;
  Reload reload = Reload::kUnset;
  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

}  // namespace keyfile
