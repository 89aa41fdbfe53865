// SPDX-License-Identifier: Apache-2.0
/// @file inflight_world.hpp – an in-flight table with its memory, and clients that ask.
///
/// Purpose    shared by the tests of the table.
/// Threads    none of its own.
/// Ownership  owns everything it makes.
#pragma once

#include <cstdint>

#include "coalesce/inflight.hpp"
#include "support/key.hpp"
#include "support/memory.hpp"

namespace test {

/// The parts of a waiter that the table reads.
struct Asker {
  std::uint8_t host = 1;
  std::uint16_t port = 40'000;
  std::uint16_t id = 1;
  friend bool operator==(const Asker&, const Asker&) = default;
};

[[nodiscard]] inline coalesce::Waiter waiter(const Asker& asker, base::Instant arrived) {
  const std::byte octets[4] = {std::byte{10}, std::byte{0}, std::byte{0}, std::byte{asker.host}};
  coalesce::Waiter waiter;
  waiter.arrived = arrived;
  waiter.reply_flow.destination = net::IpAddress::v4(octets);
  waiter.reply_flow.destination_port = base::UdpPort(asker.port);
  waiter.client.id = base::TxId(asker.id);
  return waiter;
}

[[nodiscard]] inline Asker asker_of(const coalesce::Waiter& waiter) {
  return {std::to_integer<std::uint8_t>(waiter.reply_flow.destination.v4_octets()[3]),
          waiter.reply_flow.destination_port.value(), waiter.client.id.value()};
}

class InflightWorld {
 public:
  explicit InflightWorld(const coalesce::Settings& settings = small())
      : memory_(coalesce::InflightTable::bytes_needed(settings)), table(memory_.view(), settings, keyed_hash()) {}

  [[nodiscard]] static coalesce::Settings small() {
    coalesce::Settings settings;
    settings.max_waiting = 64;
    settings.max_pending = 16;
    return settings;
  }
  coalesce::Joined join(const Key& key, const Asker& asker = {}) {
    return table.join(key.hash(), key.view(), waiter(asker, now), now);
  }

 private:
  Memory memory_;

 public:
  coalesce::InflightTable table;
  base::Instant now = kStart;
};

}  // namespace test
