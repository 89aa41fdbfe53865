// SPDX-License-Identifier: Apache-2.0
/// @file connection.hpp – one client's TCP connection.
///
/// Purpose    the socket, octets received and not processed yet, answers not sent yet. It never blocks and enforces no
///            limit; its phase selects the timeout.
/// Threads    the slow path's thread.
/// Ownership  owns the socket and its buffers; the poll handle belongs to the loop until it is closed.
/// Cost       idle: this object only. Allocates for messages that arrive in part and for answers that the kernel does not
///            accept at once.
/// RFC        7766 §6.2 (timeouts, limits), §8 (length and message in one write).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <uv.h>

#include "base/handle.hpp"
#include "base/instant.hpp"
#include "inbox.hpp"
#include "net/address.hpp"
#include "sockets/fd.hpp"
#include "tcp_server/counters.hpp"

namespace tcp_server {

class Server;

/// What a connection waits for; each phase has its own timeout.
enum class Phase : std::uint8_t {
  kIdle,       // the client's next query
  kReceiving,  // the rest of a query
  kWaiting,    // our answers
  kSending,    // the client to read
};
inline constexpr std::size_t kPhases = 4;

class Connection {
 public:
  Connection(sockets::Fd socket, const net::Flow& flow) noexcept : socket_(std::move(socket)), flow_(flow) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  enum class Got : std::uint8_t { kOctets, kNothing, kEnd, kBroken };
  struct Received {
    Got got = Got::kNothing;
    base::Bytes octets;
  };
  [[nodiscard]] Received receive(base::MutableBytes room) noexcept;

  enum class Wrote : std::uint8_t { kAll, kPart, kBroken };
  /// Sends behind unsent octets; keeps what the kernel does not accept.
  [[nodiscard]] Wrote send(base::Bytes octets);
  /// Sends unsent octets as far as the kernel accepts them now.
  [[nodiscard]] Wrote flush();

  [[nodiscard]] Phase phase() const noexcept;
  [[nodiscard]] std::size_t unsent_bytes() const noexcept { return unsent_.size() - sent_; }
  [[nodiscard]] std::size_t held_bytes() const noexcept { return inbox.held_bytes() + unsent_.capacity(); }
  /// No query waits and no answer is unsent.
  [[nodiscard]] bool is_settled() const noexcept { return in_flight == 0 && unsent_bytes() == 0; }

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] const net::Flow& flow() const noexcept { return flow_; }

  // Written by the server.
  Inbox inbox;
  base::Handle handle;                  // in the connection table
  std::uint32_t in_flight = 0;          // queries that wait for their answer
  std::uint32_t queries = 0;            // so far
  Counter broken = Counter::kCount;     // not kCount: closes at the end of this turn, for this reason
  Counter finishing = Counter::kCount;  // not kCount: reads no more; closes when is_settled()
  std::size_t counted_bytes = 0;        // the part of held_bytes() that the server's sum contains
  enum class Reading : std::uint8_t { kYes, kPaused } reading = Reading::kYes;
  enum class Turn : std::uint8_t { kUntouched, kTouched } turn = Turn::kUntouched;
  Server* server = nullptr;
  uv_poll_t poll{};
  int poll_events = 0;

 private:
  friend class ConnectionTable;

  sockets::Fd socket_;
  net::Flow flow_;                 // as received: from the client to us
  std::vector<std::byte> unsent_;  // the first sent_ octets are sent
  std::size_t sent_ = 0;

  // Position in the table's list of its phase.
  Phase listed_ = Phase::kIdle;
  std::uint32_t listed_queries_ = 0;
  base::Instant since_;
  Connection* before_ = nullptr;
  Connection* after_ = nullptr;
};

}  // namespace tcp_server
