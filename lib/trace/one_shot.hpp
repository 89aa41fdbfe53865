// SPDX-License-Identifier: Apache-2.0
// How often a name that never comes again must be asked for, so that such names are the wanted share of all names.
#pragma once

#include "trace/workload.hpp"

namespace trace {

/// Events that one lookup makes on average, repeats of lost ones aside.
[[nodiscard]] double events_per_lookup(const Workload& workload) noexcept;

/// The probability that a lookup is for a name that comes once.
[[nodiscard]] double one_shot_probability(const Workload& workload) noexcept;

}  // namespace trace
