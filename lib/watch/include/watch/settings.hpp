// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – what an operator may choose about watching, the miss allowance and blocks.
///
/// Purpose    whether clients, names, zones and types are watched, how clients are put together, how many misses one may
///            ask for, and which rules block.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <chrono>
#include <cstdint>

namespace watch {

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

/// What a miss of a client gets that may not ask upstream for now.
enum class Overload : std::uint8_t {
  kServFail,  // with EDE 14
  kRefused,
  kDrop,
};

struct AllowanceSettings {
  std::uint32_t misses_per_sec = 0;  // of one client; 0: no limit
  std::uint32_t burst = 0;           // at once; 0: as many as in a second
  Overload action = Overload::kServFail;
};

/// What becomes of the queries of a blocked client.
enum class BlockAction : std::uint8_t {
  kCacheOnly,  // hits are answered, misses get the overload answer
  kRefuse,
  kDrop,
};

}  // namespace watch
