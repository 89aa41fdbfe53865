// SPDX-License-Identifier: Apache-2.0
/// @file tcp_fetcher.hpp – egress's questions over TCP: connections of the kernel to the upstream servers.
///
/// Purpose    takes StreamAsks, keeps at most two pipelined connections to a server warm, matches replies by ID and
///            question, and posts exactly one TcpReply for each ask. What is asked in one turn leaves in one write, so
///            that it may share a segment. A connection that the server closes with answers pending is forgiven once for
///            each question; a server that cannot be connected to is not.
/// Threads    the slow path's; egress reads a reply's message until it clears `held`.
/// Ownership  owns connections and message buffers (64 KiB each, made when first needed, 64 at most).
/// Cost       a write for each turn and connection; timers by poll().
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
  static constexpr base::Duration kIdle = std::chrono::seconds(10);  // then we close
  static constexpr std::size_t kConnectionsPerServer = 2;
  static constexpr std::size_t kPendingForSecond = 16;  // so many on the first before another one is opened

  struct Spec {
    egress::TcpFetchRing* fetches = nullptr;
    egress::TcpReplyRing* replies = nullptr;  // kMaxTcpFetches slots
    std::string interface;                    // connections leave by it; empty: as the kernel routes
    std::uint16_t port = 53;
    Counters* counters = nullptr;
  };

  TcpFetcher(uv_loop_t& loop, const Spec& spec);
  ~TcpFetcher();  // every connection is gone: close() and a run of the loop come first
  TcpFetcher(const TcpFetcher&) = delete;
  TcpFetcher& operator=(const TcpFetcher&) = delete;

  /// New asks, timeouts, idle connections. True when there was something to do.
  bool poll(base::Instant now);
  /// Begins to close every connection; their handles are gone after the loop's next turn.
  void close();
  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace upstream_tcp
