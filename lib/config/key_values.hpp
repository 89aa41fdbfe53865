// SPDX-License-Identifier: Apache-2.0
// A file's tree as a list of keys and values. Private to this library.
#pragma once

#include <vector>

#include "config/key_value.hpp"
#include "raw.hpp"

namespace config {

/// Of a tree that check() has found nothing wrong with; defaults are filled in. Table order, elements in theirs.
[[nodiscard]] std::vector<KeyValue> key_values(const RawConfig& raw);

}  // namespace config
