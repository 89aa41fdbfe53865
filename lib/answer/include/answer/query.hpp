// SPDX-License-Identifier: Apache-2.0
/// @file query.hpp – one client query on its way through the steps of a QueryPath.
///
/// Purpose    the record that the steps read and write, in the order in which they run.
/// Threads    one.
/// Lifetime   views into `room` are valid as long as the caller's buffer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/handle.hpp"
#include "cache/cache.hpp"
#include "dns/answer.hpp"
#include "dns/name.hpp"
#include "dns/question_key.hpp"
#include "net/address.hpp"
#include "topk/recorder.hpp"

namespace answer {

enum class Transport : std::uint8_t { kUdp, kTcp };

enum class QueryState : std::uint8_t {
  kOpen,      // the next step may handle it
  kAnswered,  // `reply_bytes` of `room` are the reply
  kWaiting,   // a waiter was kept; the reply goes to a ReplySink later
  kRepeated,  // a retransmission of a query that waits: one reply for both
  kDropped,   // no reply; counted
};

/// The caller sets the first five members, the steps set the others.
struct Query {
  base::MutableBytes room;          // the message, and all the writable bytes behind it
  std::size_t bytes = 0;            // of the message as received
  const net::Flow* flow = nullptr;  // as received; outlives the steps
  base::Handle stream;              // the TCP connection it came on
  Transport transport = Transport::kUdp;

  QueryState state = QueryState::kOpen;
  std::uint16_t question_end = 0;  // of the message
  std::size_t reply_bytes = 0;
  std::uint64_t hash = 0;
  std::uint64_t nxdomain_hash = 0;  // of the key with kEveryType; set if no fresh answer of its type was found
  dns::ClientState client;
  dns::NameView qname;  // with the client's letter case; in `room`
  dns::QuestionKey key;
  cache::Cache::Trace trace{};
  bool is_signed = false;  // forwarded unchanged
  bool has_key = false;    // `key` is this query's, not left over from the one before
  bool has_nxdomain_hash = false;
  bool is_nxdomain = false;    // answered NXDOMAIN, and not from local data
  bool is_cache_only = false;  // a client block allows this client cached answers only

  [[nodiscard]] bool is_open() const noexcept { return state == QueryState::kOpen; }
  /// Requires has_key.
  [[nodiscard]] topk::Asked asked() const noexcept { return {flow->source, key.view().qname(), key.view().qtype()}; }
};

}  // namespace answer
