// SPDX-License-Identifier: Apache-2.0
/// @file server_state.hpp – what the listener and its connections share.
///
/// Threads    the loop's thread.
/// Ownership  held by the Server and by the listener until libuv has closed it.
#pragma once

#include <memory>
#include <set>
#include <utility>

#include <uv.h>

#include "connection.hpp"
#include "server.hpp"

namespace control {

struct ServerState;

/// The listening handle; deleted by its close callback.
struct Listener {
  uv_pipe_t pipe;
  std::shared_ptr<ServerState> state;
};

struct ServerState : std::enable_shared_from_this<ServerState> {
  ServerState(uv_loop_t& on, Server::Spec with) : loop(&on), spec(std::move(with)) {}
  void accept(uv_stream_t& from);
  void close() noexcept;

  uv_loop_t* loop;
  Server::Spec spec;
  Listener* listener = nullptr;
  std::set<std::shared_ptr<Connection>> connections;
};

}  // namespace control
