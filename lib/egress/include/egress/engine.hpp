// SPDX-License-Identifier: Apache-2.0
/// @file engine.hpp – the egress core's decisions: who is asked upstream, when, and what becomes of the reply.
///
/// Purpose    joins the workers' misses into one attempt per question, spends the budget on them, matches replies,
///            writes the cache and completes every Miss exactly once.
/// Threads    one thread, the egress core; counters and figures may be read by any.
/// Ownership  fixed tables in memory given at creation; writes the cache it is given (its only writer).
/// Cost       at most about a thousand sends a second; every step is bounded.
/// RFC        5452 §9 (port, ID, matching), 9520 §3 (retries, failures), 6298 (RTT estimate), 2308, 8767.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "cache/cache.hpp"
#include "cache/settings.hpp"
#include "egress/counters.hpp"
#include "egress/miss.hpp"
#include "egress/settings.hpp"
#include "egress/stats.hpp"
#include "egress/tcp_fetch.hpp"
#include "egress/wire.hpp"
#include "net/frame.hpp"
#include "topk/recorder.hpp"

namespace egress {

/// The world around an Engine; everything outlives it.
struct Dependencies {
  cache::Cache* cache = nullptr;
  Wire* wire = nullptr;
  EntropySource* entropy = nullptr;
  std::span<CompletionRing* const> completions;  // index = WorkerId; capacity >= that worker's max_fetches
  TcpFetchRing* tcp_fetches = nullptr;           // kMaxTcpFetches slots; nullptr: nobody asks over TCP
  topk::Recorder* recorder = nullptr;            // of packets by who opened their question; may be null
};

class Engine {
 public:
  [[nodiscard]] static std::size_t bytes_needed(const Settings& settings) noexcept;
  Engine(base::MutableBytes memory, const Settings& settings, const cache::Settings& cache_settings,
         const Dependencies& around) noexcept;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// A worker's miss. Completed at once when the cache has a fresh answer by now or a limit refuses it.
  void on_miss(const Miss& miss, base::Instant now) noexcept;
  /// A datagram that came from an upstream's address and port 53. The caller keeps the packet.
  void on_response(const net::FrameView& frame, base::Bytes payload, base::Instant now) noexcept;
  /// The end of a TcpFetch. The caller releases the message.
  void on_tcp_reply(const TcpReply& reply, base::Instant now) noexcept;
  /// The verdict of a Wire that answered kPending.
  void on_transmitted(std::uint64_t ticket, SendResult result) noexcept;
  /// A server's path became known, changed or was lost.
  void on_path(std::uint16_t uplink, std::uint16_t server, const Path& path) noexcept;
  /// A packet of another sender on this uplink (TCP, ICMP from the kernel) wants to leave: true when a token was
  /// spent; false when it must wait or be dropped.
  [[nodiscard]] bool charge_foreign(std::uint16_t uplink, base::Instant now) noexcept;

  /// New settings, from now on. What the tables were made for stays as it is: the servers, max_fetches, first_port,
  /// joining, whether an uplink is metered, and budgets of at most room_pps.
  void apply(const Settings& settings, const cache::Settings& cache_settings) noexcept;

  /// So many thousandths of the configured budget, from now on.
  void scale_budget(std::uint16_t uplink, std::uint32_t permille) noexcept;

  /// Timeouts, retries, sends, reclamation, a little of the sweep. Once per poll; bounded.
  void poll(base::Instant now) noexcept;
  /// When poll() next has something to do on its own, for the idle back-off.
  [[nodiscard]] base::Instant next_event(base::Instant now) const noexcept;

  /// Drops every queued and sent question with a completion kOverload; for a clean stop.
  void abandon_all() noexcept;

  [[nodiscard]] std::size_t uplinks() const noexcept;
  [[nodiscard]] std::size_t fetches() const noexcept;  // queued and sent
  /// Egress thread only: fills rows from the front, returns how many.
  [[nodiscard]] std::size_t list(std::span<InflightRow> rows, base::Instant now) const noexcept;
  /// Likewise: the zones that fetches_per_zone limits now, or has refused a question within the last minute.
  [[nodiscard]] std::size_t list_zones(std::span<ZoneRow> rows) const noexcept;

  // any thread, a moment stale
  [[nodiscard]] const EngineCounters& counters() const noexcept;
  [[nodiscard]] std::uint64_t open_gauge() const noexcept;  // questions queued and sent
  [[nodiscard]] UplinkStats uplink_stats(std::size_t uplink) const noexcept;
  [[nodiscard]] LimitStats limit_stats() const noexcept;
  /// Fills `servers` from the front, uplink by uplink; returns how many.
  [[nodiscard]] std::size_t server_stats(std::span<ServerStats> servers) const noexcept;

 private:
  struct Core;  // in the memory given at creation
  Core* core_;
};

}  // namespace egress
