// SPDX-License-Identifier: Apache-2.0
// Queries and answers of a connection.
#include <cstring>

#include "dns/header.hpp"
#include "server.hpp"

namespace tcp_server {

void Server::on_event(uv_poll_t* poll, int status, int events) {
  Connection& connection = *static_cast<Connection*>(poll->data);
  Server& self = *connection.server;
  self.begin_turn();
  self.serve(connection, status, events);
  self.touch(connection);
  self.end_turn();
}

void Server::serve(Connection& connection, int status, int events) {
  if (status < 0) {
    connection.broken = Counter::kEndReset;
    return;
  }
  if ((events & UV_WRITABLE) != 0 && connection.flush() == Connection::Wrote::kBroken) {
    connection.broken = Counter::kEndReset;
    return;
  }
  if ((events & UV_READABLE) != 0) read(connection);
}

// A client may close its sending side and still read: it gets its outstanding answers.
void Server::read(Connection& connection) {
  const Connection::Received received = connection.receive(chunk_);
  switch (received.got) {
    case Connection::Got::kOctets:
      return take_messages(connection, received.octets);
    case Connection::Got::kEnd:
      connection.finishing = Counter::kEndClient;
      return;
    case Connection::Got::kBroken:
      connection.broken = Counter::kEndReset;
      return;
    case Connection::Got::kNothing:
      return;
  }
}

bool Server::may_take(const Connection& connection) const noexcept {
  const answer::TcpSettings& settings = spec_.settings;
  const bool may_ask =
      settings.max_queries_per_connection == 0 || connection.queries < settings.max_queries_per_connection;
  return connection.broken == Counter::kCount && may_ask && connection.in_flight < settings.max_in_flight &&
         connection.unsent_bytes() == 0;
}

// Messages that may not be taken now stay in the inbox, then in the kernel's buffer, then at the client.
void Server::take_messages(Connection& connection, base::Bytes fresh) {
  while (may_take(connection)) {
    const dns::StreamStep step = connection.inbox.next(fresh, framer_);
    if (step.event == dns::StreamEvent::kNeedMore) break;
    if (step.message.size() < dns::kHeaderBytes) {
      write_batch();  // answers to the messages before it
      connection.broken = Counter::kEndBadLength;
      return;
    }
    take_message(connection, step.message);
  }
  if (spec_.settings.max_queries_per_connection != 0 &&
      connection.queries >= spec_.settings.max_queries_per_connection) {
    connection.finishing = Counter::kEndQueryLimit;
    connection.inbox.clear();
    return;
  }
  connection.inbox.keep(fresh);
}

void Server::take_message(Connection& connection, base::Bytes message) {
  ++connection.queries;
  counters_.add(Counter::kMessages);
  answer::Query query;
  query.room = message_room_;
  query.bytes = message.size();
  query.flow = &connection.flow();
  query.stream = connection.handle;
  query.transport = answer::Transport::kTcp;
  switch (spec_.responder->ask(query, now_)) {
    case answer::TcpResponder::Reply::kNow: {
      if (!batch_.takes(connection.handle)) write_batch();
      std::memcpy(batch_.open(connection.handle).data(), message_room_.data(), query.reply_bytes);
      batch_.close(query.reply_bytes);
      counters_.add(Counter::kReplies);
      break;
    }
    case answer::TcpResponder::Reply::kLater:
      ++connection.in_flight;
      break;
    case answer::TcpResponder::Reply::kNone:
      break;
  }
}

void Server::write_batch() {
  if (batch_.octets().empty()) return;
  Connection* const connection = table_.find(batch_.connection());
  if (connection != nullptr && connection->broken == Counter::kCount &&
      connection->send(batch_.octets()) == Connection::Wrote::kBroken) {
    connection->broken = Counter::kEndReset;
  }
  batch_.clear();
}

base::MutableBytes Server::open(const coalesce::Waiter& waiter) noexcept {
  Connection* const connection = table_.find(waiter.stream);
  if (connection == nullptr) {
    counters_.add(Counter::kNoConnection);
    return {};
  }
  --connection->in_flight;
  touch(*connection);
  if (!batch_.takes(connection->handle)) write_batch();
  return batch_.open(connection->handle);
}

void Server::send(const coalesce::Waiter& /*waiter*/, std::size_t message_bytes) noexcept {
  batch_.close(message_bytes);
  counters_.add(Counter::kReplies);
}

void Server::cancel() noexcept {}  // only send() occupies room of the batch

void Server::settle(Connection& connection) {
  connection.turn = Connection::Turn::kUntouched;
  if (!connection.inbox.empty() && may_take(connection)) {
    take_messages(connection, {});
    write_batch();
  }
  const auto before = connection.reading;
  connection.reading = may_take(connection) ? Connection::Reading::kYes : Connection::Reading::kPaused;
  if (before != connection.reading && connection.in_flight >= spec_.settings.max_in_flight) {
    counters_.add(Counter::kPaused);
  }
  count_memory(connection);
  if (const Counter how = judge(connection); how != Counter::kCount) return end(connection, how);
  choose_events(connection);
  table_.place(connection, now_);
}

void Server::count_memory(Connection& connection) noexcept {
  buffered_bytes_ += connection.held_bytes() - connection.counted_bytes;
  connection.counted_bytes = connection.held_bytes();
}

/// The counter that the connection ends with now; kCount: it stays open.
Counter Server::judge(const Connection& connection) const noexcept {
  if (connection.broken != Counter::kCount) return connection.broken;
  if (connection.unsent_bytes() > spec_.settings.max_unsent_bytes) return Counter::kEndSlowReader;
  if (connection.counted_bytes != 0 && buffered_bytes_ > spec_.settings.max_buffered_bytes) {
    return Counter::kEndNoMemory;
  }
  return connection.is_settled() ? connection.finishing : Counter::kCount;
}

void Server::choose_events(Connection& connection) noexcept {
  int events = 0;
  if (connection.finishing == Counter::kCount && connection.reading == Connection::Reading::kYes) {
    events |= UV_READABLE;
  }
  if (connection.unsent_bytes() != 0) events |= UV_WRITABLE;
  if (events == connection.poll_events) return;
  connection.poll_events = events;
  if (events == 0) {
    uv_poll_stop(&connection.poll);
  } else {
    uv_poll_start(&connection.poll, events, on_event);
  }
}

}  // namespace tcp_server
