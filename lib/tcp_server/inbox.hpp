// SPDX-License-Identifier: Apache-2.0
/// @file inbox.hpp – octets of a connection that came and are not taken yet.
///
/// Purpose    messages leave whole, in order, however the stream is cut; a connection between two messages keeps nothing.
///            What is kept is one message that has begun, and whatever came behind a message that must wait.
/// Threads    one owner.
/// Ownership  owns the kept octets. Messages are put together in the room of the framer that is passed, which many
///            connections share: between two calls it is always between messages.
/// Cost       a message that comes in one piece is copied once; nothing is allocated for it.
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
  /// The next whole message of what is kept and, behind it, `fresh`, from whose front it takes what it uses.
  [[nodiscard]] dns::StreamStep next(base::Bytes& fresh, dns::StreamFramer& framer);
  /// `rest` is what next() left of the fresh octets.
  void keep(base::Bytes rest);
  void clear() noexcept;

  [[nodiscard]] bool empty() const noexcept { return at_ == kept_.size(); }
  /// Memory held.
  [[nodiscard]] std::size_t held_bytes() const noexcept { return kept_.capacity(); }

 private:
  [[nodiscard]] base::Bytes kept() const noexcept { return base::Bytes(kept_).subspan(at_); }
  void top_up(base::Bytes& fresh, std::size_t wanted);

  std::vector<std::byte> kept_;
  std::size_t at_ = 0;  // where the first message that was not taken begins
};

}  // namespace tcp_server
