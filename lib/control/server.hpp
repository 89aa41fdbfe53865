// SPDX-License-Identifier: Apache-2.0
/// @file server.hpp – the control socket: lines in, lines out, on the control thread's loop.
///
/// Purpose    a Unix stream socket that takes requests (requests.hpp) and gives them to a handler, which answers at once
///            or later. One request at a time on a connection; the next is read when the reply has been written.
///              control::Verbs verbs(loop, view);
///              auto server = Server::create(loop, {.socket = path, .handler = [&](const Request& request, Reply reply) {
///                verbs.handle(request, std::move(reply)); }});
/// Threads    the loop's thread only, replies included.
/// Signals    create() ignores SIGPIPE for the process.
/// Ownership  borrows the loop. Destroying a Server (or close()) closes its handles; run the loop again before
///            uv_loop_close(), which frees their memory. A Reply may outlive the Server and its connection.
/// Cost       at most kMaxConnections connections of kMaxRequestBytes each, and one reply each.
/// Errors     create(): another instance answers on the socket; the path is no socket, too long or not writable.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>

#include <uv.h>

#include "diag/result.hpp"
#include "verbs/json.hpp"
#include "verbs/request.hpp"

namespace control {

using verbs::Json;
using verbs::Reply;
using verbs::Request;

inline constexpr std::size_t kMaxConnections = 32;

using Handler = std::function<void(const Request&, Reply)>;

struct ServerState;

class Server {
 public:
  struct Spec {
    std::filesystem::path socket;  // created with mode 0660, its directory with 0755
    Handler handler;
    std::chrono::milliseconds idle{10'000};  // a connection that neither asks nor takes its reply is closed
  };

  [[nodiscard]] static diag::Result<std::unique_ptr<Server>> create(uv_loop_t& loop, Spec spec);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Stops listening, removes the socket file and closes all connections. May be called again.
  void close() noexcept;
  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  explicit Server(std::shared_ptr<ServerState> state) noexcept;
  std::shared_ptr<ServerState> state_;
};

}  // namespace control
