// SPDX-License-Identifier: Apache-2.0
/// @file engine.hpp – the egress core: which questions go upstream, when, to which server, and what their replies mean.
///
/// Purpose    joins the workers' misses into one fetch per question, spends the budgets on fetches, matches replies,
///            writes the cache and completes every miss.
/// Threads    one thread, the egress core; counters and stats may be read by any thread.
/// Ownership  fixed tables in memory given at creation; the cache's only writer.
/// Cost       about a thousand sends a second at most; every step is bounded; no allocation.
/// RFC        5452 §9 (port, ID, matching), 9520 §3 (retries, failures), 6298 (RTT estimate), 2308, 8767.
///
/// Invariants
///   1. Every Miss of kind kAsk gets exactly one Completion.
///   2. A fetch costs at most `max_sends` UDP packets, and every packet has a token of its uplink's budget.
///   3. A packet that matches no transaction changes nothing but a counter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "cache/settings.hpp"
#include "egress/counters.hpp"
#include "egress/dependencies.hpp"
#include "egress/miss.hpp"
#include "egress/settings.hpp"
#include "egress/stats.hpp"
#include "egress/tcp_fetch.hpp"
#include "egress/wire.hpp"
#include "net/frame.hpp"

namespace egress {

class Engine {
 public:
  [[nodiscard]] static std::size_t bytes_needed(const Settings& settings) noexcept;
  Engine(base::MutableBytes memory, const Settings& settings, const cache::Settings& cache_settings,
         const Dependencies& deps) noexcept;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// A worker's miss. Completed at once when the cache has a fresh answer meanwhile, or when a limit refuses it.
  void on_miss(const Miss& miss, base::Instant now) noexcept;
  /// A datagram from an upstream server's address and port 53. The caller keeps the packet.
  void on_response(const net::FrameView& frame, base::Bytes payload, base::Instant now) noexcept;
  /// The end of a TcpFetch. The caller releases the message.
  void on_tcp_reply(const TcpReply& reply, base::Instant now) noexcept;
  /// The result of a packet for which the Wire returned kPending.
  void on_transmitted(std::uint64_t ticket, SendResult result) noexcept;
  /// A server's path was resolved, changed or lost.
  void on_path(std::uint16_t uplink, std::uint16_t server, const Path& path) noexcept;
  /// A packet of another sender on this uplink (TCP, ICMP from the kernel): true when a token was spent; false when the
  /// packet must wait or be dropped.
  [[nodiscard]] bool charge_foreign(std::uint16_t uplink, base::Instant now) noexcept;

  /// New settings. What the tables were made for stays: servers, max_fetches, first_port, joining, whether an uplink is
  /// metered, and budgets up to room_pps.
  void apply(const Settings& settings, const cache::Settings& cache_settings) noexcept;

  /// Scales the configured budget: permille of it, from now on.
  void scale_budget(std::uint16_t uplink, std::uint32_t permille) noexcept;

  /// Timeouts, retries, sends, reclamation. Once per poll; bounded.
  void poll(base::Instant now) noexcept;
  /// When poll() next has something to do on its own, for the idle back-off.
  [[nodiscard]] base::Instant next_event(base::Instant now) const noexcept;

  /// Ends every fetch with a completion kOverload; for a clean stop.
  void abandon_all() noexcept;

  [[nodiscard]] std::size_t uplinks() const noexcept;
  [[nodiscard]] std::size_t fetches() const noexcept;  // queued and sent
  /// Egress thread only: fills rows from the front, returns their number.
  [[nodiscard]] std::size_t list(std::span<InflightRow> rows, base::Instant now) const noexcept;
  /// Egress thread only: zones that fetches_per_zone limits now, or has limited within the last minute.
  [[nodiscard]] std::size_t list_zones(std::span<ZoneRow> rows) const noexcept;

  // any thread; at most a few milliseconds old
  [[nodiscard]] const EngineCounters& counters() const noexcept;
  [[nodiscard]] std::uint64_t open_gauge() const noexcept;  // fetches queued and sent
  [[nodiscard]] UplinkStats uplink_stats(std::size_t uplink) const noexcept;
  [[nodiscard]] LimitStats limit_stats() const noexcept;
  /// Fills `servers` from the front, uplink by uplink; returns their number.
  [[nodiscard]] std::size_t server_stats(std::span<ServerStats> servers) const noexcept;

 private:
  struct Core;  // in the memory given at creation
  Core* core_;
};

}  // namespace egress
