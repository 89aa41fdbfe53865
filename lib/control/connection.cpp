// SPDX-License-Identifier: Apache-2.0
// One client of the control socket, from its first byte to its last.
#include "connection.hpp"

#include <exception>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "verbs/table.hpp"

namespace control {
namespace {

// NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): libuv's handles begin with the members of their base
uv_handle_t* handle_of(uv_pipe_t& pipe) noexcept { return reinterpret_cast<uv_handle_t*>(&pipe); }
uv_handle_t* handle_of(uv_timer_t& timer) noexcept { return reinterpret_cast<uv_handle_t*>(&timer); }
uv_stream_t* stream_of(uv_pipe_t& pipe) noexcept { return reinterpret_cast<uv_stream_t*>(&pipe); }
// NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)

}  // namespace

Connection::Connection(Handler handler, std::chrono::milliseconds idle, OnClosed on_closed)
    : handler_(std::move(handler)), idle_(idle), on_closed_(std::move(on_closed)) {}

std::shared_ptr<Connection> Connection::create(uv_loop_t& loop, Handler handler, std::chrono::milliseconds idle,
                                               OnClosed on_closed) {
  std::shared_ptr<Connection> made(new Connection(std::move(handler), idle, std::move(on_closed)));
  uv_pipe_init(&loop, &made->pipe_, 0);
  uv_timer_init(&loop, &made->timer_);
  made->pipe_.data = made.get();
  made->timer_.data = made.get();
  made->write_.data = made.get();
  made->open_handles_ = 2;
  made->self_ = made;
  return made;
}

uv_stream_t* Connection::stream() noexcept { return stream_of(pipe_); }

void Connection::start() { read(); }

void Connection::refuse(const diag::Error& error) { write(diag::fail(error), After::kClose); }

void Connection::close() noexcept {
  if (closing_) return;
  closing_ = true;
  const auto closed = [](uv_handle_t* handle) {
    auto* const connection = static_cast<Connection*>(handle->data);
    if (--connection->open_handles_ == 0) connection->self_.reset();
  };
  uv_close(handle_of(pipe_), closed);
  uv_close(handle_of(timer_), closed);
  if (on_closed_) on_closed_(shared_from_this());
}

// A request has the whole idle time to arrive, not each of its bytes: a slow drip holds no connection.
void Connection::restart_idle() noexcept {
  uv_timer_start(
      &timer_, [](uv_timer_t* timer) { static_cast<Connection*>(timer->data)->close(); },
      static_cast<std::uint64_t>(idle_.count()), 0);
}

void Connection::read() {
  busy_ = false;
  restart_idle();
  uv_read_start(
      stream(),
      [](uv_handle_t* handle, std::size_t /*suggested*/, uv_buf_t* buffer) {
        auto& room = static_cast<Connection*>(handle->data)->room_;
        *buffer = uv_buf_init(room.data(), static_cast<unsigned>(room.size()));
      },
      [](uv_stream_t* stream, ssize_t bytes, const uv_buf_t* buffer) {
        auto* const connection = static_cast<Connection*>(stream->data);
        if (bytes < 0) return connection->close();
        connection->on_bytes({buffer->base, static_cast<std::size_t>(bytes)});
      });
}

void Connection::on_bytes(std::string_view bytes) {
  input_.append(bytes);
  take_line();
}

void Connection::take_line() {
  const std::size_t end = input_.find('\n');
  if (end == std::string::npos && input_.size() <= verbs::kMaxRequestBytes) {
    if (busy_) read();
    return;
  }
  busy_ = true;
  uv_read_stop(stream());
  if (end == std::string::npos) {
    return refuse(
        {diag::Code::kInvalid, fmt::format("a request has at most {} bytes and a line end", verbs::kMaxRequestBytes)});
  }
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 1);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  ask(line);
}

void Connection::ask(std::string_view line) {
  uv_timer_stop(&timer_);
  auto request = verbs::parse_request(line);
  if (!request) return write(diag::fail(request.error()), After::kRead);
  // The handler may answer after this connection is gone, or twice by mistake: the serial number tells.
  const Reply reply = [weak = weak_from_this(), serial = ++serial_](const diag::Result<Json>& result) {
    const auto connection = weak.lock();
    if (!connection || connection->closing_ || connection->serial_ != serial) return;
    ++connection->serial_;
    connection->write(result, After::kRead);
  };
  try {  // nothing may be thrown through libuv
    handler_(*request, reply);
  } catch (const std::exception& error) {
    reply(diag::fail(diag::Code::kInternal, fmt::format("{}: {}", request->verb->name, error.what())));
  }
}

void Connection::write(const diag::Result<Json>& result, After after) {
  after_ = after;
  output_ = verbs::reply_line(result);
  restart_idle();
  const uv_buf_t buffer = uv_buf_init(output_.data(), static_cast<unsigned>(output_.size()));
  const int status = uv_write(&write_, stream(), &buffer, 1, [](uv_write_t* request, int written) {
    static_cast<Connection*>(request->data)->on_written(written);
  });
  if (status != 0) close();
}

void Connection::on_written(int status) {
  if (closing_) return;
  if (status != 0 || after_ == After::kClose) return close();
  output_.clear();
  take_line();
}

}  // namespace control
