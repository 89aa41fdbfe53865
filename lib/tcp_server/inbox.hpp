// SPDX-License-Identifier: Apache-2.0
/// @file inbox.hpp – octets of a connection that were received and not processed yet.
///
/// Purpose    returns complete messages in order, however the stream is cut. Keeps one incomplete message, and octets
///            behind a message that must wait.
/// Threads    one owner.
/// Ownership  owns the kept octets. Messages are assembled in the room of the framer that is passed, which all
///            connections share.
/// Cost       a message that arrives in one piece is copied once, without allocation.
///
/// Invariants 1. Between two messages the inbox holds no memory.
///            2. Between two calls the shared framer holds no incomplete message.
///
/// RFC        1035 §4.2.2, 7766 §8.
///
///   inbox.next(fresh, framer) … until kNeedMore or enough;  inbox.keep(fresh)
#pragma once

#include <cstddef>
#include <vector>

#include "base/bytes.hpp"
#include "dns/stream.hpp"

namespace tcp_server {

class Inbox {
 public:
  /// The next complete message of the kept octets followed by `fresh`; removes what it uses from the front of `fresh`.
  [[nodiscard]] dns::StreamStep next(base::Bytes& fresh, dns::StreamFramer& framer);
  /// Stores the fresh octets that next() did not use.
  void keep(base::Bytes rest);
  void clear() noexcept;

  [[nodiscard]] bool empty() const noexcept { return at_ == kept_.size(); }
  /// Memory held.
  [[nodiscard]] std::size_t held_bytes() const noexcept { return kept_.capacity(); }

 private:
  [[nodiscard]] base::Bytes kept() const noexcept { return base::Bytes(kept_).subspan(at_); }
  void top_up(base::Bytes& fresh, std::size_t wanted);

  std::vector<std::byte> kept_;
  std::size_t at_ = 0;  // start of the first message that is not processed
};

}  // namespace tcp_server
