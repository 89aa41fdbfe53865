// SPDX-License-Identifier: Apache-2.0
/// @file metrics_reference.hpp – docs/metrics.md, made from the counter lists.
///
/// Purpose    the reference of every counter and verdict cannot be out of date: a test compares it with the file.
/// Threads    pure function.
#pragma once

#include <string>

namespace reports {

[[nodiscard]] std::string metrics_reference();

}  // namespace reports
