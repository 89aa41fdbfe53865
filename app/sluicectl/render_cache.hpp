// SPDX-License-Identifier: Apache-2.0
/// @file render_cache.hpp – replies about the cache itself as text.
///
/// Purpose    `cache stats`, `cache dump` and `cache load` for a person.
/// Threads    pure functions.
#pragma once

#include <string>
#include <string_view>

#include "render.hpp"

namespace sluicectl {

[[nodiscard]] std::string render_cache_stats(const Json& data);
[[nodiscard]] std::string render_moved(std::string_view verb, const Json& data);

}  // namespace sluicectl
