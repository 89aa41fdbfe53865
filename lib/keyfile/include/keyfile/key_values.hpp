// SPDX-License-Identifier: Apache-2.0
/// @file key_values.hpp – a file's tree as a list of keys and values.
///
/// Purpose    compares two files key by key, whatever their spelling.
/// Threads    control; values and pure functions.
#pragma once

#include <vector>

#include "keyfile/key_value.hpp"
#include "keyfile/keys.hpp"
#include "keyfile/raw.hpp"

namespace keyfile {

/// Of a tree that check() has found nothing wrong with; defaults are filled in. Table order, elements in theirs.
[[nodiscard]] std::vector<KeyValue> key_values(Table table, const RawConfig& raw);

}  // namespace keyfile
