// SPDX-License-Identifier: Apache-2.0
/// @file telemetry_shape.hpp – a report in the shape that DPDK's telemetry can carry.
///
/// Purpose    DPDK 22.11 knows dictionaries in dictionaries, strings below 128 bytes, integers and lists of strings; its
///            keys are letters, digits, '_' and '/'. Everything else is made of these here, so that the rest is a walk.
///              true → 1    null → left out    [{…},{…}] → {"0":{…},"1":{…}}    "aws.vpc" as a key → "aws_vpc"
/// Threads    pure function.
#pragma once

#include "verbs/json.hpp"

namespace reports {

using verbs::Json;

inline constexpr std::size_t kTelemetryTextBytes = 127;

/// `report` is an object; the result holds only objects, non-empty lists of strings, strings and integers.
[[nodiscard]] Json telemetry_shape(const Json& report);

}  // namespace reports
