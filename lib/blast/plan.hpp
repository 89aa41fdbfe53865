// SPDX-License-Identifier: Apache-2.0
// What a run needs, from rates and patience.
#pragma once

#include <chrono>

#include "blast/engine.hpp"

namespace blast {

// How long a question is remembered when it is done with.
inline constexpr base::Duration kKeepAnswered = std::chrono::milliseconds(500);
inline constexpr base::Duration kKeepGivenUp = std::chrono::seconds(2);

[[nodiscard]] diag::Result<std::uint32_t> table_capacity(const RunSpec& run);
[[nodiscard]] diag::Result<std::size_t> seconds_of(const RunSpec& run);

}  // namespace blast
