// SPDX-License-Identifier: Apache-2.0
#include "slowpath/upstream_streams.hpp"

#include <algorithm>
#include <list>

#include "base/contract.hpp"
#include "upstream_connection.hpp"

namespace slowpath {

class UpstreamStreams::Impl final : public UpstreamConnection::Owner {
 public:
  Impl(uv_loop_t& loop, const Spec& spec) : loop_(&loop), spec_(spec) {}

  bool poll(base::Instant now);
  void close();
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }

  void on_answer(const PendingAsk& pending, std::size_t message_bytes, StreamBuffer& buffer) override;
  void on_end(UpstreamConnection& connection) override;
  void on_closed(UpstreamConnection& connection) override;

 private:
  enum class Phase : std::uint8_t { kRunning, kClosing };

  void ask(const PendingAsk& pending, base::Instant now);
  [[nodiscard]] UpstreamConnection* connection_to(const UpstreamConnection::Peer& peer, base::Instant now);
  void expire(UpstreamConnection& connection, base::Instant now);
  void post(const PendingAsk& pending, egress::TcpEnd end);

  uv_loop_t* loop_;
  Spec spec_;
  Phase phase_ = Phase::kRunning;
  StreamBuffers buffers_;
  std::list<UpstreamConnection> connections_;
  std::vector<PendingAsk> again_;  // of connections that ended, to be asked in the next turn
};

bool UpstreamStreams::Impl::poll(base::Instant now) {
  bool worked = false;
  for (const PendingAsk& pending : std::exchange(again_, {})) {
    ask(pending, now);
    worked = true;
  }
  for (const egress::TcpFetch* next = spec_.asks->front(); next != nullptr; next = spec_.asks->front()) {
    PendingAsk pending;
    pending.ask = *next;
    pending.deadline = now + next->patience;
    spec_.asks->pop();
    ask(pending, now);
    worked = true;
  }
  for (UpstreamConnection& connection : connections_) {
    connection.flush(now);
    expire(connection, now);
    worked = worked || connection.pending() != 0;
  }
  return worked;
}

void UpstreamStreams::Impl::ask(const PendingAsk& pending, base::Instant now) {
  if (phase_ == Phase::kClosing) return post(pending, egress::TcpEnd::kFailed);
  if (pending.deadline <= now) return post(pending, egress::TcpEnd::kTimedOut);
  UpstreamConnection* connection = connection_to({pending.ask.local, pending.ask.server}, now);
  if (connection == nullptr) return post(pending, egress::TcpEnd::kFailed);
  connection->ask(pending);
}

// The least busy one; another one only when that is busy.
UpstreamConnection* UpstreamStreams::Impl::connection_to(const UpstreamConnection::Peer& peer, base::Instant now) {
  UpstreamConnection* best = nullptr;
  std::size_t count = 0;
  for (UpstreamConnection& connection : connections_) {
    if (connection.peer() != peer || connection.state() == UpstreamConnection::State::kEnding) continue;
    ++count;
    if (best == nullptr || connection.pending() < best->pending()) best = &connection;
  }
  if (best != nullptr && (best->pending() < kPendingForSecond || count >= kConnectionsPerServer)) return best;
  UpstreamConnection& made = connections_.emplace_back(peer, UpstreamConnection::Around{.loop = loop_,
                                                                                        .owner = this,
                                                                                        .buffers = &buffers_,
                                                                                        .counters = spec_.counters,
                                                                                        .interface = spec_.interface,
                                                                                        .port = spec_.port});
  if (made.connect(now)) return &made;
  if (made.state() == UpstreamConnection::State::kNothing) connections_.pop_back();
  return best;
}

void UpstreamStreams::Impl::expire(UpstreamConnection& connection, base::Instant now) {
  bool is_dead = false;
  while (const auto overdue = connection.take_overdue(now)) {
    is_dead = is_dead || connection.is_dead_for(*overdue);
    post(*overdue, egress::TcpEnd::kTimedOut);
  }
  if (is_dead || connection.is_idle(now, kIdle)) connection.end();
}

void UpstreamStreams::Impl::on_answer(const PendingAsk& pending, std::size_t message_bytes, StreamBuffer& buffer) {
  const bool posted = spec_.replies->push({.ticket = pending.ask.ticket,
                                           .end = egress::TcpEnd::kReplied,
                                           .bytes = static_cast<std::uint32_t>(message_bytes),
                                           .data = buffer.bytes.data(),
                                           .held = &buffer.held});
  SLUICE_REQUIRE(posted);  // one slot for each ask
}

// RFC 7766 §6.2.4: questions without an answer are asked again, on another connection; once, and not where there was none.
void UpstreamStreams::Impl::on_end(UpstreamConnection& connection) {
  for (PendingAsk& pending : connection.take_pending()) {
    const bool is_first = pending.tries == PendingAsk::Tries::kFirst;
    if (phase_ == Phase::kClosing || !connection.was_open() || !is_first) {
      post(pending, egress::TcpEnd::kFailed);
      continue;
    }
    spec_.counters->add(Counter::kStreamRetried);
    pending.tries = PendingAsk::Tries::kSecond;
    again_.push_back(pending);
  }
}

void UpstreamStreams::Impl::on_closed(UpstreamConnection& connection) {
  connections_.remove_if([&](const UpstreamConnection& other) { return &other == &connection; });
}

void UpstreamStreams::Impl::post(const PendingAsk& pending, egress::TcpEnd end) {
  SLUICE_REQUIRE(spec_.replies->push({.ticket = pending.ask.ticket, .end = end}));
}

void UpstreamStreams::Impl::close() {
  phase_ = Phase::kClosing;
  for (UpstreamConnection& connection : connections_) connection.end();
  for (const PendingAsk& pending : std::exchange(again_, {})) post(pending, egress::TcpEnd::kFailed);
}

UpstreamStreams::UpstreamStreams(uv_loop_t& loop, const Spec& spec) : impl_(std::make_unique<Impl>(loop, spec)) {
  SLUICE_REQUIRE(spec.asks != nullptr && spec.replies != nullptr && spec.counters != nullptr);
  SLUICE_REQUIRE(spec.replies->capacity() >= egress::kMaxTcpFetches);
}
UpstreamStreams::~UpstreamStreams() { SLUICE_REQUIRE(impl_->connections() == 0); }
bool UpstreamStreams::poll(base::Instant now) { return impl_->poll(now); }
void UpstreamStreams::close() { impl_->close(); }
std::size_t UpstreamStreams::connections() const noexcept { return impl_->connections(); }

}  // namespace slowpath
