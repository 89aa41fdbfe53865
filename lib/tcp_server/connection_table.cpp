// SPDX-License-Identifier: Apache-2.0
// Slots with generations, and a list for each phase.
#include "connection_table.hpp"

#include "base/contract.hpp"

namespace tcp_server {

ConnectionTable::ConnectionTable(const answer::TcpSettings& settings) : most_(settings.max_connections) {
  lists_[index(Phase::kIdle)].timeout = settings.idle_timeout;
  lists_[index(Phase::kReceiving)].timeout = settings.query_timeout;
  lists_[index(Phase::kSending)].timeout = settings.idle_timeout;
}

Connection& ConnectionTable::add(std::unique_ptr<Connection> connection, base::Instant now) {
  SLUICE_REQUIRE(!is_full());
  if (free_.empty()) {
    slots_.emplace_back();
    free_.reserve(slots_.capacity());  // so that remove() never allocates
    free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
  }
  Slot& slot = slots_[free_.back()];
  slot.connection = std::move(connection);
  slot.connection->handle = {free_.back(), slot.generation};
  free_.pop_back();
  ++size_;
  link(*slot.connection, slot.connection->phase(), now);
  return *slot.connection;
}

Connection* ConnectionTable::find(base::Handle handle) noexcept {
  if (handle.index >= slots_.size()) return nullptr;
  const Slot& slot = slots_[handle.index];
  return slot.generation == handle.generation ? slot.connection.get() : nullptr;
}

std::unique_ptr<Connection> ConnectionTable::remove(Connection& connection) noexcept {
  SLUICE_REQUIRE(find(connection.handle) == &connection);
  unlink(connection);
  Slot& slot = slots_[connection.handle.index];
  if (++slot.generation == 0) slot.generation = 1;
  free_.push_back(connection.handle.index);
  --size_;
  return std::move(slot.connection);
}

void ConnectionTable::place(Connection& connection, base::Instant now) noexcept {
  const Phase phase = connection.phase();
  const bool asked = connection.queries != connection.listed_queries_;
  if (phase == connection.listed_ && (!asked || phase == Phase::kSending)) return;
  unlink(connection);
  link(connection, phase, now);
}

Connection* ConnectionTable::overdue(base::Instant now) noexcept {
  for (const List& list : lists_) {
    if (list.front == nullptr || list.timeout == base::Duration(0)) continue;
    if (now - list.front->since_ >= list.timeout) return list.front;
  }
  return nullptr;
}

Connection* ConnectionTable::any() noexcept {
  for (const List& list : lists_) {
    if (list.front != nullptr) return list.front;
  }
  return nullptr;
}

void ConnectionTable::link(Connection& connection, Phase phase, base::Instant now) noexcept {
  List& list = lists_[index(phase)];
  connection.listed_ = phase;
  connection.listed_queries_ = connection.queries;
  connection.since_ = now;
  connection.before_ = list.back;
  connection.after_ = nullptr;
  (list.back == nullptr ? list.front : list.back->after_) = &connection;
  list.back = &connection;
}

void ConnectionTable::unlink(Connection& connection) noexcept {
  List& list = lists_[index(connection.listed_)];
  (connection.before_ == nullptr ? list.front : connection.before_->after_) = connection.after_;
  (connection.after_ == nullptr ? list.back : connection.after_->before_) = connection.before_;
}

}  // namespace tcp_server
