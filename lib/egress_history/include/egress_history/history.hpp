// SPDX-License-Identifier: Apache-2.0
/// @file history.hpp – everything that egress remembers beyond a fetch: zones, names, clients, failures.
///
/// Purpose    records how fetches ended, and decides from that in which class the next one queues.
/// Threads    egress only.
/// Ownership  fixed tables in the engine's memory.
#pragma once

#include <cstdint>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "egress_history/client_standings.hpp"
#include "egress_history/failure_memory.hpp"
#include "egress_history/known_names.hpp"
#include "egress_history/zone_table.hpp"
#include "net/address.hpp"

namespace egress {

class History {
 public:
  struct Secrets {
    base::KeyedHash::Secret zones{};
    std::uint64_t clients = 0;
  };
  History(base::Arena& arena, std::uint32_t max_fetches, const Secrets& secrets) noexcept;

  /// Identity of a client: its IPv4 address or its IPv6 /64, hashed with a secret.
  [[nodiscard]] std::uint64_t client_hash(const net::IpAddress& client) const noexcept;
  [[nodiscard]] Standing standing(std::uint64_t client_hash, base::Instant now) const noexcept {
    return standings_.standing(client_hash, now);
  }

  /// A fetch of `name_hash` in `zone`, opened by this client, has ended. True when the class of the zone's new names has
  /// changed.
  [[nodiscard]] bool note_answer(std::uint64_t name_hash, SlotId zone, std::uint64_t client_hash, ZoneAnswer answer,
                                 base::Instant now) noexcept;

  [[nodiscard]] ZoneTable& zones() noexcept { return zones_; }
  [[nodiscard]] const ZoneTable& zones() const noexcept { return zones_; }
  [[nodiscard]] const KnownNames& known_names() const noexcept { return known_names_; }
  [[nodiscard]] FailureMemory& failures() noexcept { return failures_; }
  [[nodiscard]] FailureBackOff& back_off() noexcept { return back_off_; }

 private:
  ZoneTable zones_;
  KnownNames known_names_;
  ClientStandings standings_;
  FailureMemory failures_;
  FailureBackOff back_off_;
  std::uint64_t client_secret_;
};

}  // namespace egress
