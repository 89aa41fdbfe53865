// SPDX-License-Identifier: Apache-2.0
/// @file upstream_connection.hpp – one TCP connection to an upstream server and the fetches on it.
///
/// Purpose    writes queries in batches, assembles answers, matches each to its fetch.
/// Threads    the slow path's.
/// Lifetime   from its first fetch until the loop has closed its handle; then on_closed() lets the owner delete it.
/// RFC        7766 §7 (an ID is used once at a time; answers match by ID and question).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <uv.h>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/strong.hpp"
#include "dns/stream.hpp"
#include "egress/tcp_fetch.hpp"
#include "upstream_tcp/counters.hpp"

namespace upstream_tcp {

/// Holds a message until egress has read it.
struct MessageBuffer {
  std::atomic<std::uint32_t> held{0};  // 0: free
  std::array<std::byte, 65'535> bytes;
};

class MessageBuffers {
 public:
  /// nullptr when all are held.
  [[nodiscard]] MessageBuffer* take();

 private:
  static constexpr std::size_t kMost = 64;
  std::vector<std::unique_ptr<MessageBuffer>> buffers_;
};

struct PendingFetch {
  egress::TcpFetch fetch;
  base::Instant deadline;
  base::TxId id;
  base::Instant written_at = base::Instant::never();
  enum class Tries : std::uint8_t { kFirst, kSecond } tries = Tries::kFirst;
};

class UpstreamConnection {
 public:
  /// Receives the events of a connection.
  class Owner {
   public:
    virtual void on_answer(const PendingFetch& pending, std::size_t message_bytes, MessageBuffer& buffer) = 0;
    /// The connection accepts no more fetches; the owner takes the pending ones.
    virtual void on_end(UpstreamConnection& connection) = 0;
    virtual void on_closed(UpstreamConnection& connection) = 0;

   protected:
    ~Owner() = default;
    Owner() = default;
    Owner(const Owner&) = default;
    Owner& operator=(const Owner&) = default;
  };
  struct Peer {
    net::IpAddress local;
    net::IpAddress server;
    friend bool operator==(const Peer&, const Peer&) noexcept = default;
  };
  struct Around {
    uv_loop_t* loop = nullptr;
    Owner* owner = nullptr;
    MessageBuffers* buffers = nullptr;
    Counters* counters = nullptr;
    std::string interface;
    std::uint16_t port = 53;
  };
  enum class State : std::uint8_t { kNothing, kConnecting, kOpen, kEnding };

  UpstreamConnection(const Peer& peer, const Around& around) : peer_(peer), around_(around) {}
  UpstreamConnection(const UpstreamConnection&) = delete;
  UpstreamConnection& operator=(const UpstreamConnection&) = delete;

  /// False on failure: on_closed() follows in the next turn of the loop, unless the state is still kNothing.
  [[nodiscard]] bool connect(base::Instant now);
  [[nodiscard]] const Peer& peer() const noexcept { return peer_; }
  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool was_open() const noexcept { return was_open_; }
  [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }

  void ask(const PendingFetch& pending);
  /// Writes all queries since the last call at once.
  void flush(base::Instant now);
  /// A fetch past its deadline, the earliest first.
  [[nodiscard]] std::optional<PendingFetch> take_overdue(base::Instant now);
  /// Has the server sent nothing since `pending` was written (or was the connection never open)?
  [[nodiscard]] bool is_dead_for(const PendingFetch& pending) const noexcept;
  [[nodiscard]] bool is_idle(base::Instant now, base::Duration timeout) const noexcept;
  [[nodiscard]] std::deque<PendingFetch> take_pending() noexcept { return std::exchange(pending_, {}); }
  void end();

 private:
  struct Write;
  [[nodiscard]] int open_socket();
  [[nodiscard]] base::TxId draw_id();
  void on_connect(int status);
  void on_read(ssize_t got, base::Bytes chunk);
  void on_message(base::Bytes message);
  [[nodiscard]] base::Instant now() const noexcept { return base::Instant(uv_now(around_.loop) * 1'000'000U); }

  Peer peer_;
  Around around_;
  uv_tcp_t tcp_{};
  uv_connect_t connect_{};
  State state_ = State::kNothing;
  bool was_open_ = false;
  std::deque<PendingFetch> pending_;  // in the order of their deadlines
  base::Instant read_at_;             // last octets
  base::Instant used_at_;             // last query or answer
  MessageBuffer* buffer_ = nullptr;   // the next message is assembled here
  dns::StreamFramer framer_{base::MutableBytes{}};
  std::array<char, 16'384> chunk_{};
};

}  // namespace upstream_tcp
