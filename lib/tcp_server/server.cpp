// SPDX-License-Identifier: Apache-2.0
// Listening, accepting, the life of a connection and of a turn.
#include "server.hpp"

#include <fmt/core.h>

namespace tcp_server {
namespace {

constexpr std::size_t kChunkBytes = 64U << 10U;
constexpr std::size_t kAcceptsPerWake = 64;
constexpr std::size_t kRoundsPerTurn = 16;  // rounds of waiters, so that other work is not delayed
constexpr std::size_t kEndsPerTurn = 256;
constexpr std::uint64_t kOtherFiles = 512;  // descriptors of the process besides connections
constexpr base::Duration kListenAgainAfter = std::chrono::milliseconds(100);

}  // namespace

diag::Result<std::unique_ptr<TcpServer>> TcpServer::create(uv_loop_t& loop, const Spec& spec,
                                                           std::span<const ListenAt> addresses) {
  return Server::create(loop, spec, addresses);
}

diag::Result<std::unique_ptr<TcpServer>> Server::create(uv_loop_t& loop, const Spec& spec,
                                                        std::span<const ListenAt> addresses) {
  if (auto allowed = allow_open_files(spec.settings.max_connections + kOtherFiles); !allowed) {
    return diag::fail(allowed.error());
  }
  std::unique_ptr<Server> server(new Server(loop, spec));
  for (const ListenAt& at : addresses) {
    if (auto listening = server->listen(at); !listening) {
      server->close();
      uv_run(&loop, UV_RUN_NOWAIT);  // closes its handles
      return diag::fail(listening.error());
    }
  }
  return server;
}

Server::Server(uv_loop_t& loop, const Spec& spec)
    : loop_(loop),
      spec_(spec),
      clients_(*spec.hash, spec.settings.max_connections_per_client),
      table_(spec.settings),
      chunk_(kChunkBytes),
      message_room_(dns::kMaxMessageBytes) {}

Server::~Server() = default;

diag::Status Server::listen(const ListenAt& at) {
  auto socket = listen_on(at);
  if (!socket) return diag::fail(socket.error());
  auto listener = std::make_unique<Listener>();
  listener->socket = std::move(*socket);
  listener->server = this;
  if (const int status = uv_poll_init(&loop_, &listener->poll, listener->socket.get()); status != 0) {
    return diag::fail(diag::Code::kExhausted,
                      fmt::format("cannot watch port {}/TCP: {}", at.port, uv_strerror(status)));
  }
  listener->poll.data = listener.get();
  listeners_.push_back(std::move(listener));
  resume_listening();
  return {};
}

std::uint16_t Server::port() const noexcept {
  return listeners_.empty() ? 0 : local_port(listeners_.front()->socket.get());
}

void Server::resume_listening() noexcept {
  listening_ = Listening::kYes;
  for (const auto& listener : listeners_) {
    uv_poll_start(&listener->poll, UV_READABLE, [](uv_poll_t* poll, int /*status*/, int /*events*/) {
      Listener& self = *static_cast<Listener*>(poll->data);
      self.server->accept_some(self);
    });
  }
}

void Server::pause_listening(base::Instant now) noexcept {
  listening_ = Listening::kPaused;
  listen_again_at_ = now + kListenAgainAfter;
  for (const auto& listener : listeners_) uv_poll_stop(&listener->poll);
}

void Server::accept_some(Listener& listener) {
  const base::Instant now = spec_.clock->now();
  for (std::size_t i = 0; i < kAcceptsPerWake; ++i) {
    Accepted accepted = accept_from(listener.socket.get());
    switch (accepted.state) {
      case AcceptState::kConnection:
        admit(std::move(accepted), now);
        break;
      case AcceptState::kGone:
        break;
      case AcceptState::kNothing:
        return;
      case AcceptState::kNoResource:
        counters_.add(Counter::kAcceptFailed);
        return pause_listening(now);
    }
  }
}

// A refused connection is closed at once.
void Server::admit(Accepted accepted, base::Instant now) {
  const net::IpAddress client = accepted.flow.source;
  if (clients_.take(client) == ClientCounts::Verdict::kTooMany) return counters_.add(Counter::kRefusedClient);
  if (table_.is_full() && !make_room()) {
    clients_.give_back(client);
    return counters_.add(Counter::kRefusedLimit);
  }
  auto made = std::make_unique<Connection>(std::move(accepted.socket), accepted.flow);
  if (uv_poll_init(&loop_, &made->poll, made->fd()) != 0) {
    clients_.give_back(client);
    return counters_.add(Counter::kAcceptFailed);
  }
  made->poll.data = made.get();
  made->server = this;
  counters_.add(Counter::kAccepted);
  choose_events(table_.add(std::move(made), now));
}

bool Server::make_room() noexcept {
  Connection* const idle = table_.longest_in(Phase::kIdle);
  if (idle == nullptr) return false;
  end(*idle, Counter::kEndMakeRoom);
  return true;
}

void Server::end(Connection& connection, Counter how) noexcept {
  counters_.add(how);
  clients_.give_back(connection.flow().source);
  buffered_bytes_ -= connection.counted_bytes;
  Connection* const removed = table_.remove(connection).release();  // the loop still owns its handle
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libuv's types share their first fields
  uv_close(reinterpret_cast<uv_handle_t*>(&removed->poll),
           [](uv_handle_t* handle) { delete static_cast<Connection*>(handle->data); });
}

void Server::close() noexcept {
  for (Connection* connection = table_.any(); connection != nullptr; connection = table_.any()) {
    end(*connection, Counter::kEndStop);
  }
  for (const auto& listener : listeners_) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libuv's types share their first fields
    auto* const handle = reinterpret_cast<uv_handle_t*>(&listener->poll);
    if (uv_is_closing(handle) == 0) uv_close(handle, nullptr);
  }
}

void Server::begin_turn() {
  now_ = spec_.clock->now();
  spec_.responder->begin_turn(now_);
}

void Server::touch(Connection& connection) {
  if (connection.turn == Connection::Turn::kTouched) return;
  connection.turn = Connection::Turn::kTouched;
  touched_.push_back(connection.handle);
}

void Server::end_turn() {
  write_batch();
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    if (Connection* const connection = table_.find(touched_[i]); connection != nullptr) settle(*connection);
  }
  touched_.clear();
  spec_.responder->end_turn();
}

void Server::turn() {
  begin_turn();
  for (std::size_t i = 0; i < kRoundsPerTurn && spec_.responder->answer_waiters(now_, *this) != 0; ++i) {
  }
  end_turn();
  end_overdue();
  if (listening_ == Listening::kPaused && now_ >= listen_again_at_) resume_listening();
}

void Server::end_overdue() {
  for (std::size_t i = 0; i < kEndsPerTurn; ++i) {
    Connection* const late = table_.overdue(now_);
    if (late == nullptr) return;
    switch (late->phase()) {
      case Phase::kReceiving:
        end(*late, Counter::kEndSlowQuery);
        break;
      case Phase::kSending:
        end(*late, Counter::kEndSlowReader);
        break;
      case Phase::kIdle:
      case Phase::kWaiting:
        end(*late, Counter::kEndIdle);
        break;
    }
  }
}

}  // namespace tcp_server
