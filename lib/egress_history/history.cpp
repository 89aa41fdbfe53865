// SPDX-License-Identifier: Apache-2.0
// What the end of a fetch leaves behind, and how a client is identified.
#include "egress_history/history.hpp"

#include <cstring>

namespace egress {

History::History(base::Arena& arena, std::uint32_t max_fetches, const Secrets& secrets) noexcept
    : zones_(arena, max_fetches, secrets.zones),
      known_names_(arena, max_fetches),
      standings_(arena, max_fetches),
      failures_(arena),
      back_off_(arena),
      client_secret_(secrets.clients) {}

// A client can take any address of its IPv6 /64, so the /64 counts as one client.
std::uint64_t History::client_hash(const net::IpAddress& client) const noexcept {
  std::uint64_t bits = 0;
  if (client.is_v4()) {
    std::memcpy(&bits, client.v4_octets(), 4);
  } else {
    std::memcpy(&bits, client.octets().data(), sizeof bits);
  }
  constexpr std::uint64_t kOdd = 0xff51'afd7'ed55'8ccdU;
  bits = (bits ^ client_secret_) * kOdd;
  return (bits ^ bits >> 32U) * kOdd;
}

bool History::note_answer(std::uint64_t name_hash, SlotId zone, std::uint64_t client_hash, ZoneAnswer answer,
                          base::Instant now) noexcept {
  if (answer == ZoneAnswer::kGood) known_names_.note(name_hash);
  const Standing standing = standings_.standing(client_hash, now);
  standings_.note(client_hash, answer, now);
  return zones_.note(zone, answer, standing, now);
}

}  // namespace egress
