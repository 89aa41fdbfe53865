// SPDX-License-Identifier: Apache-2.0
/// @file overload_action.hpp – what a client gets for a query that Sluice has no capacity to answer.
///
/// Purpose    one choice for every limit: the upstream budget, quotas of servers and zones, a client's miss allowance.
/// Threads    a value.
/// RFC        8914 §4.15 (EDE 14, Not Ready, goes with SERVFAIL).
#pragma once

#include <cstdint>

namespace policy {

enum class OverloadAction : std::uint8_t {
  kServFail,  // with EDE 14
  kRefused,
  kDrop,  // no reply; over TCP SERVFAIL
};

}  // namespace policy
