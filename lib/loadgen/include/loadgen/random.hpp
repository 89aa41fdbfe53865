// SPDX-License-Identifier: Apache-2.0
/// @file random.hpp – base's repeatable numbers under this library's name.
///
/// Purpose    everything that a run draws (names, types, clients, gaps, IDs) comes from here, so that a seed repeats it.
/// Threads    as base/random.hpp says.
#pragma once

#include "base/random.hpp"

namespace loadgen {

using base::mix;
using base::Random;

}  // namespace loadgen
