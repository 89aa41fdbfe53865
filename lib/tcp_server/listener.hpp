// SPDX-License-Identifier: Apache-2.0
/// @file listener.hpp – a listening TCP socket on one of our addresses.
///
/// Purpose    sockets bound to one address, non-blocking, with TCP_NODELAY.
/// Threads    one owner.
/// Ownership  the caller owns the descriptors.
/// Errors     listen_on() says which address and why.
/// RFC        7766 §5 (TCP is required like UDP), 9210 §4.
#pragma once

#include <cstdint>

#include "diag/result.hpp"
#include "net/address.hpp"
#include "net/frame.hpp"
#include "sockets/fd.hpp"
#include "tcp_server/tcp_server.hpp"

namespace tcp_server {

[[nodiscard]] diag::Result<sockets::Fd> listen_on(const ListenAt& at);

enum class AcceptState : std::uint8_t {
  kConnection,
  kNothing,     // no connection waits
  kGone,        // the client has gone; accept the next one
  kNoResource,  // out of descriptors or memory; try later
};
struct Accepted {
  AcceptState state = AcceptState::kNothing;
  sockets::Fd socket;
  net::Flow flow;  // from the client to us
};
[[nodiscard]] Accepted accept_from(int listener) noexcept;

/// The port that a socket is bound to.
[[nodiscard]] std::uint16_t local_port(int socket) noexcept;

/// Raises the limit of open files to `files` if necessary.
[[nodiscard]] diag::Status allow_open_files(std::uint64_t files);

}  // namespace tcp_server
