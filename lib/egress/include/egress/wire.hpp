// SPDX-License-Identifier: Apache-2.0
/// @file wire.hpp – what the egress core needs from the outside: a way to send, paths, entropy.
///
/// Purpose    interfaces that the DPDK side implements and that tests fake.
/// Threads    called by the egress core only.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "net/address.hpp"

namespace egress {

enum class Sent : std::uint8_t {
  kAccepted,  // the port took the packet; `at` is a time not before it did
  kRefused,   // TX ring or pool full: the token goes back
  kPending,   // another core transmits it and will confirm ticket `at` later through Engine::on_transmitted()
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

/// How a server is reached; kept up to date by the slow path from the kernel's tables.
struct Path {
  net::MacAddress next_hop;
  net::MacAddress source_mac;
  net::IpAddress source;  // our address towards this server
  std::uint16_t vlan_tci = 0;
  bool resolved = false;
};

/// Fresh bytes of the kernel's CSPRNG; called when a buffer runs low, never per packet.
class EntropySource {
 public:
  virtual void fill(base::MutableBytes bytes) noexcept = 0;

 protected:
  ~EntropySource() = default;
  EntropySource() = default;
  EntropySource(const EntropySource&) = default;
  EntropySource& operator=(const EntropySource&) = default;
};

}  // namespace egress
