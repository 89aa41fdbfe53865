// SPDX-License-Identifier: Apache-2.0
/// @file tcp_fetcher.hpp – TCP fetches of egress, over the kernel's connections to the upstream servers.
///
/// Purpose    takes TcpFetches, keeps at most two pipelined connections to a server open, matches replies by ID and
///            question, and posts exactly one TcpReply for each fetch. Queries of one turn leave in one write and may
///            share a segment. When the server closes a connection, each pending fetch is sent again once; a fetch whose
///            connection was never established fails.
/// Threads    the slow path's thread; egress reads a reply's message until it clears `held`.
/// Ownership  owns connections and message buffers (64 KiB each, made when first needed, 64 at most).
/// Cost       one write per turn and connection; timeouts are checked by poll().
/// RFC        7766 §5 (persistent, pipelined), §6.2.2 (few connections), §7 (IDs), §8 (length and message in one write).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <uv.h>

#include "base/instant.hpp"
#include "egress/tcp_fetch.hpp"
#include "upstream_tcp/counters.hpp"

namespace upstream_tcp {

class TcpFetcher {
 public:
  static constexpr base::Duration kIdle = std::chrono::seconds(10);  // then the connection is closed
  static constexpr std::size_t kConnectionsPerServer = 2;
  static constexpr std::size_t kPendingForSecond = 16;  // fetches pending on the first before a second is opened

  struct Spec {
    egress::TcpFetchRing* fetches = nullptr;
    egress::TcpReplyRing* replies = nullptr;  // kMaxTcpFetches slots
    std::string interface;                    // connections are bound to it; empty: as the kernel routes
    std::uint16_t port = 53;
    Counters* counters = nullptr;
  };

  TcpFetcher(uv_loop_t& loop, const Spec& spec);
  ~TcpFetcher();  // only after close() and a run of the loop: no connection is left
  TcpFetcher(const TcpFetcher&) = delete;
  TcpFetcher& operator=(const TcpFetcher&) = delete;

  /// Handles new fetches, timeouts and idle connections. True when there was work.
  bool poll(base::Instant now);
  /// Begins to close every connection; their handles are gone after the loop's next turn.
  void close();
  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace upstream_tcp
