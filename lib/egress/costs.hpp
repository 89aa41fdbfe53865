// SPDX-License-Identifier: Apache-2.0
/// @file costs.hpp – packets that a fetch has cost.
///
/// Purpose    UDP packets as they are sent, and the fetch's share of TCP segments; counters and the top-k recorder.
/// Threads    egress only.
#pragma once

#include <cstdint>

#include "engine_state.hpp"

namespace egress {

class Costs {
 public:
  explicit Costs(EngineState& state) noexcept : state_(&state) {}

  /// Packets for the client that opened the fetch.
  void record(const Fetch& fetch, std::uint32_t packets) noexcept;
  /// Ends the fetch's share of TCP segments, if it is over TCP. To be called before its stage changes.
  void settle_tcp(SlotId fetch) noexcept;
  /// The fetch ends: counts what it has cost.
  void count(const Fetch& fetch) noexcept;

 private:
  EngineState* state_;
};

}  // namespace egress
