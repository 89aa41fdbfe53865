// SPDX-License-Identifier: Apache-2.0
/// @file server.hpp – the TcpServer behind tcp_server.hpp: listeners, connections and turns.
///
/// Purpose    server.cpp holds listeners and the life of a connection, exchange.cpp queries and answers.
/// Threads    as TcpServer.
///
/// Invariants 1. A connection in the table has a poll handle in the loop; end() removes it from the table at once, and the
///               handle's close callback frees it.
///            2. Between begin_turn() and end_turn() no connection is removed, except by an admission that makes room.
///            3. buffered_bytes_ is the sum of counted_bytes of all connections in the table.
///            4. clients_ counts exactly the connections in the table.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <uv.h>

#include "answer/answerer.hpp"
#include "base/instant.hpp"
#include "client_counts.hpp"
#include "connection_table.hpp"
#include "diag/result.hpp"
#include "dns/stream.hpp"
#include "listener.hpp"
#include "reply_batch.hpp"
#include "tcp_server/counters.hpp"
#include "tcp_server/tcp_server.hpp"

namespace tcp_server {

class Server final : public TcpServer, private answer::ReplySink {
 public:
  [[nodiscard]] static diag::Result<std::unique_ptr<TcpServer>> create(uv_loop_t& loop, const Spec& spec,
                                                                       std::span<const ListenAt> addresses);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void turn() override;
  [[nodiscard]] bool has_questions() const noexcept override {
    return spec_.responder->inflight().pending_queries() != 0;
  }
  [[nodiscard]] std::size_t connections() const noexcept override { return table_.size(); }
  [[nodiscard]] const Counters& counters() const noexcept override { return counters_; }
  [[nodiscard]] std::uint16_t port() const noexcept override;
  void close() noexcept override;

 private:
  struct Listener {
    sockets::Fd socket;
    uv_poll_t poll{};
    Server* server = nullptr;
  };
  enum class Listening : std::uint8_t { kYes, kPaused };

  Server(uv_loop_t& loop, const Spec& spec);
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
  [[nodiscard]] Counter judge(const Connection& connection) const noexcept;
  void count_memory(Connection& connection) noexcept;
  void choose_events(Connection& connection) noexcept;
  void end(Connection& connection, Counter how) noexcept;

  // A turn, from begin_turn() to end_turn(): connections that fail are removed at its end.
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
  Spec spec_;
  Counters counters_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  Listening listening_ = Listening::kYes;
  base::Instant listen_again_at_;
  ClientCounts clients_;
  ConnectionTable table_;
  std::size_t buffered_bytes_ = 0;  // of all connections

  std::vector<std::byte> chunk_;         // of one read
  std::vector<std::byte> message_room_;  // of a message, overwritten by its reply
  dns::StreamFramer framer_{message_room_};
  ReplyBatch batch_;
  std::vector<base::Handle> touched_;  // in this turn
  base::Instant now_;                  // of this turn
};

}  // namespace tcp_server
