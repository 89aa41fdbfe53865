// SPDX-License-Identifier: Apache-2.0
/// @file reply_sink.hpp – where the replies to waiting clients are written and sent.
///
/// Purpose    hides from the waiter path whether a reply is a datagram or a message on a TCP connection.
/// Threads    the caller's thread.
/// Cost       virtual calls, for waiting clients only; a hit makes none.
#pragma once

#include <cstddef>

#include "base/bytes.hpp"
#include "coalesce/waiter.hpp"

namespace answer {

/// One reply at a time: open(), then send() or cancel().
class ReplySink {
 public:
  /// Room for this waiter's message. Empty if there is no buffer or the connection is closed; the sink counts which.
  [[nodiscard]] virtual base::MutableBytes open(const coalesce::Waiter& waiter) noexcept = 0;
  /// The first `message_bytes` of the room are the reply.
  virtual void send(const coalesce::Waiter& waiter, std::size_t message_bytes) noexcept = 0;
  /// No reply: releases the room.
  virtual void cancel() noexcept = 0;

 protected:
  ~ReplySink() = default;
  ReplySink() = default;
  ReplySink(const ReplySink&) = default;
  ReplySink& operator=(const ReplySink&) = default;
};

}  // namespace answer
