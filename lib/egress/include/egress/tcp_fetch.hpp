// SPDX-License-Identifier: Apache-2.0
/// @file tcp_fetch.hpp – questions that egress wants asked over TCP, and what came of them.
///
/// Purpose    TcpFetch: "ask this server by TCP"; TcpReply: its one answer, or that there is none. The slow path owns
///            connections and IDs; egress owns questions and believes a reply only if it names a question that waits for
///            one by TCP.
/// Threads    asks go from egress to the slow path, replies come back, through an SPSC ring each.
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

/// Asks that wait for their reply at the slow path; the rings have so many slots, and never overflow.
inline constexpr std::size_t kMaxTcpFetches = 256;
inline constexpr std::size_t kMaxTcpQueryBytes = 12 + 255 + 4 + 11;  // header, name, type and class, OPT

struct TcpFetch {
  std::uint64_t ticket = 0;  // comes back with the reply
  net::IpAddress local;      // our address towards the server
  net::IpAddress server;
  base::Duration patience{0};  // nobody cares for a reply after so long; the two sides have clocks of their own
  std::uint16_t query_bytes = 0;
  std::array<std::byte, kMaxTcpQueryBytes> query;  // a whole message but for its ID, which is 0

  [[nodiscard]] base::Bytes message() const noexcept { return base::Bytes(query).first(query_bytes); }
};

enum class TcpEnd : std::uint8_t {
  kReplied,   // there is a message, with our ID and question
  kFailed,    // no connection, or closed twice before the reply
  kTimedOut,  // the deadline passed
};

/// Exactly one for each ask, in any order.
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
