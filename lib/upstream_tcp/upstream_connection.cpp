// SPDX-License-Identifier: Apache-2.0
// Connects, writes queries, reads and matches answers.
#include "upstream_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "dns/header.hpp"
#include "dns/name.hpp"
#include "secrets/kernel_random.hpp"
#include "sockets/socket_address.hpp"

namespace upstream_tcp {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr int kSynRetries = 1;  // each one costs the budget a packet

/// The question of a message; ok only when there is exactly one with a plain name.
struct QuestionView {
  dns::NameView qname;
  std::uint32_t type_and_class = 0;
  bool ok = false;
};

QuestionView question_of(base::Bytes message) {
  base::ByteReader in(message);
  const dns::Header header = dns::Header::read(in);
  QuestionView out;
  out.qname = dns::NameView::read_plain(in);
  out.type_and_class = in.u32();
  out.ok = in.ok() && header.qdcount == 1;
  return out;
}

bool same_question(base::Bytes query, base::Bytes reply) {
  const QuestionView asked = question_of(query);
  const QuestionView told = question_of(reply);
  return asked.ok && told.ok && asked.type_and_class == told.type_and_class &&
         dns::equal_names(asked.qname.wire(), told.qname.wire());
}

template <class Handle>
uv_handle_t* as_handle(Handle& handle) noexcept {
  return reinterpret_cast<uv_handle_t*>(&handle);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast): libuv's API
}
uv_stream_t* as_stream(uv_tcp_t& tcp) noexcept {
  return reinterpret_cast<uv_stream_t*>(&tcp);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast): libuv's API
}

}  // namespace

MessageBuffer* MessageBuffers::take() {
  for (const auto& buffer : buffers_) {
    std::uint32_t free = 0;
    if (buffer->held.compare_exchange_strong(free, 1, std::memory_order_acquire)) return buffer.get();
  }
  if (buffers_.size() == kMost) return nullptr;
  MessageBuffer* made = buffers_.emplace_back(std::make_unique<MessageBuffer>()).get();
  made->held.store(1, std::memory_order_relaxed);
  return made;
}

/// The queries of one turn, until the kernel has accepted them.
struct UpstreamConnection::Write {
  uv_write_t request{};
  std::vector<char> octets;
};

bool UpstreamConnection::connect(base::Instant now) {
  used_at_ = now;
  int status = uv_tcp_init_ex(around_.loop, &tcp_, peer_.server.is_v4() ? AF_INET : AF_INET6);
  if (status != 0) return false;
  state_ = State::kConnecting;
  tcp_.data = this;
  connect_.data = this;
  around_.counters->add(Counter::kOpened);
  status = open_socket();
  if (status == 0) {
    const unsigned interface = around_.interface.empty() ? 0 : ::if_nametoindex(around_.interface.c_str());
    const sockets::SocketAddress server(peer_.server, around_.port, interface);
    status = uv_tcp_connect(&connect_, &tcp_, server.raw(), [](uv_connect_t* request, int result) {
      static_cast<UpstreamConnection*>(request->data)->on_connect(result);
    });
  }
  if (status == 0) return true;
  around_.counters->add(Counter::kRefused);
  end();
  return false;
}

int UpstreamConnection::open_socket() {
  uv_os_fd_t fd = -1;
  if (const int status = uv_fileno(as_handle(tcp_), &fd); status != 0) return status;
  const int on = 1;
  static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &kSynRetries, sizeof kSynRetries));
  static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  if (!around_.interface.empty()) {
    static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, around_.interface.c_str(),
                                   static_cast<socklen_t>(around_.interface.size())));
  }
  const unsigned interface = around_.interface.empty() ? 0 : ::if_nametoindex(around_.interface.c_str());
  const sockets::SocketAddress local(peer_.local, 0, interface);
  return uv_tcp_bind(&tcp_, local.raw(), 0);
}

void UpstreamConnection::on_connect(int status) {
  if (state_ != State::kConnecting) return;  // was ended meanwhile
  if (status == 0) {
    status = uv_read_start(
        as_stream(tcp_),
        [](uv_handle_t* handle, std::size_t /*suggested*/, uv_buf_t* into) {
          auto& chunk = static_cast<UpstreamConnection*>(handle->data)->chunk_;
          *into = uv_buf_init(chunk.data(), static_cast<unsigned>(chunk.size()));
        },
        [](uv_stream_t* stream, ssize_t got, const uv_buf_t* from) {
          const auto octets = got > 0 ? static_cast<std::size_t>(got) : 0;
          static_cast<UpstreamConnection*>(stream->data)->on_read(got, base::as_bytes_of(from->base, octets));
        });
  }
  if (status != 0) {
    around_.counters->add(Counter::kRefused);
    end();
    return;
  }
  state_ = State::kOpen;
  was_open_ = true;
  flush(now());
}

void UpstreamConnection::ask(const PendingFetch& pending) {
  PendingFetch own = pending;
  own.id = draw_id();
  own.written_at = base::Instant::never();
  const auto later = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const PendingFetch& other) { return other.deadline > own.deadline; });
  pending_.insert(later, own);
}

base::TxId UpstreamConnection::draw_id() {
  for (;;) {
    std::array<std::byte, sizeof(std::uint16_t)> drawn;
    secrets::fill_from_kernel(drawn);
    const base::TxId id(base::load_be16(drawn.data()));
    if (std::none_of(pending_.begin(), pending_.end(), [id](const PendingFetch& other) { return other.id == id; }))
      return id;
  }
}

void UpstreamConnection::flush(base::Instant now) {
  if (state_ != State::kOpen) return;
  auto write = std::make_unique<Write>();
  for (PendingFetch& pending : pending_) {
    if (pending.written_at != base::Instant::never()) continue;
    pending.written_at = now;
    std::array<std::byte, dns::kStreamLengthBytes + egress::kMaxTcpQueryBytes> room;
    const std::size_t bytes = pending.fetch.query_bytes;
    base::store_be16(room.data(), static_cast<std::uint16_t>(bytes));
    std::memcpy(room.data() + dns::kStreamLengthBytes, pending.fetch.query.data(), bytes);
    base::store_be16(room.data() + dns::kStreamLengthBytes, pending.id.value());
    for (std::size_t i = 0; i < dns::kStreamLengthBytes + bytes; ++i)
      write->octets.push_back(static_cast<char>(room[i]));
  }
  if (write->octets.empty()) return;
  used_at_ = now;
  const uv_buf_t octets = uv_buf_init(write->octets.data(), static_cast<unsigned>(write->octets.size()));
  write->request.data = write.get();
  const int status = uv_write(&write->request, as_stream(tcp_), &octets, 1, [](uv_write_t* request, int /*status*/) {
    // A failed write also shows as the end of the connection.
    const std::unique_ptr<Write> done(static_cast<Write*>(request->data));
  });
  if (status == 0) {
    static_cast<void>(write.release());  // the callback owns it
  } else {
    end();
  }
}

void UpstreamConnection::on_read(ssize_t got, base::Bytes chunk) {
  if (state_ == State::kEnding) return;
  if (got < 0) return end();
  if (got > 0) read_at_ = now();
  while (!chunk.empty() && state_ != State::kEnding) {
    if (buffer_ == nullptr) {
      buffer_ = around_.buffers->take();
      if (buffer_ == nullptr) {
        around_.counters->add(Counter::kNoBuffer);
        return end();
      }
      framer_ = dns::StreamFramer(buffer_->bytes);
    }
    const dns::StreamStep step = framer_.next(chunk);
    if (step.event == dns::StreamEvent::kMessage) on_message(step.message);
    if (step.event == dns::StreamEvent::kEmpty || step.event == dns::StreamEvent::kOversize) end();
  }
}

void UpstreamConnection::on_message(base::Bytes message) {
  const auto found = message.size() < kHeaderBytes
                         ? pending_.end()
                         : std::find_if(pending_.begin(), pending_.end(), [&](const PendingFetch& pending) {
                             return pending.id.value() == base::load_be16(message.data()) &&
                                    pending.written_at != base::Instant::never();
                           });
  if (found == pending_.end() || !same_question(found->fetch.message(), message)) {
    around_.counters->add(Counter::kStray);
    return;
  }
  const PendingFetch pending = *found;
  pending_.erase(found);
  used_at_ = now();
  around_.owner->on_answer(pending, message.size(), *std::exchange(buffer_, nullptr));
}

std::optional<PendingFetch> UpstreamConnection::take_overdue(base::Instant now) {
  if (pending_.empty() || pending_.front().deadline > now) return std::nullopt;
  const PendingFetch overdue = pending_.front();
  pending_.pop_front();
  return overdue;
}

bool UpstreamConnection::is_dead_for(const PendingFetch& pending) const noexcept {
  return state_ == State::kConnecting || read_at_ < pending.written_at;
}

bool UpstreamConnection::is_idle(base::Instant now, base::Duration timeout) const noexcept {
  return state_ == State::kOpen && pending_.empty() && now - used_at_ >= timeout;
}

void UpstreamConnection::end() {
  if (state_ == State::kEnding) return;
  state_ = State::kEnding;
  if (buffer_ != nullptr) std::exchange(buffer_, nullptr)->held.store(0, std::memory_order_relaxed);
  uv_close(as_handle(tcp_), [](uv_handle_t* handle) {
    auto& self = *static_cast<UpstreamConnection*>(handle->data);
    self.around_.owner->on_closed(self);
  });
  around_.owner->on_end(*this);
}

}  // namespace upstream_tcp
