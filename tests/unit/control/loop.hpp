// SPDX-License-Identifier: Apache-2.0
/// @file loop.hpp – a libuv loop, a temporary directory and a client for tests of the control socket.
///
/// Purpose    the server runs on the test's thread: a client writes, and the loop runs until the reply has come.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

namespace control::testing {

/// Closed at the end; no handle may be open then.
class Loop {
 public:
  Loop() { uv_loop_init(&loop_); }
  ~Loop() {
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle was left open";
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  [[nodiscard]] uv_loop_t& raw() noexcept { return loop_; }
  /// Runs until `done`, at most about ten seconds. A timer keeps a turn from blocking for long.
  bool run_until(const std::function<bool()>& done) {
    uv_timer_t guard;
    int ticks_left = 10'000;
    guard.data = &ticks_left;
    uv_timer_init(&loop_, &guard);
    uv_timer_start(
        &guard, [](uv_timer_t* timer) { --*static_cast<int*>(timer->data); }, 1, 1);
    while (!done() && ticks_left > 0) uv_run(&loop_, UV_RUN_ONCE);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): every libuv handle begins with uv_handle_t
    uv_close(reinterpret_cast<uv_handle_t*>(&guard), nullptr);
    uv_run(&loop_, UV_RUN_NOWAIT);
    return ticks_left > 0;
  }

 private:
  uv_loop_t loop_{};
};

class Directory {
 public:
  Directory() {
    std::string name = "/tmp/sluice-control-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

/// A client that never blocks.
class Client {
 public:
  explicit Client(const std::filesystem::path& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    const sockaddr_un address = address_of(path);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API takes the generic address
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] bool connected() const noexcept { return connected_; }
  /// Returns how many bytes the socket accepted.
  std::size_t send(std::string_view text) {
    const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  /// Reads what has arrived; true when the server has closed.
  bool closed() {
    std::array<char, 4096> room{};
    for (;;) {
      const ssize_t got = ::recv(fd_, room.data(), room.size(), 0);
      if (got == 0) return true;
      if (got < 0) return errno != EAGAIN;
      received_.append(room.data(), static_cast<std::size_t>(got));
    }
  }
  [[nodiscard]] std::size_t lines() {
    static_cast<void>(closed());
    return static_cast<std::size_t>(std::count(received_.begin(), received_.end(), '\n'));
  }
  [[nodiscard]] const std::string& received() const noexcept { return received_; }

 private:
  int fd_;
  bool connected_ = false;
  std::string received_;
};

}  // namespace control::testing
