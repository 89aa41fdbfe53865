// SPDX-License-Identifier: Apache-2.0
/// @file tcp_server.hpp – DNS over TCP for clients, on the kernel's TCP behind the TAP.
///
/// Purpose    takes connections, reads queries, has them answered by a TcpResponder as a worker answers datagrams, and
///            writes each answer on the connection that its query came by, in the order in which they are ready.
/// Threads    create() and close() before and after the loop runs; everything else on the loop's thread.
/// Ownership  owns sockets and connections; borrows the loop and what the Spec points to. After close() the loop must
///            run until it has no handles, then the server may go.
/// Errors     create(): an address whose port 53 is taken, or too few open files allowed.
/// Cost       an idle connection takes about 400 octets here and a descriptor.
/// RFC        7766 (pipelining, answers in any order, limits, timeouts), 9210 §4, 1035 §4.2.2.
///
///   readable ─▶ inbox ─▶ ask ─▶ answered ─▶ batch ─▶ one write
///                         └──▶ waiting … turn() ─▶ completion ─▶ batch
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <uv.h>

#include "base/instant.hpp"
#include "diag/result.hpp"
#include "dns/stream.hpp"
#include "slowpath/client_counts.hpp"
#include "slowpath/connection_table.hpp"
#include "slowpath/reply_batch.hpp"
#include "slowpath/slow_path.hpp"
#include "slowpath/tcp_counters.hpp"
#include "slowpath/tcp_listener.hpp"
#include "worker/answerer.hpp"

namespace slowpath {

class TcpServer final : private worker::ReplySink {
 public:
  [[nodiscard]] static diag::Result<std::unique_ptr<TcpServer>> create(uv_loop_t& loop, const TcpSpec& spec,
                                                                       std::span<const ListenAt> addresses);
  ~TcpServer();
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  /// Answers those who wait, ends what is overdue. Between two turns at most a millisecond while somebody waits.
  void turn();
  [[nodiscard]] bool has_questions() const noexcept { return spec_.asker->inflight().open_questions() != 0; }
  [[nodiscard]] std::size_t connections() const noexcept { return table_.size(); }
  [[nodiscard]] const TcpCounters& counters() const noexcept { return counters_; }
  /// The port of the first listener.
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Ends every connection and stops listening. May be called again.
  void close() noexcept;

 private:
  struct Listener {
    Fd socket;
    uv_poll_t poll{};
    TcpServer* server = nullptr;
  };
  enum class Listening : std::uint8_t { kYes, kPaused };

  TcpServer(uv_loop_t& loop, const TcpSpec& spec);
  [[nodiscard]] diag::Status listen(const ListenAt& at);
  void resume_listening() noexcept;
  void pause_listening(base::Instant now) noexcept;
  void accept_some(Listener& listener);
  void admit(Accepted accepted, base::Instant now);
  [[nodiscard]] bool make_room() noexcept;

  // One connection.
  static void on_event(uv_poll_t* poll, int status, int events);
  void serve(Connection& connection, int status, int events);
  void read(Connection& connection);
  void take_messages(Connection& connection, base::Bytes fresh);
  void take_message(Connection& connection, base::Bytes message);
  [[nodiscard]] bool may_take(const Connection& connection) const noexcept;
  void settle(Connection& connection);
  [[nodiscard]] TcpCounter judge(const Connection& connection) const noexcept;
  void count_memory(Connection& connection) noexcept;
  void choose_events(Connection& connection) noexcept;
  void end(Connection& connection, TcpCounter how) noexcept;

  // A turn: from begin_turn() to end_turn() connections stay, whatever becomes of them.
  void begin_turn();
  void end_turn();
  void touch(Connection& connection);
  void write_batch();
  void end_overdue();

  // ReplySink
  [[nodiscard]] base::MutableBytes open(const coalesce::Waiter& waiter) noexcept override;
  void send(const coalesce::Waiter& waiter, std::size_t message_bytes) noexcept override;
  void cancel() noexcept override;

  uv_loop_t& loop_;
  TcpSpec spec_;
  TcpCounters counters_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  Listening listening_ = Listening::kYes;
  base::Instant listen_again_at_;
  ClientCounts clients_;
  ConnectionTable table_;
  std::size_t buffered_bytes_ = 0;  // of all connections

  std::vector<std::byte> chunk_;         // what one read brings
  std::vector<std::byte> message_room_;  // a message and its reply
  dns::StreamFramer framer_{message_room_};
  ReplyBatch batch_;
  std::vector<base::Handle> touched_;  // in this turn
  base::Instant now_;                  // of this turn
};

}  // namespace slowpath
