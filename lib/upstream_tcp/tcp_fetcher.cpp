// SPDX-License-Identifier: Apache-2.0
// Distributes fetches to connections, retries them, and posts replies.
#include "upstream_tcp/tcp_fetcher.hpp"

#include <algorithm>
#include <list>

#include "base/contract.hpp"
#include "upstream_connection.hpp"

namespace upstream_tcp {

class TcpFetcher::Impl final : public UpstreamConnection::Owner {
 public:
  Impl(uv_loop_t& loop, const Spec& spec) : loop_(&loop), spec_(spec) {}

  bool poll(base::Instant now);
  void close();
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }

  void on_answer(const PendingFetch& pending, std::size_t message_bytes, MessageBuffer& buffer) override;
  void on_end(UpstreamConnection& connection) override;
  void on_closed(UpstreamConnection& connection) override;

 private:
  enum class Phase : std::uint8_t { kRunning, kClosing };

  void ask(const PendingFetch& pending, base::Instant now);
  [[nodiscard]] UpstreamConnection* connection_to(const UpstreamConnection::Peer& peer, base::Instant now);
  void expire(UpstreamConnection& connection, base::Instant now);
  void post(const PendingFetch& pending, egress::TcpEnd end);

  uv_loop_t* loop_;
  Spec spec_;
  Phase phase_ = Phase::kRunning;
  MessageBuffers buffers_;
  std::list<UpstreamConnection> connections_;
  std::vector<PendingFetch> again_;  // fetches of connections that ended, sent again in the next turn
};

bool TcpFetcher::Impl::poll(base::Instant now) {
  bool worked = false;
  for (const PendingFetch& pending : std::exchange(again_, {})) {
    ask(pending, now);
    worked = true;
  }
  for (const egress::TcpFetch* next = spec_.fetches->front(); next != nullptr; next = spec_.fetches->front()) {
    PendingFetch pending;
    pending.fetch = *next;
    pending.deadline = now + next->timeout;
    spec_.fetches->pop();
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

void TcpFetcher::Impl::ask(const PendingFetch& pending, base::Instant now) {
  if (phase_ == Phase::kClosing) return post(pending, egress::TcpEnd::kFailed);
  if (pending.deadline <= now) return post(pending, egress::TcpEnd::kTimedOut);
  UpstreamConnection* connection = connection_to({pending.fetch.local, pending.fetch.server}, now);
  if (connection == nullptr) return post(pending, egress::TcpEnd::kFailed);
  connection->ask(pending);
}

// The connection with the fewest pending fetches; a new one when that has kPendingForSecond.
UpstreamConnection* TcpFetcher::Impl::connection_to(const UpstreamConnection::Peer& peer, base::Instant now) {
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

void TcpFetcher::Impl::expire(UpstreamConnection& connection, base::Instant now) {
  bool is_dead = false;
  while (const auto overdue = connection.take_overdue(now)) {
    is_dead = is_dead || connection.is_dead_for(*overdue);
    post(*overdue, egress::TcpEnd::kTimedOut);
  }
  if (is_dead || connection.is_idle(now, kIdle)) connection.end();
}

void TcpFetcher::Impl::on_answer(const PendingFetch& pending, std::size_t message_bytes, MessageBuffer& buffer) {
  const bool posted = spec_.replies->push({.ticket = pending.fetch.ticket,
                                           .end = egress::TcpEnd::kReplied,
                                           .bytes = static_cast<std::uint32_t>(message_bytes),
                                           .data = buffer.bytes.data(),
                                           .held = &buffer.held});
  SLUICE_REQUIRE(posted);  // the ring has a slot for each fetch
}

// RFC 7766 §6.2.4: fetches without an answer are sent again on another connection: once, and only if the connection was
// established.
void TcpFetcher::Impl::on_end(UpstreamConnection& connection) {
  for (PendingFetch& pending : connection.take_pending()) {
    const bool is_first = pending.tries == PendingFetch::Tries::kFirst;
    if (phase_ == Phase::kClosing || !connection.was_open() || !is_first) {
      post(pending, egress::TcpEnd::kFailed);
      continue;
    }
    spec_.counters->add(Counter::kRetried);
    pending.tries = PendingFetch::Tries::kSecond;
    again_.push_back(pending);
  }
}

void TcpFetcher::Impl::on_closed(UpstreamConnection& connection) {
  connections_.remove_if([&](const UpstreamConnection& other) { return &other == &connection; });
}

void TcpFetcher::Impl::post(const PendingFetch& pending, egress::TcpEnd end) {
  SLUICE_REQUIRE(spec_.replies->push({.ticket = pending.fetch.ticket, .end = end}));
}

void TcpFetcher::Impl::close() {
  phase_ = Phase::kClosing;
  for (UpstreamConnection& connection : connections_) connection.end();
  for (const PendingFetch& pending : std::exchange(again_, {})) post(pending, egress::TcpEnd::kFailed);
}

TcpFetcher::TcpFetcher(uv_loop_t& loop, const Spec& spec) : impl_(std::make_unique<Impl>(loop, spec)) {
  SLUICE_REQUIRE(spec.fetches != nullptr && spec.replies != nullptr && spec.counters != nullptr);
  SLUICE_REQUIRE(spec.replies->capacity() >= egress::kMaxTcpFetches);
}
TcpFetcher::~TcpFetcher() { SLUICE_REQUIRE(impl_->connections() == 0); }
bool TcpFetcher::poll(base::Instant now) { return impl_->poll(now); }
void TcpFetcher::close() { impl_->close(); }
std::size_t TcpFetcher::connections() const noexcept { return impl_->connections(); }

}  // namespace upstream_tcp
