// SPDX-License-Identifier: Apache-2.0
// Which role runs on which CPU. Private to this library.
#pragma once

#include "checked.hpp"

namespace config {

/// Default placement: control gets the first CPU, egress the next, and workers the rest, up to the driver's number of
/// queues. With two CPUs all polling roles share the second one; with one CPU all roles share it.
[[nodiscard]] LcoreSettings settle_lcores(const CheckedLcores& config, const Machine& machine, const Profile& profile,
                                          Problems& problems);

}  // namespace config
