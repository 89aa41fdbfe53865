// SPDX-License-Identifier: Apache-2.0
/// @file wire.hpp – how the egress core sends: the interface that the DPDK side implements and that tests fake.
///
/// Purpose    Wire takes whole frames; Path (egress_upstream/path.hpp) says where they go, EntropySource
///            (egress_upstream/entropy.hpp) supplies random bytes.
/// Threads    called by the egress core only.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "egress_upstream/entropy.hpp"
#include "egress_upstream/path.hpp"

namespace egress {

enum class Sent : std::uint8_t {
  kAccepted,  // the port took the packet, not later than at `at`
  kRefused,   // TX ring or mbuf pool is full: the token goes back
  kPending,   // another core transmits it and reports through Engine::on_transmitted()
};

struct SendResult {
  Sent sent = Sent::kRefused;
  base::Instant at;
};

/// Sends whole frames. The only way to the upstream.
class Wire {
 public:
  /// `ticket` comes back in Engine::on_transmitted() when the result is kPending.
  [[nodiscard]] virtual SendResult transmit(base::Bytes frame, std::uint64_t ticket) noexcept = 0;

 protected:
  ~Wire() = default;
  Wire() = default;
  Wire(const Wire&) = default;
  Wire& operator=(const Wire&) = default;
};

}  // namespace egress
