// SPDX-License-Identifier: Apache-2.0
/// @file plan.hpp – what decides which parts a data plane has and how large they are.
///
/// Purpose    two data planes of the same plan have the same parts, the same wiring and the same memory layout.
/// Threads    a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cache/settings.hpp"
#include "coalesce/settings.hpp"
#include "egress/settings.hpp"

namespace appliance {

enum class Part : std::uint8_t { kLeftOut, kBuilt };

/// Who puts the egress core's packets on the wire.
enum class EgressTx : std::uint8_t {
  kOwnQueue,  // a TX queue that the egress core's thread polls
  kRelayed,   // the first worker, which gets them by ring: the port has no queue for another thread
};

struct Plan {
  std::uint16_t workers = 1;
  coalesce::Settings coalesce;  // of each in-flight table
  egress::Settings egress;
  cache::Settings cache;
  Part tcp_responder = Part::kLeftOut;  // answers clients' queries over TCP; the subscriber after the last worker
  Part tcp_fetches = Part::kLeftOut;    // rings for fetches that go upstream over TCP
  Part kernel = Part::kLeftOut;         // rings for packets to and from the kernel
  EgressTx egress_tx = EgressTx::kOwnQueue;

  /// Workers, and the TCP responder where there is one: each has an in-flight table.
  [[nodiscard]] std::size_t subscribers() const noexcept {
    return std::size_t{workers} + (tcp_responder == Part::kBuilt ? 1U : 0U);
  }

  // Reader slots of the cache: worker i has slot i.
  [[nodiscard]] std::size_t tcp_reader() const noexcept { return workers; }
  [[nodiscard]] std::size_t lookup_reader() const noexcept { return workers + std::size_t{1}; }
  [[nodiscard]] std::size_t snapshot_reader() const noexcept { return workers + std::size_t{2}; }

  // Reader slots of generations: worker i has slot i, the TCP responder tcp_reader().
  [[nodiscard]] std::size_t egress_reader() const noexcept { return workers + std::size_t{1}; }
};

}  // namespace appliance
