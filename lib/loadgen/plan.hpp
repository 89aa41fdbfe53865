// SPDX-License-Identifier: Apache-2.0
// Memory and ports that a run needs, from rates and client timeouts.
#pragma once

#include <chrono>

#include "loadgen/engine.hpp"

namespace loadgen {

/// A server owes an answer to each packet, and may take its time for the earlier ones: longer than any is patient.
inline constexpr base::Duration kKeepGivenUp = std::chrono::seconds(6);

[[nodiscard]] diag::Result<std::uint32_t> table_capacity(const RunSpec& run);
[[nodiscard]] diag::Result<std::size_t> seconds_of(const RunSpec& run);

}  // namespace loadgen
