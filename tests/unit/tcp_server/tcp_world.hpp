// SPDX-License-Identifier: Apache-2.0
/// @file tcp_world.hpp – the TCP server on the loopback interface, the rest of the appliance behind it.
///
/// Purpose    real sockets, real workers and egress, one thread, and a clock that only the test moves.
/// Ownership  the server's loop must be empty at the end: its destructor says so.
#pragma once

#include <array>
#include <cerrno>
#include <optional>

#include <gtest/gtest.h>

#include "frames.hpp"
#include "in_process.hpp"
#include "net/text.hpp"
#include "sockets/fd.hpp"
#include "sockets/socket_address.hpp"
#include "tcp_server/tcp_server.hpp"

namespace test {

/// A client's socket, and what it has read so far.
class StreamClient {
 public:
  explicit StreamClient(std::uint16_t port, std::string_view address = "127.0.0.1") {
    const sockets::SocketAddress to(*net::parse_address(address), port);
    fd_ = sockets::Fd(::socket(to.family(), SOCK_STREAM, 0));
    connected_ = ::connect(fd_.get(), to.raw(), to.raw_bytes()) == 0;
  }
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  void write(const Frame& octets) const {
    EXPECT_EQ(::send(fd(), octets.data(), octets.size(), MSG_NOSIGNAL), static_cast<ssize_t>(octets.size()));
  }
  /// The message behind its length.
  static Frame framed(const Frame& message) {
    Frame out(2 + message.size());
    base::store_be16(out.data(), static_cast<std::uint16_t>(message.size()));
    std::copy(message.begin(), message.end(), out.begin() + 2);
    return out;
  }
  void ask(const QuerySpec& query) const { write(framed(query_message(query))); }
  void finish_writing() const { ::shutdown(fd(), SHUT_WR); }
  void close() { fd_ = {}; }
  /// Gone without a word of its own: what comes for it now is answered with a reset.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

  /// The next whole message that is there.
  [[nodiscard]] std::optional<Frame> reply() {
    take();
    if (got_.size() - read_ < 2) return std::nullopt;
    const std::size_t bytes = base::load_be16(got_.data() + read_);
    if (got_.size() - read_ < 2 + bytes) return std::nullopt;
    const auto begin = got_.begin() + static_cast<std::ptrdiff_t>(read_ + 2);
    read_ += 2 + bytes;
    return Frame(begin, begin + static_cast<std::ptrdiff_t>(bytes));
  }
  /// The server has closed.
  [[nodiscard]] bool ended() {
    take();
    return ended_;
  }

 private:
  void take() {
    std::array<std::byte, 65'536> room;
    for (;;) {
      const ssize_t got = ::recv(fd(), room.data(), room.size(), MSG_DONTWAIT);
      if (got == 0 || (got < 0 && errno == ECONNRESET)) ended_ = true;
      if (got <= 0) return;
      got_.insert(got_.end(), room.begin(), room.begin() + got);
    }
  }

  sockets::Fd fd_;
  bool connected_ = false;
  bool ended_ = false;
  Frame got_;
  std::size_t read_ = 0;  // of got_
};

inline unsigned id_of(const Frame& message) { return base::load_be16(message.data()); }
inline unsigned rcode_of(const Frame& message) { return std::to_integer<unsigned>(message[3]) & 0x0fU; }
inline unsigned answers_of(const Frame& message) { return base::load_be16(message.data() + 6); }

class TcpWorld : public ::testing::Test {
 protected:
  using Counter = tcp_server::Counter;

  ~TcpWorld() override {
    if (!server) return;
    server->close();
    while (uv_loop_close(&loop) == UV_EBUSY) uv_run(&loop, UV_RUN_NOWAIT);
  }

  void start(const answer::TcpSettings& settings = {}, InProcessSpec spec = {},
             std::string_view address = "127.0.0.1") {
    spec.tcp = true;
    appliance = std::make_unique<InProcess>(spec);
    appliance->drives_tcp = false;
    ASSERT_EQ(uv_loop_init(&loop), 0);
    const tcp_server::Spec tcp{&appliance->tcp_responder(), &appliance->clock, &appliance->hash(), settings};
    const std::array at{tcp_server::ListenAt{.address = *net::parse_address(address), .port = 0}};
    auto made = tcp_server::TcpServer::create(loop, tcp, at);
    ASSERT_TRUE(made.has_value()) << made.error().sentence();
    server = std::move(*made);
  }

  /// Everybody has their turn until what is on its way on the loopback interface has arrived.
  void pump(int turns = 8) {
    for (int i = 0; i < turns; ++i) {
      uv_run(&loop, UV_RUN_NOWAIT);
      server->turn();
      appliance->settle();
    }
  }
  [[nodiscard]] StreamClient connect() {
    StreamClient client(server->port());
    EXPECT_TRUE(client.connected());
    pump();
    return client;
  }
  /// What went upstream since the last call, each with what it takes to answer it.
  struct Upstream {
    net::Flow flow;
    Frame query;
  };
  [[nodiscard]] std::vector<Upstream> upstream() {
    std::vector<Upstream> all;
    for (const Frame& frame : appliance->egress_port().sent()) {
      const auto view = net::FrameView::parse(frame, net::RxChecksum::kUnknown);
      EXPECT_TRUE(view);
      const auto payload = base::Bytes(frame).subspan(view->payload_offset, view->payload_bytes);
      all.push_back({view->flow, Frame(payload.begin(), payload.end())});
    }
    return all;
  }
  void answer(const Upstream& asked, std::uint16_t records = 1) {
    appliance->port().arrive(udp_frame(asked.flow.reversed(), reply_message(asked.query, records, 300)));
    pump();
  }
  void learn(std::string_view qname, std::uint16_t records = 1) {
    StreamClient client = connect();
    client.ask({.qname = qname});
    pump();
    for (const Upstream& asked : upstream()) answer(asked, records);
    ASSERT_TRUE(client.reply().has_value());
    client.close();
    pump();
  }
  void pass(base::Duration span) {
    appliance->clock.advance(span);
    pump();
  }
  [[nodiscard]] std::uint64_t count(Counter which) const { return server->counters().read(which); }

  uv_loop_t loop{};
  std::unique_ptr<InProcess> appliance;
  std::unique_ptr<tcp_server::TcpServer> server;
};

}  // namespace test
