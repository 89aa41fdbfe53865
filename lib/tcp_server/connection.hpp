// SPDX-License-Identifier: Apache-2.0
/// @file connection.hpp – one client's TCP connection.
///
/// Purpose    its socket, what came and is not taken yet, what is owed and not sent yet. It never blocks and decides
///            nothing about limits; which phase it is in says how long it may stay there.
/// Threads    the slow path's.
/// Ownership  owns the socket and what it holds back; the poll handle belongs to the loop until it is closed.
/// Cost       idle: this object and nothing else. Allocates for messages that come in part and answers that the kernel
///            does not take at once.
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

/// What a connection waits for; each has its own patience.
enum class Phase : std::uint8_t {
  kIdle,       // the client's next query
  kReceiving,  // the rest of a query
  kWaiting,    // answers of ours
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
  /// Behind what is unsent; what the kernel does not take is kept.
  [[nodiscard]] Wrote send(base::Bytes octets);
  /// What is unsent, as far as the kernel takes it now.
  [[nodiscard]] Wrote flush();

  [[nodiscard]] Phase phase() const noexcept;
  [[nodiscard]] std::size_t unsent_bytes() const noexcept { return unsent_.size() - sent_; }
  [[nodiscard]] std::size_t held_bytes() const noexcept { return inbox.held_bytes() + unsent_.capacity(); }
  /// Nobody is owed anything any more.
  [[nodiscard]] bool is_settled() const noexcept { return in_flight == 0 && unsent_bytes() == 0; }

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] const net::Flow& flow() const noexcept { return flow_; }

  // The server's notes.
  Inbox inbox;
  base::Handle handle;                  // in the connection table
  std::uint32_t in_flight = 0;          // queries that wait for their answer
  std::uint32_t queries = 0;            // so far
  Counter broken = Counter::kCount;     // not kCount: ends with this turn, for this reason
  Counter finishing = Counter::kCount;  // not kCount: nothing more is read; ends when settled
  std::size_t counted_bytes = 0;        // of held_bytes(), in the server's sum
  enum class Reading : std::uint8_t { kYes, kPaused } reading = Reading::kYes;
  enum class Turn : std::uint8_t { kUntouched, kTouched } turn = Turn::kUntouched;
  Server* server = nullptr;
  uv_poll_t poll{};
  int poll_events = 0;

 private:
  friend class ConnectionTable;

  sockets::Fd socket_;
  net::Flow flow_;                 // as received: from the client to us
  std::vector<std::byte> unsent_;  // the first sent_ octets are gone already
  std::size_t sent_ = 0;

  // Its place in the table's list of its phase.
  Phase listed_ = Phase::kIdle;
  std::uint32_t listed_queries_ = 0;
  base::Instant since_;
  Connection* before_ = nullptr;
  Connection* after_ = nullptr;
};

}  // namespace tcp_server
