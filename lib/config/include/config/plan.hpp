// SPDX-License-Identifier: Apache-2.0
/// @file plan.hpp – the data plane that settings ask for.
///
/// Purpose    boot builds this plan and the memory plan counts its bytes: both call this one function.
/// Threads    a pure function.
#pragma once

#include "appliance/plan.hpp"
#include "config/settings.hpp"

namespace config {

[[nodiscard]] appliance::Plan plan_of(const Settings& settings);

}  // namespace config
