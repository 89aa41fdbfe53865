// SPDX-License-Identifier: Apache-2.0
// Which role runs on which CPU. Private to this library.
#pragma once

#include "checked.hpp"

namespace config {

/// What the file leaves open: control gets the first CPU, egress the next, workers the rest, as many as the driver has
/// queues. With two CPUs all polling shares the second, with one CPU everything shares it.
[[nodiscard]] LcoreSettings settle_lcores(const CheckedLcores& config, const Machine& machine, const Profile& profile,
                                          Problems& problems);

}  // namespace config
