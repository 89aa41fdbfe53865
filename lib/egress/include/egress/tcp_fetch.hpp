// SPDX-License-Identifier: Apache-2.0
/// @file tcp_fetch.hpp – the two records between egress and the slow path for fetches over TCP.
///
/// Purpose    TcpFetch: "ask this server over TCP"; TcpReply: the one answer to it, or that there is none. The slow path
///            owns connections and IDs; egress owns fetches, and accepts a reply only for a fetch that waits for one.
/// Threads    requests go from egress to the slow path, replies come back, through an SPSC ring each.
/// Lifetime   the message of a reply belongs to the slow path; egress may read it until it clears `held`.
/// RFC        7766 §6 and §7.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/spsc_ring.hpp"
#include "net/address.hpp"

namespace egress {

/// Limit of requests without a reply; the rings have this many slots and never overflow.
inline constexpr std::size_t kMaxTcpFetches = 256;
inline constexpr std::size_t kMaxTcpQueryBytes = 12 + 255 + 4 + 11;  // header, name, type and class, OPT

struct TcpFetch {
  std::uint64_t ticket = 0;  // comes back with the reply
  net::IpAddress local;      // our address towards the server
  net::IpAddress server;
  base::Duration timeout{0};  // a duration, because egress and slow path have different clocks
  std::uint16_t query_bytes = 0;
  std::array<std::byte, kMaxTcpQueryBytes> query;  // a whole message; its ID is 0

  [[nodiscard]] base::Bytes message() const noexcept { return base::Bytes(query).first(query_bytes); }
};

enum class TcpEnd : std::uint8_t {
  kReplied,   // there is a message, with our ID and question
  kFailed,    // no connection, or closed twice before the reply
  kTimedOut,  // the timeout passed
};

/// Exactly one for each request, in any order.
struct TcpReply {
  std::uint64_t ticket = 0;
  TcpEnd end = TcpEnd::kFailed;
  std::uint32_t bytes = 0;
  const std::byte* data = nullptr;
  std::atomic<std::uint32_t>* held = nullptr;  // slow path: sets before it posts; egress: clears when it has read

  [[nodiscard]] base::Bytes message() const noexcept { return {data, bytes}; }
  void release() const noexcept {
    if (held != nullptr) held->store(0, std::memory_order_release);
  }
};

using TcpFetchRing = base::SpscRing<TcpFetch>;
using TcpReplyRing = base::SpscRing<TcpReply>;

}  // namespace egress
