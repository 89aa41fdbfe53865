// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – what an operator may choose about the top-K tables.
///
/// Purpose    whether the heaviest clients, names, zones and types are recorded, and which addresses count as one client.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <cstdint>

namespace topk {

enum class Mode : std::uint8_t { kOff, kOn };

/// What counts as one client in `top clients`.
enum class ClientPrefix : std::uint8_t {
  kHost,     // IPv4 /32, IPv6 /64
  kNetwork,  // IPv4 /24, IPv6 /56
};

struct Settings {
  Mode mode = Mode::kOn;
  ClientPrefix clients = ClientPrefix::kHost;
};

}  // namespace topk
