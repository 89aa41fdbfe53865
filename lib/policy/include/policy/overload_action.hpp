// SPDX-License-Identifier: Apache-2.0
/// @file overload_action.hpp – what a client gets for a query that Sluice has no capacity to answer.
///
/// Purpose    one choice for every limit: the upstream budget, quotas of servers and zones, a client's miss allowance.
/// Threads    a value.
/// RFC        8914 §4.15 (EDE 14, Not Ready, goes with SERVFAIL).
#pragma once

#include <cstdint>
#include <optional>

#include "dns/types.hpp"

namespace policy {

enum class OverloadAction : std::uint8_t {
  kServFail,  // with EDE 14
  kRefused,
  kDrop,  // no reply; a waiter over TCP gets SERVFAIL, so that its place in the connection becomes free
};

/// nullopt: no reply.
[[nodiscard]] constexpr std::optional<dns::Rcode> rcode_of(OverloadAction action) noexcept {
  switch (action) {
    case OverloadAction::kServFail:
      return dns::Rcode::kServFail;
    case OverloadAction::kRefused:
      return dns::Rcode::kRefused;
    case OverloadAction::kDrop:
      break;
  }
  return std::nullopt;
}

}  // namespace policy
