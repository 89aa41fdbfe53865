// SPDX-License-Identifier: Apache-2.0
/// @file egress_role.hpp – the egress core as a role: feeds the engine and transmits its packets.
///
/// Purpose    drains the workers' miss and response rings, the slow path's frames for an upstream, path updates and one
///            control request at a time; then polls the engine. It knows packets; the engine knows bytes only.
/// Threads    one polling thread, the only writer of the cache. The mailbox is shared with control.
/// Ownership  borrows everything in its Spec; owns the packets it takes out of rings.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "answer/generation.hpp"
#include "base/instant.hpp"
#include "base/spsc_ring.hpp"
#include "cache/cache.hpp"
#include "dns/types.hpp"
#include "egress/budget_factors.hpp"
#include "egress/engine.hpp"
#include "egress/path_update.hpp"
#include "packet/packet.hpp"
#include "packet/rings.hpp"
#include "stats/counter_block.hpp"
#include "worker/links.hpp"
#include "worker/role.hpp"

namespace worker {

/// One request of control at a time. Control fills the request and sets kAsked; the egress core serves it, over several
/// polls if needed, fills the result and sets kDone; control reads it and sets kIdle.
struct Mailbox {
  enum class State : std::uint8_t { kIdle, kAsked, kDone };
  enum class Request : std::uint8_t { kFlush, kListInflight, kListZones, kLoad };

  std::atomic<State> state{State::kIdle};
  Request request = Request::kFlush;
  cache::FlushScope scope = cache::FlushScope::kEverything;  // of kFlush
  std::array<std::byte, dns::kMaxNameBytes> name{};          // of kFlush: folded wire form; unused with kEverything
  std::uint16_t name_bytes = 0;
  std::optional<dns::QType> only;            // of the flushes: entries of this type
  std::span<egress::InflightRow> rows;       // room for kListInflight, control's memory
  std::span<egress::ZoneRow> zones;          // room for kListZones, control's memory
  std::span<const cache::NewEntry> entries;  // kLoad: inserted unless the cache holds the key
  std::size_t count = 0;                     // result: rows filled, entries removed or inserted
};

// clang-format off
#define SLUICE_EGRESS_ROLE_COUNTERS(X)                                                              \
  X(kForeignSent,  "foreign_sent",  "packets of the kernel sent to an upstream, a token each")      \
  X(kForeignFull,  "foreign_full",  "packets of the kernel to an upstream lost: TX ring full")      \
  X(kWireNoBuffer, "wire_no_buffer", "upstream packets delayed because the packet pool was dry")    \
  X(kPolls,        "polls",         "polls of the egress role")                                     \
  X(kBusyPolls,    "busy_polls",    "polls that found work")
// clang-format on
SLUICE_COUNTERS(EgressRoleCounter, SLUICE_EGRESS_ROLE_COUNTERS)
using EgressRoleCounters = stats::CounterBlock<EgressRoleCounter>;

/// Transmits through a TX queue that only the egress core's thread uses.
class PortWire final : public egress::Wire {
 public:
  PortWire(packet::PacketPort& port, const base::Clock& clock, EgressRoleCounters& counters) noexcept
      : port_(&port), clock_(&clock), counters_(&counters) {}
  [[nodiscard]] egress::SendResult transmit(base::Bytes frame, std::uint64_t ticket) noexcept override;

 private:
  packet::PacketPort* port_;
  const base::Clock* clock_;
  EgressRoleCounters* counters_;
};

/// Transmits through a worker, if the port has no TX queue for the egress core; the result comes back by ring.
class RelayWire final : public egress::Wire {
 public:
  RelayWire(packet::PacketPort& port, RelayRing& relays, EgressRoleCounters& counters) noexcept
      : port_(&port), relays_(&relays), counters_(&counters) {}
  [[nodiscard]] egress::SendResult transmit(base::Bytes frame, std::uint64_t ticket) noexcept override;

 private:
  packet::PacketPort* port_;
  RelayRing* relays_;
  EgressRoleCounters* counters_;
};

class EgressRole final : public Role {
 public:
  struct Spec {
    egress::Engine* engine = nullptr;
    egress::Wire* wire = nullptr;  // the engine's
    cache::Cache* cache = nullptr;
    packet::PacketPort* port = nullptr;  // release() only
    EgressRoleCounters* counters = nullptr;
    std::span<egress::MissRing* const> misses;  // one per worker, one for the TCP responder
    std::span<ResponseRing* const> responses;   // one per worker
    egress::PathRing* paths = nullptr;
    packet::ForeignRing* foreign = nullptr;
    RelayedRing* relayed = nullptr;               // only with a RelayWire
    egress::TcpReplyRing* tcp_replies = nullptr;  // nullptr: no TCP upstream
    Mailbox* mailbox = nullptr;
    const egress::BudgetFactors* factors = nullptr;  // nullptr: budgets are not scaled
    topk::Recorder* recorder = nullptr;              // the engine's; may be null
    answer::GenerationReader generation;             // not set: the engine keeps its initial settings
  };

  explicit EgressRole(const Spec& spec) noexcept;
  EgressRole(const EgressRole&) = delete;
  EgressRole& operator=(const EgressRole&) = delete;

  std::size_t poll(base::Instant now) noexcept override;
  /// For a clean stop, after the last poll: releases every packet in a ring to the egress core.
  void release_all() noexcept;

 private:
  void take_settings(base::Instant now) noexcept;
  void take_factors() noexcept;
  std::size_t take_responses(base::Instant now) noexcept;
  std::size_t take_streams(base::Instant now) noexcept;
  std::size_t take_misses(base::Instant now) noexcept;
  std::size_t take_foreign(base::Instant now) noexcept;
  std::size_t take_updates() noexcept;
  std::size_t serve_mailbox(base::Instant now) noexcept;
  [[nodiscard]] bool flush_more(Mailbox& box) noexcept;
  [[nodiscard]] bool load_more(Mailbox& box, base::Instant now) noexcept;
  void sweep(base::Instant now) noexcept;

  Spec spec_;
  cache::Cache::Cursor flush_cursor_;
  bool flushing_ = false;
  std::size_t loaded_to_ = 0;  // index into the mailbox's entries
  std::size_t loaded_ = 0;     // of these, inserted
  base::Instant swept_at_;
  std::uint32_t factors_version_ = 0;
  std::uint64_t settings_number_ = 0;  // of the generation whose settings the engine has
};

}  // namespace worker
