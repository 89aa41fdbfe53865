// SPDX-License-Identifier: Apache-2.0
/// @file connection.hpp – one client of the control socket.
///
/// Purpose    reads a line, hands it to the handler, writes the reply, reads the next.
/// Threads    the loop's thread.
/// Ownership  libuv's callbacks keep a connection alive until both its handles are closed; replies hold it weakly.
///
///   reading ──line──▶ asked ──reply──▶ writing ──written──▶ reading
///      └── idle, end of file, error ──▶ closing ◀── idle, error ──┘
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <uv.h>

#include "server.hpp"

namespace control {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `on_closed` is called once, when the connection begins to close.
  using OnClosed = std::function<void(const std::shared_ptr<Connection>&)>;

  static std::shared_ptr<Connection> create(uv_loop_t& loop, Handler handler, std::chrono::milliseconds idle,
                                            OnClosed on_closed);
  /// The pipe to uv_accept() into; then start(), refuse() or close().
  [[nodiscard]] uv_stream_t* stream() noexcept;
  void start();
  /// Says why, and closes.
  void refuse(const diag::Error& error);
  void close() noexcept;

 private:
  enum class After { kRead, kClose };

  Connection(Handler handler, std::chrono::milliseconds idle, OnClosed on_closed);
  void read();
  void on_bytes(std::string_view bytes);
  void take_line();
  void ask(std::string_view line);
  void write(const diag::Result<Json>& result, After after);
  void on_written(int status);
  void restart_idle() noexcept;

  Handler handler_;
  std::chrono::milliseconds idle_;
  OnClosed on_closed_;
  uv_pipe_t pipe_{};
  uv_timer_t timer_{};
  uv_write_t write_{};
  std::array<char, 4'096> room_{};  // for one read
  std::string input_;               // bytes of lines not yet asked
  std::string output_;              // the reply being written
  After after_ = After::kRead;
  int open_handles_ = 0;
  std::uint64_t serial_ = 0;  // of the request being answered
  bool busy_ = false;         // asked or writing: not reading
  bool closing_ = false;
  std::shared_ptr<Connection> self_;  // until both handles are closed
};

}  // namespace control
