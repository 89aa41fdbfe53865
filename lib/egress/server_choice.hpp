// SPDX-License-Identifier: Apache-2.0
/// @file server_choice.hpp – which server a fetch is sent to, and over which transport.
///
/// Purpose    applies what the fetch has seen of its servers to Servers::choose().
/// Threads    egress only.
#pragma once

#include <cstdint>

#include "base/instant.hpp"
#include "engine_state.hpp"

namespace egress {

class ServerChoice {
 public:
  explicit ServerChoice(EngineState& state) noexcept : state_(&state) {}

  static constexpr std::uint8_t kMaxTcpTries = 2;  // of one fetch, where all fetches go over TCP

  /// Whether some server has room for it under its quota. Quotas limit UDP; a server with an open transaction of the
  /// fetch counts it already.
  [[nodiscard]] bool has_room(const Fetch& fetch) const noexcept;
  /// The server to send to; the uplink has a usable one.
  [[nodiscard]] std::uint8_t choose(const Fetch& fetch, base::Instant now) noexcept;
  /// Whether the next send is over TCP by configuration.
  [[nodiscard]] bool uses_tcp(const Fetch& fetch) const noexcept;

 private:
  [[nodiscard]] std::uint8_t servers_held_by(const Fetch& fetch) const noexcept;

  EngineState* state_;
};

}  // namespace egress
