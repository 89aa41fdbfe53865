// SPDX-License-Identifier: Apache-2.0
/// @file loop_probes.hpp – detects servers that forward their queries to us.
///
/// Purpose    sends each server a query for a random name now and then. When the name comes back as a client's query, the
///            server forwards to us (a loop) and is not used until a later probe does not come back.
/// Threads    egress only.
/// Cost       one packet per server when its path becomes known and every hour, every minute while it is a loop; one look
///            at all servers per second. Probes take tokens like any packet.
/// RFC        4086 (names are random, not counted), 6761 §6.2 (.test is reserved).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/instant.hpp"
#include "completer.hpp"
#include "dispatcher.hpp"
#include "dns/question_key.hpp"
#include "engine_state.hpp"

namespace egress {

class LoopProbes {
 public:
  LoopProbes(EngineState& state, Dispatcher& dispatcher, Completer& completer) noexcept
      : state_(&state), dispatcher_(&dispatcher), completer_(&completer) {}

  void poll(base::Instant now) noexcept {
    if (state_->settings().loop_detection == LoopDetection::kOn && next_look_at_ <= now) look(now);
  }
  /// A client asked this name below kLoopZone.
  void take(dns::KeyView key) noexcept;

 private:
  static constexpr std::size_t kLabelBytes = 16;
  struct Probe {
    std::array<std::byte, kLabelBytes> label{};
    base::Instant due_at;                              // when the next one is sent
    base::Instant judged_at = base::Instant::never();  // a probe that has not come back by then shows no loop
    bool came_back = false;
  };

  void look(base::Instant now) noexcept;
  void look_at(std::uint16_t uplink, std::uint8_t server, base::Instant now) noexcept;
  [[nodiscard]] bool send(Probe& probe, std::uint16_t uplink, std::uint8_t server, base::Instant now) noexcept;

  EngineState* state_;
  Dispatcher* dispatcher_;
  Completer* completer_;
  std::array<std::array<Probe, kMaxServersPerUplink>, kMaxUplinks> probes_{};
  base::Instant next_look_at_;
};

}  // namespace egress
