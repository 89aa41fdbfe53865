// SPDX-License-Identifier: Apache-2.0
/// @file tcp_server.hpp – DNS over TCP for clients, on the kernel's TCP behind the TAP.
///
/// Purpose    accepts connections, reads queries, has them answered by a TcpResponder as a worker answers datagrams, and
///            writes each answer on the connection that its query came by, in the order in which they are ready.
/// Threads    create() and close() before and after the loop runs; everything else on the loop's thread.
/// Ownership  owns sockets and connections; borrows the loop and what the Spec points to. After close() the loop must
///            run until it has no handles; then the server may be destroyed.
/// Errors     create(): an address whose port 53 is taken, or too few open files allowed.
/// Cost       an idle connection takes about 400 octets here and a descriptor.
/// RFC        7766 (pipelining, answers in any order, limits, timeouts), 9210 §4, 1035 §4.2.2.
///
///   readable ─▶ inbox ─▶ ask ─▶ answered ─▶ batch ─▶ one write
///                         └──▶ waiting … turn() ─▶ completion ─▶ batch
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <uv.h>

#include "answer/settings.hpp"
#include "answer/tcp_responder.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "diag/result.hpp"
#include "net/address.hpp"
#include "net/frame.hpp"
#include "tcp_server/counters.hpp"

namespace tcp_server {

struct Spec {
  answer::TcpResponder* responder = nullptr;
  const base::Clock* clock = nullptr;  // the clock that answers age by
  const base::KeyedHash* hash = nullptr;
  answer::TcpSettings settings;
};

struct ListenAt {
  net::IpAddress address;
  std::uint16_t port = net::kDnsPort;  // 0: any free one
  std::uint32_t interface = 0;         // scope of a link-local address
};

class TcpServer {
 public:
  [[nodiscard]] static diag::Result<std::unique_ptr<TcpServer>> create(uv_loop_t& loop, const Spec& spec,
                                                                       std::span<const ListenAt> addresses);
  virtual ~TcpServer() = default;
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  /// Sends answers that have arrived and ends overdue connections. Call at least once a millisecond while
  /// has_questions().
  virtual void turn() = 0;
  [[nodiscard]] virtual bool has_questions() const noexcept = 0;
  [[nodiscard]] virtual std::size_t connections() const noexcept = 0;
  [[nodiscard]] virtual const Counters& counters() const noexcept = 0;
  /// The port of the first listener.
  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;

  /// Ends every connection and stops listening. May be called again.
  virtual void close() noexcept = 0;

 protected:
  TcpServer() = default;
};

}  // namespace tcp_server
