// SPDX-License-Identifier: Apache-2.0
/// @file render_cache.hpp – replies about the cache as text.
///
/// Purpose    `cache stats`, `cache dump` and `cache load`.
/// Threads    pure functions.
#pragma once

#include <string>

#include "render.hpp"

namespace sluicectl {

[[nodiscard]] std::string render_cache_stats(const Json& data);
[[nodiscard]] std::string render_dumped(const Json& data);
[[nodiscard]] std::string render_loaded(const Json& data);

}  // namespace sluicectl
