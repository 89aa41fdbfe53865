// SPDX-License-Identifier: Apache-2.0
// The control socket: who may listen, and the life of the listener.
#include "server.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server_state.hpp"

namespace control {
namespace {

constexpr int kBacklog = 16;
constexpr mode_t kSocketMode = 0660;

diag::Error unavailable(std::string sentence) { return {diag::Code::kUnavailable, std::move(sentence)}; }

diag::Status make_directory(const std::filesystem::path& directory) {
  if (directory.empty()) return {};
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error) {
    return diag::fail(unavailable(
        fmt::format("control socket: directory {} cannot be made: {}; make it, or choose another control socket",
                    directory.string(), error.message())));
  }
  using std::filesystem::perms;
  constexpr perms kDirectoryMode =
      perms::owner_all | perms::group_read | perms::group_exec | perms::others_read | perms::others_exec;
  if (made) std::filesystem::permissions(directory, kDirectoryMode, error);
  return {};
}

enum class Answer { kNobody, kSomebody };

// A socket file of an instance that was killed stays; only a connection tells it from one that listens.
Answer who_answers(const sockaddr_un& address) noexcept {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Answer::kSomebody;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API takes the generic address
  const int result = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int reason = errno;
  ::close(fd);
  // EAGAIN: a listener with a full backlog; EACCES: a listener that we may not reach.
  return result != 0 && (reason == ECONNREFUSED || reason == ENOENT) ? Answer::kNobody : Answer::kSomebody;
}

diag::Status clear_stale(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) {
    return diag::fail(unavailable(fmt::format(
        "control socket {}: there is something else of this name; remove it or choose another control socket",
        path.string())));
  }
  if (who_answers(address) == Answer::kSomebody) {
    return diag::fail(unavailable(fmt::format(
        "control socket {}: another instance answers on it; stop it or choose another control socket", path.string())));
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return diag::fail(
        diag::Error::from_errno(errno, fmt::format("control socket {}: the old file stays", path.string())));
  }
  return {};
}

diag::Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.empty() || text.size() >= sizeof address.sun_path) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("control socket '{}': a path has 1 to {} bytes", text, sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  return address;
}

diag::Status from_uv(int code, const std::filesystem::path& path, std::string_view step) {
  if (code == 0) return {};
  return diag::fail(unavailable(fmt::format("control socket {}: {}: {}", path.string(), step, uv_strerror(code))));
}

void on_client(uv_stream_t* pipe, int status) {
  if (status != 0) return;
  static_cast<Listener*>(pipe->data)->state->accept(*pipe);
}

// No client can connect between bind and listen, so the mode is set before the first one.
diag::Status listen_on(uv_pipe_t& pipe, const std::filesystem::path& path) {
  if (auto status = from_uv(uv_pipe_bind(&pipe, path.c_str()), path, "bind"); !status) return status;
  if (::chmod(path.c_str(), kSocketMode) != 0) {
    return diag::fail(diag::Error::from_errno(errno, fmt::format("control socket {}: mode", path.string())));
  }
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a pipe is a stream in libuv's own way
  auto* const stream = reinterpret_cast<uv_stream_t*>(&pipe);
  return from_uv(uv_listen(stream, kBacklog, on_client), path, "listen");
}

}  // namespace

Server::Server(std::shared_ptr<ServerState> state) noexcept : state_(std::move(state)) {}
Server::~Server() { close(); }

diag::Result<std::unique_ptr<Server>> Server::create(uv_loop_t& loop, Spec spec) {
  const auto address = address_of(spec.socket);
  if (!address) return diag::fail(address.error());
  if (auto status = make_directory(spec.socket.parent_path()); !status) return diag::fail(status.error());
  if (auto status = clear_stale(spec.socket, *address); !status) return diag::fail(status.error());

  std::signal(SIGPIPE, SIG_IGN);  // libuv writes to a client that has gone: an error for one connection, not the end
  const std::filesystem::path path = spec.socket;
  auto state = std::make_shared<ServerState>(loop, std::move(spec));
  auto* const listener = new Listener{{}, state};  // its close callback deletes it
  uv_pipe_init(&loop, &listener->pipe, 0);
  listener->pipe.data = listener;
  state->listener = listener;
  // From here on the destructor closes what is open, whatever fails.
  std::unique_ptr<Server> server(new Server(std::move(state)));
  if (auto status = listen_on(listener->pipe, path); !status) return diag::fail(status.error());
  return server;
}

void Server::close() noexcept { state_->close(); }

std::size_t Server::connections() const noexcept { return state_->connections.size(); }

void ServerState::accept(uv_stream_t& from) {
  const bool full = connections.size() >= kMaxConnections;
  auto connection = Connection::create(*loop, spec.handler, spec.idle,
                                       [weak = weak_from_this()](const std::shared_ptr<Connection>& closed) {
                                         if (const auto state = weak.lock()) state->connections.erase(closed);
                                       });
  if (uv_accept(&from, connection->stream()) != 0) return connection->close();
  if (full) {
    return connection->refuse(
        {diag::Code::kExhausted, fmt::format("{} clients are connected, the most there may be", kMaxConnections)});
  }
  connections.insert(connection);
  connection->start();
}

void ServerState::close() noexcept {
  if (listener == nullptr) return;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): every libuv handle begins with uv_handle_t
  uv_close(reinterpret_cast<uv_handle_t*>(&listener->pipe),
           [](uv_handle_t* handle) { delete static_cast<Listener*>(handle->data); });
  listener = nullptr;
  const auto open = connections;  // close() takes each out of the set
  for (const auto& connection : open) connection->close();
}

}  // namespace control
