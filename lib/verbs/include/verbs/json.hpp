// SPDX-License-Identifier: Apache-2.0
/// @file json.hpp – the JSON type of the control plane.
///
/// Purpose    keys keep the order in which a report writes them, so that what a person reads follows the counter lists.
/// Threads    value type.
#pragma once

#include <nlohmann/json.hpp>

namespace verbs {

using Json = nlohmann::ordered_json;

}  // namespace verbs
